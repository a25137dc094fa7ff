package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Position is a place in a file; lines and columns count from 1.
type Position struct {
	File         string
	Line, Column int
}

// String writes file:line:column, as compilers do. What of a file's name cannot be
// printed is escaped as in Go.
func (p Position) String() string {
	return fmt.Sprintf("%s:%d:%d", printable(p.File), p.Line, p.Column)
}

func printable(name string) string {
	if quoted := strconv.Quote(name); !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable) {
		return quoted[1 : len(quoted)-1]
	}
	return name
}

func unprintable(r rune) bool { return !strconv.IsPrint(r) }

// Problem is one thing wrong with a plan or the configuration. Plan names the
// plan concerned, and is zero where the document did not say so much.
type Problem struct {
	Position
	Plan    Key
	Message string
}

// Error writes file:line:column: message.
func (p Problem) Error() string { return p.Position.String() + ": " + p.Message }
