package gitsrc

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// errDamaged marks objects that are missing or wrong in a store. A fresh clone
// may help; where the text of a good object is the trouble, it would not.
var errDamaged = errors.New("the store is damaged")

// What a repository or its server needs that is not there.
var (
	errSHA256  = errors.New("the repository names its objects by SHA-256, which cannot be read yet")
	errOnlyV2  = errors.New("the server speaks Git's protocol version 2 alone, in which nothing can be fetched yet")
	errPartial = errors.New("the repository is a partial clone, and lacks objects of this commit")
)

// branchMissing says that the repository answered, and has no such branch.
type branchMissing struct {
	branch string
	others []string // some that are there; none in an empty repository
}

func (e *branchMissing) Error() string {
	if len(e.others) == 0 {
		return fmt.Sprintf("the repository is empty: push a commit to branch %q", e.branch)
	}
	return fmt.Sprintf("there is no branch %q, but %q: push it, or name the branch to follow", e.branch, e.others)
}

func missing(branch plumbing.ReferenceName, others []string) error {
	return &branchMissing{branch: branch.Short(), others: others}
}

// advice is what to do next, by cause; the first that fits is shown.
var advice = []struct {
	cause     error
	say       string
	wholeText bool // whether the cause's own wrapping is safe and useful to show
}{
	{transport.ErrAuthenticationRequired, "give a valid token that may read this repository (tokenFile)", false},
	{transport.ErrAuthorizationFailed, "give the token read access to this repository's contents", false},
	{transport.ErrRepositoryNotFound, "check the URL, and that the token may see the repository", false},
	{errSHA256, "make one by git init --object-format=sha1, or name a mirror that uses SHA-1", false},
	{errOnlyV2, "name another URL of the repository, or a mirror of it", false},
	{errPartial, "run git fetch --refetch --no-filter there, or name the URL that it was cloned from", true},
	{errDamaged, "where this stays, run git fsck on the repository followed", true},
}

// explain names the source, adds what to do next, and keeps out what a server
// could have echoed of our credentials.
func (t target) explain(err error) error {
	text := err.Error()
	for _, a := range advice {
		if !errors.Is(err, a.cause) {
			continue
		}
		if !a.wholeText {
			text = a.cause.Error()
		}
		text += ": " + a.say
		break
	}
	text = bound(t.secrets.hide(text)) // in this order: a cut secret would not be found
	return &pollError{fmt.Sprintf("following %q branch %q: %s", t.url, t.branch.Short(), text), err}
}

// bound keeps a hostile server from filling the log.
func bound(text string) string {
	const most = 1000
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// pollError is shown by its text; the cause is for errors.Is only, since it
// may quote a server.
type pollError struct {
	text  string
	cause error
}

func (e *pollError) Error() string { return e.text }

// Kind is equal for errors of one cause: their words may hold a port, a time, or
// names in any order.
func (e *pollError) Kind() string {
	if tip := UnreadableTip(e); tip != "" {
		return tip
	}
	for _, a := range advice {
		if errors.Is(e.cause, a.cause) {
			return a.cause.Error()
		}
	}
	if _, ok := errors.AsType[*branchMissing](e.cause); ok {
		return "no branch"
	}
	return ""
}

func (e *pollError) Is(target error) bool { return errors.Is(e.cause, target) }

// unreadable is a tip that is known, and cannot be read.
type unreadable struct {
	commit string
	error
}

func (e *unreadable) Unwrap() error { return e.error }

// UnreadableTip is the commit that a Poll found at the branch's tip and could
// not read, "" where the error is another one.
func UnreadableTip(err error) string {
	var poll *pollError
	var tip *unreadable
	if errors.As(err, &poll) && errors.As(poll.cause, &tip) {
		return tip.commit
	}
	return ""
}

// secrets are what no error may show: what was last sent as credentials.
type secrets struct{ words []string }

func (s *secrets) keep(user, password string) {
	s.words = []string{base64.StdEncoding.EncodeToString([]byte(user + ":" + password)), password}
	if password == "" {
		s.words = append(s.words, user)
	}
}

func (s *secrets) hide(text string) string {
	for _, word := range s.words {
		if word != "" {
			text = strings.ReplaceAll(text, word, "(hidden)")
		}
	}
	return text
}
