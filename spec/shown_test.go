package spec

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryMessageIsShown: no message is in the source that no row of the tables
// shows, so that TestAdviceLeadsOn has seen all advice there is.
func TestEveryMessageIsShown(t *testing.T) {
	shown := strings.Join(everyMessage(), "\n")
	for _, pattern := range []string{"*.go", "../schema/*.go", "../calendar/c*.go", "../calendar/f*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || slices.Contains([]string{"load.go", "files.go", "document.go", "repository.go"}, file) { // of files, and of where plans may go
				continue
			}
			for _, text := range messages(t, file) {
				if !form(text).MatchString(shown) {
					t.Errorf("%s: no row of a table shows %q", file, text)
				}
			}
		}
	}
}

// everyMessage are those of all tables, of plans and of configurations.
func everyMessage() (all []string) {
	add := func(problems []Problem) {
		for _, problem := range problems {
			all = append(all, problem.Message)
		}
	}
	for _, row := range slices.Concat(spoiledValues, spoiledShapes) {
		_, problems := Load(folder(map[string]string{"plans.yaml": strings.Replace(base, row.old, row.new, 1)}))
		add(problems)
	}
	for _, row := range folders {
		_, problems := Load(folder(row.files))
		add(problems)
	}
	for _, row := range scalars {
		_, problems := Load(folder(map[string]string{"a.yaml": planWith(row.field, row.written)}))
		add(problems)
	}
	for _, row := range spoiledConfigs {
		_, problems := LoadConfig("c.yaml", []byte(strings.Replace(baseConfig, row.old, row.new, 1)))
		add(problems)
	}
	return all
}

// unseen are no messages about documents, or cannot come about by one.
var unseen = regexp.MustCompile(strings.Join([]string{
	`^(second document|mapping values|did not find|could not find|cannot start|found unexpected|unknown anchor)`, // the library's own
	`^(reading|loading|writing) `, `is %s, but must be %s`, `something else`, `a second document begins here`, `it has %d fields, and five`, `made of strings`, `does not match `, `the document cannot be read`, `file system`, `^application/`,
}, "|"))

// messages are the texts of a file with more than one word.
func messages(t *testing.T, file string) (found []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field, *ast.ImportSpec:
			return false // tags, and paths
		case *ast.CallExpr:
			name, _ := node.Fun.(*ast.SelectorExpr)
			return name == nil || name.Sel.Name != "MustCompile" && name.Sel.Name != "Contains"
		case *ast.BinaryExpr:
			return node.Op == token.ADD // what is compared is not said
		case *ast.BasicLit:
			text, err := strconv.Unquote(node.Value)
			if node.Kind == token.STRING && err == nil && strings.Contains(strings.TrimSpace(text), " ") && !unseen.MatchString(text) {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

var verb = regexp.MustCompile(`%(%|[a-zA-Z])`)

// form is a message with anything where its verbs are.
func form(text string) *regexp.Regexp {
	var pattern strings.Builder
	for i, part := range verb.Split(text, -1) {
		if i > 0 {
			pattern.WriteString(".*")
		}
		pattern.WriteString(regexp.QuoteMeta(part))
	}
	return regexp.MustCompile(pattern.String())
}
