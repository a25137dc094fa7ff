package report

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// maxQuoted bounds what is quoted of one message, in characters.
const maxQuoted = 400

// code quotes what others wrote: in a code span nothing is a mention, a
// reference, a link or HTML.
func code(text string) string {
	text = Visible(text)
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "…"
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || text == "" {
		text = " " + text + " "
	}
	return fence + text + fence
}

var noWords = regexp.MustCompile(`[^A-Za-z0-9 ,]+`)

// words are what is left of a record's own words without what Markdown is made of:
// a record is a public place.
func words(text string) string { return shorten(noWords.ReplaceAllString(text, " "), maxDescription) }

// cell is code within a table. There a pipe ends the cell, in a code span as well,
// and whether a backslash before it helps depends on those before that: none is left.
func cell(text string) string { return strings.ReplaceAll(code(text), "|", "¦") }

// linked quotes a text as a link to a line of a file.
func linked(text, page, commit, file string, line int) string {
	if page == "" {
		return code(text)
	}
	target := (&url.URL{Path: file}).EscapedPath()
	target = strings.NewReplacer("(", "%28", ")", "%29").Replace(target)
	return fmt.Sprintf("[%s](%s/blob/%s/%s#L%d)", code(text), strings.TrimRight(page, "/"), commit, target, line)
}

// span writes a duration as people do: 14m, 1m30s, 2h5m.
func span(d time.Duration) string {
	if d < time.Second && d > 0 {
		return "under 1s"
	}
	d = d.Round(time.Second)
	if d >= 10*time.Minute {
		d = d.Round(time.Minute)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// fit joins as many blocks as a share of a comment takes, the last one in part, and
// says how many have more to tell.
func fit(blocks []string, most int, what string) string {
	notice := func(left int) string {
		return fmt.Sprintf("\n_The rest is left out here, of %s: a comment holds 65,536 characters._\n", plural(left, what))
	}
	var b strings.Builder
	for i, block := range blocks {
		room := most - b.Len() - 1 - len(notice(len(blocks)))
		if len(block) > room {
			b.WriteString(lines(block, room) + notice(len(blocks)-i))
			break
		}
		b.WriteString(block + "\n")
	}
	return b.String()
}

// lines are as many whole ones as there is room for.
func lines(text string, most int) string {
	return text[:strings.LastIndex(text[:max(0, most)], "\n")+1]
}
