package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// written are the problems as the command line prints them, one a line.
func written(problems []Problem) string {
	var lines []string
	for _, problem := range problems {
		lines = append(lines, problem.Error())
	}
	return strings.Join(lines, "\n")
}

func folder(files map[string]string) fs.FS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestLoadSaysWhatIsWrongAndWhere(t *testing.T) {
	for _, row := range slices.Concat(spoiledValues, spoiledShapes) {
		t.Run(row.name, func(t *testing.T) {
			if !strings.Contains(base, row.old) {
				t.Fatalf("the row replaces nothing: %q", row.old)
			}
			plans, problems := Load(folder(map[string]string{"plans.yaml": strings.Replace(base, row.old, row.new, 1)}))
			if diff := cmp.Diff(row.want, written(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if sound := row.want == ""; sound != (len(plans) == 1) {
				t.Errorf("got %d plans", len(plans))
			}
		})
	}
}

// named is a small sound plan.
func named(name string) string {
	return "apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan\nmetadata: {name: " + name +
		", namespace: games}\nspec: {target: {kind: Pod, name: " + name + "}, images: [{container: a, image: a}]}\n"
}

// selecting is one whose target is a selector.
func selecting(name, labels string) string {
	return strings.Replace(named(name), "name: "+name+"}, images", "selector: {matchLabels: "+labels+"}}, images", 1)
}

// folders are what Load makes of several documents and files.
var folders = []struct {
	name  string
	files map[string]string
	plans string // their keys and positions
	want  string
}{
	{"nothing", nil, "", ""},
	{"an empty file", map[string]string{"a.yaml": " \n"}, "", "a.yaml:1:1: the file cannot be read: it is empty; write a plan, or remove the file"},
	{"comments only", map[string]string{"a.yaml": "# nothing\n---\n# here\n"}, "", ""},
	{"empty documents", map[string]string{"a.yaml": "---\n---\n~\n...\n---\n" + named("a")}, "games/a a.yaml:6:1", ""},
	{"JSON", map[string]string{"a.yml": `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradePlan","metadata":{"name":"a","namespace":"games"},"spec":{"target":{"kind":"Pod","name":"a"},"images":[{"container":"a","image":"a"}]}}`}, "games/a a.yml:1:1", ""},
	{"lines of Windows", map[string]string{"a.yaml": strings.ReplaceAll(named("a")+"---\n"+named("b"), "\n", "\r\n")}, "games/a a.yaml:1:1, games/b a.yaml:6:1", ""},
	{"a byte order mark", map[string]string{"a.yaml": "\ufeff" + named("a")}, "games/a a.yaml:1:1", ""},
	{
		"the order of files",
		map[string]string{"b.yaml": named("b"), "a/z.yaml": named("z"), "a.yml": named("a"), "c.txt": "no plan", "c.YAML": named("c")},
		"games/a a.yml:1:1, games/z a/z.yaml:1:1, games/b b.yaml:1:1, games/c c.YAML:1:1", "",
	},
	{
		"what begins with a dot",
		map[string]string{".github/workflows/ci.yaml": "on: push", ".golangci.yml": "a: b", "a/.b/c.yaml": "x", "a/b.yaml": named("b")},
		"games/b a/b.yaml:1:1", "",
	},
	{
		"one bad document between good ones",
		map[string]string{"a.yaml": named("a") + "---\n" + strings.Replace(named("b"), "image: a", "imagez: a", 1) + "---\n" + named("c")},
		"games/a a.yaml:1:1, games/c a.yaml:11:1",
		`a.yaml:9:47: spec.images[0]: missing field "image"
a.yaml:9:62: spec.images[0]: unknown field "imagez" (did you mean "image"?)`,
	},
	{
		"a syntax error between good documents",
		map[string]string{"a.yaml": named("a") + "---\n" + named("b") + "  oops\n---\n" + named("c")},
		"games/a a.yaml:1:1, games/c a.yaml:12:1",
		`a.yaml:10:3: YAML syntax: a key is expected here; look at the indentation`,
	},
	{
		"a document without its marker",
		map[string]string{"a.yaml": "{a: b}\n{c: d}\n"},
		"",
		`a.yaml:2:1: YAML syntax: text where a new document would begin; look at the indentation`,
	},
	{
		"directives",
		map[string]string{"a.yaml": "%YAML 1.2\n---\n" + named("a")},
		"games/a a.yaml:3:1",
		`a.yaml:1:1: YAML syntax: directives such as %YAML are not read; take the line away`,
	},
	{
		"two plans for one container",
		map[string]string{"a.yaml": named("a"), "b.yaml": strings.Replace(named("b"), "name: b}, images", "name: a}, images", 1) + "---\n" + named("c")},
		"games/c b.yaml:6:1",
		`a.yaml:4:59: spec.images[0].container: plan games/b at b.yaml:4:59 names container a of the same target, too; both would stop, so none of them is used: take it out of one
b.yaml:4:59: spec.images[0].container: plan games/a at a.yaml:4:59 names container a of the same target, too; both would stop, so none of them is used: take it out of one`,
	},
	{
		"three, by one selector that is written in two ways",
		map[string]string{"a.yaml": selecting("a", "{app: x, tier: w}"), "b.yaml": selecting("b", "{tier: w, app: x}"), "c.yaml": selecting("c", `{"app": x, tier: "w"}`)},
		"",
		`a.yaml:4:94: spec.images[0].container: plan games/b at b.yaml:4:94 (and 1 more) names container a of the same target, too; both would stop, so none of them is used: take it out of one
b.yaml:4:94: spec.images[0].container: plan games/c at c.yaml:4:98 (and 1 more) names container a of the same target, too; both would stop, so none of them is used: take it out of one
c.yaml:4:98: spec.images[0].container: plan games/a at a.yaml:4:94 (and 1 more) names container a of the same target, too; both would stop, so none of them is used: take it out of one`,
	},
	{
		"two plans for two containers, or in two namespaces, or one of them broken",
		map[string]string{
			"a.yaml": named("a"), "b.yaml": strings.ReplaceAll(named("a"), "games", "chat"),
			"c.yaml": strings.NewReplacer("{name: a", "{name: c", "container: a", "container: b").Replace(named("a")),
			"d.yaml": strings.NewReplacer("{name: a", "{name: d", "image: a}", "image: a, x: z}").Replace(named("a")),
		},
		"games/a a.yaml:1:1, chat/a b.yaml:1:1, games/c c.yaml:1:1",
		`d.yaml:4:72: spec.images[0]: unknown field "x"`,
	},
	{
		"equal names in two files",
		map[string]string{"a.yaml": named("a") + "---\n" + named("b"), "b.yaml": "# again\n" + named("a")},
		"games/b a.yaml:6:1",
		`a.yaml:3:18: plan games/a is also at b.yaml:4:18; names must be unique, so none of them is used
b.yaml:4:18: plan games/a is also at a.yaml:3:18; names must be unique, so none of them is used`,
	},
	{
		"equal names, one of them bad",
		map[string]string{"a.yaml": named("a"), "b.yaml": strings.Replace(named("a"), "image: a", "image: A:", 1)},
		"",
		`a.yaml:3:18: plan games/a is also at b.yaml:3:18; names must be unique, so none of them is used
b.yaml:3:18: plan games/a is also at a.yaml:3:18; names must be unique, so none of them is used
b.yaml:4:69: spec.images[0].image: "A:" is not an image reference; write it like registry.example.com/team/app:1.2.3 or with @sha256: and 64 hexadecimal digits`,
	},
	{
		"equal names, one of them with a syntax error further down",
		map[string]string{"a.yaml": named("a"), "b.yaml": named("a") + "}\n"},
		"",
		`a.yaml:3:18: plan games/a is also at b.yaml:3:18; names must be unique, so none of them is used
b.yaml:3:18: plan games/a is also at a.yaml:3:18; names must be unique, so none of them is used
b.yaml:5:1: YAML syntax: a key is expected here; look at the indentation`,
	},
	{
		"one name many times",
		map[string]string{"a.yaml": strings.Repeat("---\n"+named("a"), 5)},
		"",
		`a.yaml:4:18: plan games/a is also at a.yaml:9:18, a.yaml:14:18, a.yaml:19:18, 1 more; names must be unique, so none of them is used
a.yaml:9:18: plan games/a is also at a.yaml:4:18, a.yaml:14:18, a.yaml:19:18, 1 more; names must be unique, so none of them is used
a.yaml:14:18: plan games/a is also at a.yaml:4:18, a.yaml:9:18, a.yaml:19:18, 1 more; names must be unique, so none of them is used
a.yaml:19:18: plan games/a is also at a.yaml:4:18, a.yaml:9:18, a.yaml:14:18, 1 more; names must be unique, so none of them is used
a.yaml:24:18: plan games/a is also at a.yaml:4:18, a.yaml:9:18, a.yaml:14:18, 1 more; names must be unique, so none of them is used`,
	},
	{
		"a workload of the plan's own name",
		map[string]string{"a.yaml": named("a"), "b.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: games}\n"},
		"games/a a.yaml:1:1",
		`b.yaml:2:7: kind: "Deployment" is not UpgradePlan; a folder of plans holds nothing else`,
	},
	{"no mapping", map[string]string{"a.yaml": "- a\n", "b.yaml": "hello\n"}, "", `a.yaml:1:1: is a list, but a patchwave upgrade plan is wanted
b.yaml:1:1: "hello" is text, but a patchwave upgrade plan is wanted`},
	{"a binary file", map[string]string{"a.yaml": "\x7fELF\x02\x01\x00"}, "", `a.yaml:1:1: the file holds the invisible character U+007F; take it out`},
	{"lines of old Macs", map[string]string{"a.yaml": "a: b\rc: d"}, "", `a.yaml:1:5: a carriage return without a line feed; end lines with a line feed`},
	{"an alias of nothing", map[string]string{"a.yaml": "a: *b\n"}, "", `a.yaml:1:1: YAML syntax: aliases are not read; write the value out`},
	{"2 MiB", map[string]string{"a.yaml": strings.Repeat("# a long comment\n", 2<<20/17), "b.yaml": named("b")}, "games/b b.yaml:1:1", `a.yaml:1:1: the file cannot be read: it is larger than 1024 KiB; split it`},
}

func TestLoadReadsFolders(t *testing.T) {
	for _, row := range folders {
		t.Run(row.name, func(t *testing.T) {
			plans, problems := Load(folder(row.files))
			var got []string
			for _, plan := range plans {
				got = append(got, fmt.Sprint(plan.Key(), " ", plan.Position))
			}
			if diff := cmp.Diff(row.plans, strings.Join(got, ", ")); diff != "" {
				t.Errorf("plans (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.want, written(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// brokenFS has one file that cannot be opened, one that cannot be read to its
// end, and one that is a link.
type brokenFS struct{ fs.FS }

type brokenFile struct{ fs.File }

func (f brokenFS) Open(name string) (fs.File, error) {
	if name == "closed.yaml" {
		return nil, errors.New("it is closed")
	}
	file, err := f.FS.Open(name)
	if name == "torn.yaml" {
		return brokenFile{file}, err
	}
	return file, err
}

func (brokenFile) Read([]byte) (int, error) { return 0, errors.New("it is torn") }

func TestLoadReportsFilesItCannotRead(t *testing.T) {
	files := fstest.MapFS{
		"closed.yaml": {Data: []byte("x")}, "torn.yaml": {Data: []byte("x")},
		"link.yaml": {Data: []byte("good.yaml"), Mode: fs.ModeSymlink}, "good.yaml": {Data: []byte(named("a"))},
	}
	plans, problems := Load(brokenFS{files})
	want := `closed.yaml:1:1: the file cannot be read: it is closed
link.yaml:1:1: the file cannot be read: it is a symbolic link, and links are not followed; put the file itself in its place
torn.yaml:1:1: the file cannot be read: it is torn`
	if diff := cmp.Diff(want, written(problems)); diff != "" || len(plans) != 1 {
		t.Errorf("%d plans, problems (-want +got):\n%s", len(plans), diff)
	}
	if _, problems := Load(os.DirFS("testdata/is/not/there")); len(problems) != 1 {
		t.Errorf("no folder: got %v", problems)
	}
}
