package spec

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/patchwave/patchwave/schema"
)

// checkText finds what makes a file no text: what is not UTF-8, and characters
// that cannot be seen. Some of them break lines for YAML and not for editors,
// and would put every position after them wrong.
func checkText(file string, text []byte) (Problem, bool) {
	line, column := 1, 0
	for at := 0; at < len(text); {
		char, size := utf8.DecodeRune(text[at:])
		column++
		if complaint := charObjection(char, size, text[at:]); complaint != "" {
			return Problem{Position: Position{file, line, column}, Message: complaint}, false
		}
		if char == '\n' {
			line, column = line+1, 0
		}
		at += size
	}
	return Problem{}, true
}

func charObjection(char rune, size int, rest []byte) string {
	switch {
	case char == utf8.RuneError && size == 1:
		return "the file is not UTF-8 text here"
	case char == '\r' && !bytes.HasPrefix(rest, []byte("\r\n")):
		return "a carriage return without a line feed; end lines with a line feed"
	case char < ' ' && char != '\t' && char != '\n' && char != '\r',
		char >= 0x7f && char <= 0x9f, char == '\u2028', char == '\u2029':
		return fmt.Sprintf("the file holds the invisible character %U; take it out", char)
	}
	return ""
}

// hints say a syntax error in other words than the library's.
var hints = []struct{ contains, say string }{
	{"second document begins", "a second document begins here without a line of --- before it"},
	{"mapping values are not allowed", `a ":" where none may be; put the text in quotes, or look at the indentation`},
	{"did not find expected <document start>", "text where a new document would begin; look at the indentation"},
	{"did not find expected key", "a key is expected here; look at the indentation"},
	{"did not find expected '-' indicator", `a "-" is expected here; look at the indentation`},
	{"could not find expected ':'", `a ":" is missing after a key`},
	{"cannot start any token", "a character that no value can begin with; put the text in quotes"},
	{"found unexpected end of stream", "the document ends inside quotes or brackets"},
	{"unknown anchor", "aliases are not read; write the value out"},
}

var errDirective = errors.New("directives such as %YAML are not read; take the line away")

var libraryPrefix = regexp.MustCompile(`^yaml: (line \d+: )?`)

// refuseSyntax locates an error of the YAML library, which tells at most the
// line where the enclosing block began. What stands above the error is read for
// the plan's name.
func (d *document) refuseSyntax(text []byte, err error) {
	d.broken = true
	lines := bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	last := lastLineRead(lines, err)
	if root, err := parse(bytes.Join(lines[:last], nil)); err == nil && root != nil {
		d.read(root)
		d.problems = nil
	}
	line := string(lines[last])
	if strings.HasPrefix(line, "%") {
		err = errDirective
	}
	column := 1 + utf8.RuneCountInString(line) - utf8.RuneCountInString(strings.TrimLeft(line, " \t"))
	at := Position{d.file, d.before + last + 1, column}
	if tab := tabIndent.FindString(line); tab != "" {
		at.Column = len(tab)
		d.refuse(at, "the indentation has a tab; YAML takes spaces only")
		return
	}
	if schema.IsTemplate(line) {
		d.refuse(at, "YAML syntax%s", schema.NotRendered)
		return
	}
	d.refuse(at, "YAML syntax: %s", inOtherWords(err))
}

var tabIndent = regexp.MustCompile(`^ *\t`)

func inOtherWords(err error) string {
	message := libraryPrefix.ReplaceAllString(err.Error(), "")
	for _, hint := range hints {
		if strings.Contains(message, hint.contains) {
			return hint.say
		}
	}
	return message
}

// lastLineRead is the index of the line the parser had reached when it gave up:
// the first lines that end in it are the fewest that fail alike.
func lastLineRead(lines [][]byte, failure error) int {
	whole := bytes.Join(lines, nil)
	ends := make([]int, len(lines))
	for i, end := 0, 0; i < len(lines); i++ {
		end += len(lines[i])
		ends[i] = end
	}
	at := sort.Search(len(lines), func(i int) bool {
		_, err := parse(whole[:ends[i]])
		return err != nil && err.Error() == failure.Error()
	})
	return min(at, len(lines)-1)
}
