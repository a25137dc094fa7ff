package schema

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Field writes a JSON pointer as people write a field: "/spec/waves/1/pods" is
// "spec.waves[1].pods". The whole document is the empty string.
func Field(pointer string) string {
	var field strings.Builder
	for _, token := range Tokens(pointer) {
		field.WriteString(step(token))
	}
	return strings.TrimPrefix(field.String(), ".")
}

var (
	index      = regexp.MustCompile(`^[0-9]{1,6}$`)
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,62}$`)
)

func step(token string) string {
	switch {
	case index.MatchString(token):
		return "[" + token + "]"
	case identifier.MatchString(token):
		return "." + token
	}
	return "[" + show(token) + "]"
}

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Join appends keys or indices to a JSON pointer.
func Join(pointer string, tokens ...string) string {
	for _, token := range tokens {
		pointer += "/" + escaper.Replace(token)
	}
	return pointer
}

// Parent is the pointer of what the value of another lies in.
func Parent(pointer string) string { return pointer[:max(0, strings.LastIndex(pointer, "/"))] }

// Tokens splits a JSON pointer into its keys and indices.
func Tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, token := range tokens {
		tokens[i] = unescaper.Replace(token)
	}
	return tokens
}

// At returns what a JSON pointer leads to in a decoded document; nil where it
// leads nowhere.
func At(document any, pointer string) any { return lookup(document, Tokens(pointer)) }

// libraryTokens splits a location as the library writes it: a JSON pointer with
// every token escaped for a URL as well, and perhaps a URL before a "#".
func libraryTokens(location string) []string {
	if _, fragment, found := strings.Cut(location, "#"); found {
		location = fragment
	}
	tokens := strings.Split(location, "/")[1:]
	for i, token := range tokens {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		tokens[i] = unescaper.Replace(token)
	}
	return tokens
}

// lookup follows keys and indices into a decoded document; nil where they lead
// nowhere.
func lookup(document any, tokens []string) any {
	for _, token := range tokens {
		switch node := document.(type) {
		case map[string]any:
			document = node[token]
		case []any:
			at, err := strconv.Atoi(token)
			if err != nil || at < 0 || at >= len(node) {
				return nil
			}
			document = node[at]
		default:
			return nil
		}
	}
	return document
}

// decode reads an embedded schema, which is known to be JSON.
func decode(text []byte) any {
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		panic(err)
	}
	return document
}
