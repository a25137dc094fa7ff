package spec

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalar is a key or a value that may have been meant otherwise than it is read.
type scalar struct {
	pointer string
	isKey   bool // the key that the pointer ends in, not its value
	node    *yaml.Node
	other   any    // what it may have been meant to be; nil for nothing else
	unclear string // how other programs read it; "" where all read it alike
}

// decimal is the one way to write a whole number that every program reads alike.
var decimal = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// numeric is what some program reads as a number, one of sixties included.
var numeric = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$|^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`)

// boolish are the words that YAML 1.1, and so kubectl, reads as true and as false.
var boolish = map[string]bool{"y": true, "yes": true, "on": true, "n": false, "no": false, "off": false}

// ownWords are values of the language that are such words: they mean themselves.
var ownWords = map[string]string{"/spec/drift/mode": DriftOff}

// readScalar reads a single value. What another program may read otherwise stays
// the text it was written as, and is refused later, with what to write for it.
func readScalar(node *yaml.Node, pointer string) (value any, s scalar) {
	s = scalar{pointer: pointer, node: node}
	text, tag := node.Value, node.ShortTag()
	meaning, isWord := boolish[strings.ToLower(text)]
	switch {
	case node.Style != 0: // in quotes, or a block
		s.other = plainValue(text)
	case tag == "!!null":
		return nil, s
	case tag == "!!bool":
		s.other = text
		return strings.EqualFold(text, "true"), s
	case decimal.MatchString(text):
		if number, err := strconv.ParseInt(text, 10, 64); err == nil {
			s.other = text
			return number, s
		}
		s.unclear, s.other = "a number", large(text)
	case tag == "!!int" || tag == "!!float" || numeric.MatchString(text):
		s.unclear, s.other = "a number", wholeNumber(text)
	case isWord && ownWords[pointer] != text:
		s.unclear, s.other = strconv.FormatBool(meaning), meaning
	case tag == "!!timestamp" && !instant.MatchString(text):
		s.unclear = "a date"
	}
	return text, s
}

// readKey reads the key that a pointer ends in, always as text.
func readKey(key *yaml.Node, pointer string) scalar {
	value, s := readScalar(key, pointer)
	s.isKey = true
	switch value := value.(type) {
	case nil:
		s.unclear = "nothing"
	case bool:
		s.unclear = strconv.FormatBool(value)
	case int64:
		s.unclear = "a number"
	}
	return s
}

// large is about as much as so many digits say.
func large(digits string) float64 {
	number, _ := strconv.ParseFloat(digits, 64) // out of range is infinite
	return max(-math.MaxFloat64, min(math.MaxFloat64, number))
}

// plainValue is what a text would be without its quotes; nil where that is text.
func plainValue(text string) any {
	if text == "true" || text == "false" {
		return text == "true"
	}
	if number, err := strconv.ParseInt(text, 10, 64); err == nil && decimal.MatchString(text) {
		return number
	}
	return nil
}

// wholeNumber is what a number that is written in another way is in decimal
// digits; nil where it is no whole number, or, as 010, a different one to others.
func wholeNumber(text string) any {
	text = strings.ReplaceAll(text, "_", "")
	byPrefix, err := strconv.ParseInt(text, 0, 64)
	if number, errDecimal := strconv.ParseInt(text, 10, 64); errDecimal == nil && (err != nil || number == byPrefix) {
		return number
	} else if err == nil && errDecimal != nil {
		return byPrefix
	}
	const exact = 1 << 53 // whole numbers below it are exact
	if number, errFloat := strconv.ParseFloat(text, 64); errFloat == nil && err != nil && number == math.Trunc(number) && math.Abs(number) < exact {
		return int64(number)
	}
	return nil
}
