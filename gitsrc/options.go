package gitsrc

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Options names what to follow.
type Options struct {
	// URL is https://…, http://…, file://… or a path on this machine. A user
	// and password in it are used for the login and never shown again.
	URL string
	// Branch is the branch to follow; default "main".
	Branch string
	// Path is the folder of the plans in the repository; "" or "." is all.
	Path string
	// Wanted says of a file's path within that folder whether the file is read:
	// others are as good as absent. The default is all.
	Wanted func(path string) bool
	// Dir is where the bare store lives; made if missing. It belongs to this
	// source of this process alone, and may be deleted while nothing runs. A
	// local path needs none: it is read where it lies.
	Dir string
	// TokenFile names a file with a token, sent over HTTP as the password of
	// user "x-access-token"; optional. It is read again at every poll.
	TokenFile string
}

// target is what is followed, checked and free of credentials.
type target struct {
	url     string
	branch  plumbing.ReferenceName
	path    string
	wanted  func(path string) bool
	secrets *secrets
}

func (o Options) target() (target, error) {
	t := target{url: "(unreadable URL)", secrets: &secrets{}}
	shown, err := withoutUser(o.URL)
	if err != nil {
		return t, err
	}
	t.url = shown
	if t.wanted = o.Wanted; t.wanted == nil {
		t.wanted = func(string) bool { return true }
	}
	t.branch = plumbing.NewBranchReferenceName(or(o.Branch, "main"))
	if err := t.branch.Validate(); err != nil {
		return t, fmt.Errorf("branch %q is no valid name: give it without refs/heads/", o.Branch)
	}
	t.path = path.Clean(or(o.Path, "."))
	if !fs.ValidPath(t.path) {
		return t, fmt.Errorf("path %q is not inside the repository: give it relative to its root", o.Path)
	}
	return t, nil
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// withoutUser strips user and password. A URL that cannot be parsed is not
// shown either: its password may be what makes it unreadable.
func withoutUser(raw string) (string, error) {
	if raw == "" {
		return "", errors.New("no URL is given: name the repository by https://… or a path")
	}
	if !strings.Contains(raw, "://") {
		return raw, nil
	}
	parsed, err := url.Parse(raw)
	if err != nil {
		return "", errors.New("the URL cannot be parsed: write it as https://host/owner/name")
	}
	parsed.User = nil
	return parsed.String(), nil
}

func (t target) upstream(o Options) (upstream, error) {
	if !strings.Contains(o.URL, "://") {
		return openLocal(t, o.URL)
	}
	parsed, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("the URL cannot be parsed")
	}
	switch parsed.Scheme {
	case "http", "https":
		return openMirror(t, o, parsed)
	case "file":
		return openLocal(t, filepath.FromSlash(parsed.Path))
	}
	return nil, fmt.Errorf("scheme %q is not supported: use https://, http://, file:// or a path", parsed.Scheme)
}
