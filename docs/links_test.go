package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	code    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// slug is the anchor that GitHub gives a heading.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// page is a file of Markdown, with where it leads to.
type page struct {
	links   []string
	anchors map[string]bool
}

func newPage(text string) page {
	text = fence.ReplaceAllString(text, "")
	p := page{anchors: map[string]bool{"": true}}
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		p.anchors[slug(match[1])] = true
	}
	for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		if !strings.Contains(match[1], ":") {
			p.links = append(p.links, match[1])
		}
	}
	return p
}

// pages are all in the repository, by path.
func pages(t *testing.T) map[string]page {
	t.Helper()
	found := map[string]page{}
	repository := os.DirFS("..")
	err := fs.WalkDir(repository, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "bin" || name == ".git" || name == ".localkube" || entry.Name() == "testdata"):
			return fs.SkipDir
		case path.Ext(name) != ".md":
			return nil
		}
		text, err := fs.ReadFile(repository, name)
		found[name] = newPage(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLinks(t *testing.T) {
	all := pages(t)
	for name, from := range all {
		for _, to := range from.links {
			file, anchor, _ := strings.Cut(to, "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s, which is not there", name, to)
			} else if page, ok := all[target]; ok && !page.anchors[anchor] {
				t.Errorf("%s links to %s, and %s has no such heading", name, to, target)
			}
		}
	}
}

// Who reads only the README finds each page from there.
func TestPagesAreFound(t *testing.T) {
	all, found := pages(t), map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if found[name] {
			return
		}
		found[name] = true
		for _, to := range all[name].links {
			file, _, _ := strings.Cut(to, "#")
			follow(path.Join(path.Dir(name), file))
		}
	}
	follow("README.md")
	for name := range all {
		if strings.HasPrefix(name, "docs/") && !found[name] {
			t.Errorf("no link leads from README.md to %s", name)
		}
	}
}

func TestReadmeIsShort(t *testing.T) {
	const most = 8 << 10
	if info, err := os.Stat("../README.md"); err != nil || info.Size() > most {
		t.Errorf("README.md: %v, %d bytes, at most %d: details belong into docs/", err, info.Size(), most)
	}
}

func TestNewPage(t *testing.T) {
	p := newPage("# A `b.c[]`, and D\n[x](y.md#z) [w](https://example.com) `[no](no)`\n```\n# no\n[no](no)\n```\n")
	if len(p.links) != 1 || p.links[0] != "y.md#z" {
		t.Errorf("links: %q", p.links)
	}
	if len(p.anchors) != 2 || !p.anchors["a-bc-and-d"] {
		t.Errorf("anchors: %v", p.anchors)
	}
}
