package builder

import (
	"cmp"
	"slices"
	"strings"
)

// Program is one of the binaries that the source makes. They are built apart, so that who needs one does not wait for
// the others, and a change in one leaves the others in the cache.
type Program struct {
	Name    string
	Package string
	others  []string // folders at the top of the source that it is not made of
	minor   string   // of another Kubernetes, "" for that of go.mod
}

// All programs there are.
var (
	Hyper = Program{"hyper", ".", []string{"node", "game"}, ""}                      // control plane and simulated nodes
	Node  = Program{"node", "./node", []string{"game", "kubelet", "simulation"}, ""} // the real node
	Game  = Program{"game", "./game", []string{"node", "kubelet", "simulation"}, ""} // what its test images hold
)

// At is the same of another minor version of Kubernetes, such as "1.35", whose modules stand in a file of their own.
func (p Program) At(minor string) Program {
	p.minor = minor
	return p
}

// modules is the file that says which modules it is made of, or with ".sum" what they hold.
func (p Program) modules(extension string) string { return cmp.Or(p.minor, "go") + extension }

// counts tells whether the file takes part in the binary. The node's settings are embedded.
func (p Program) counts(path string) bool {
	top, _, below := strings.Cut(path, "/")
	switch {
	case below && slices.Contains(p.others, top):
		return false
	case path == p.modules(".mod"), path == p.modules(".sum"), strings.Contains(path, "/settings/"):
		return true
	default:
		return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
	}
}
