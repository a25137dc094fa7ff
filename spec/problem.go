package spec

import "fmt"

// Position is a place in a file; lines and columns count from 1.
type Position struct {
	File         string
	Line, Column int
}

// String writes file:line:column, as compilers do.
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Problem is one thing wrong with a plan or the configuration. Plan names the
// plan concerned, and is zero where the document did not say so much.
type Problem struct {
	Position
	Plan    Key
	Message string
}

// Error writes file:line:column: message.
func (p Problem) Error() string { return p.Position.String() + ": " + p.Message }
