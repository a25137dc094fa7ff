package reconciler

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pureImports are what the room may import.
var pureImports = []string{
	"bytes", "cmp", "encoding/json", "errors", "fmt", "slices", "strconv", "strings", "time",
	"github.com/patchwave/patchwave/align", "github.com/patchwave/patchwave/calendar", "github.com/patchwave/patchwave/spec",
}

// clocks are the functions of package time that ask or set a clock.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Sleep", "Tick"}

// stains finds what a file of this room must not have.
func stains(file *ast.File) []string {
	var found []string
	for _, spec := range file.Imports {
		if path, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(pureImports, path) {
			found = append(found, "import of "+path)
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GoStmt:
			found = append(found, "a goroutine")
		case *ast.ChanType:
			found = append(found, "a channel")
		case *ast.SelectorExpr:
			if pkg, ok := node.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(clocks, node.Sel.Name) {
				found = append(found, "time."+node.Sel.Name)
			}
		}
		return true
	})
	return found
}

func TestPurity(t *testing.T) {
	for _, room := range []string{".", "../align"} {
		files, err := filepath.Glob(room + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(err, len(files))
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, stain := range stains(file) {
				t.Errorf("%s has %s; only the controller may", name, stain)
			}
		}
	}
}

func TestStains(t *testing.T) {
	source := `package p
import ("os"; "time")
func f(c chan int) { go f(c); _ = time.Now(); _ = os.Args; time.Sleep(time.Second) }`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"import of os", "a channel", "a goroutine", "time.Now", "time.Sleep"}
	if got := stains(file); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
