package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDescription is GitHub's limit of a status's description, in characters.
const maxDescription = 140

// commitOf takes the commit out of a revision, "main@sha1:…".
func commitOf(revision string) string {
	_, commit, _ := strings.Cut(revision, "@sha1:")
	return commit
}

func short(commit string) string { return commit[:min(7, len(commit))] }

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// OneLine makes any text a status's description: one line of at most 140
// characters.
func OneLine(text string) string { return shorten(text, maxDescription) }

// shorten keeps a text on one line and within a limit of characters.
func shorten(text string, limit int) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ") // as GitHub keeps it
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}
