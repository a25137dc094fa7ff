package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// GitHub's limits of a status, in characters. A description holds none above
// U+FFFF ("description doesn't accept 4-byte Unicode").
const (
	maxDescription = 140
	maxContext     = 255
)

const (
	// maxPod bounds the same of a pod and its container.
	maxPod = 60
	// maxPlace bounds what a description says of where its reason applies.
	maxPlace = 40
	// Of a word that is longer than longWord, minWord is left at least in a text that
	// is too long.
	longWord, minWord = 28, 20
	// maxRead bounds how much of a text is looked at.
	maxRead = 4096
	// maxPlain is how long a description is that is sure to be taken.
	maxPlain = 80
)

// commitOf takes the commit out of a revision, "main@sha1:…".
func commitOf(revision string) string {
	_, commit, _ := strings.Cut(revision, "@sha1:")
	return commit
}

func short(commit string) string { return commit[:min(7, len(commit))] }

// contextOf is the context of a plan's statuses. One that would be longer than
// GitHub takes ends in a hash of the whole.
func contextOf(instance string, plan spec.Key) string {
	name := instance + "/" + plan.String()
	if len(name) <= maxContext {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	end := "-" + hex.EncodeToString(sum[:5])
	return name[:maxContext-len(end)] + end
}

// wrong is the description of problems: the first one's message, its place, and
// how many others there are.
func wrong(problems ...spec.Problem) string {
	place := shorten(problems[0].Position.String(), maxPlace)
	if others := len(problems) - 1; others > 0 {
		place += fmt.Sprintf(", and %d more", others)
	}
	return about(problems[0].Message, place)
}

// about is a description that begins with the reason and ends with what that is
// about.
func about(reason, what string) string {
	end := " (" + what + ")"
	return shorten(reason, maxDescription-count(end)) + end
}

// reasonFirst has the words of failed pods begin with the reason, and end with the pod
// and container: a description may have no room for both.
func reasonFirst(text string, failures ...reconciler.Failure) string {
	for _, failure := range failures {
		words := failure.String()
		place, reason, _ := strings.Cut(words, ": ")
		text = strings.Replace(text, words, fmt.Sprintf("%s (%s)", reason, shorten(place, maxPod)), 1)
	}
	return text
}

// OneLine makes any text a status's description: one line of at most 140
// characters, both ends of which are kept.
func OneLine(text string) string { return shorten(text, maxDescription) }

// shorten keeps a text on one line and within a limit of characters. What stands in
// brackets at its end stays, up to half of the limit.
func shorten(text string, limit int) string {
	text = Visible(withoutAstral(cutMiddle(text, maxRead, maxRead/4)))
	place := ""
	if at := strings.LastIndex(text, " ("); at > 0 && strings.HasSuffix(text, ")") && count(text[at:]) <= limit/2 {
		text, place = text[:at], text[at:]
	}
	return fitted(strings.Fields(text), limit-count(place)) + place
}

// fitted are words within a limit of characters. First long ones lose their middle, the
// longest first, since names are long and reasons are not; then the whole does.
func fitted(words []string, limit int) string {
	for {
		excess := count(strings.Join(words, " ")) - limit
		longest := longestOf(words)
		if excess <= 0 || count(words[longest]) <= longWord {
			return cutMiddle(strings.Join(words, " "), limit, limit/4)
		}
		most := max(minWord, count(words[longest])/2, count(words[longest])-excess)
		words[longest] = cutMiddle(words[longest], most, most/2)
	}
}

func longestOf(words []string) (at int) {
	for i := range words {
		if count(words[i]) > count(words[at]) {
			at = i
		}
	}
	return at
}

// count counts characters.
func count(text string) int { return utf8.RuneCountInString(text) }

// cutMiddle keeps so many characters of a text's end, and the rest of its limit of
// the beginning.
func cutMiddle(text string, limit, end int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1-end]) + "…" + string(runes[len(runes)-end:])
}

// withoutAstral replaces the characters that GitHub refuses in a description.
func withoutAstral(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// Visible is a text that somebody else wrote, on one line, as it may be shown on a
// terminal and on GitHub. Characters that are not seen, or change how others are,
// become spaces: by these, one text could be made to look like another.
func Visible(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD") // as GitHub keeps it
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }), " ")
}

var noPlainText = regexp.MustCompile(`[^A-Za-z0-9.,:/()_-]+`)

// plain is what is left of a description in letters, digits and a few signs, which
// is sure to be taken.
func plain(description string) string {
	text := strings.Join(strings.Fields(noPlainText.ReplaceAllString(description, " ")), " ")
	if len(text) > maxPlain {
		return strings.TrimSpace(text[:maxPlain-3]) + "..."
	}
	return text
}
