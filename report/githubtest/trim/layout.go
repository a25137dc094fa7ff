package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// layOut writes a line per path and per component, so that a newer version
// shows in a diff as what changed.
func layOut(document object) []byte {
	return []byte(spread(document, map[string]int{"paths": 1, "components": 2}) + "\n")
}

// spread writes an object with each key on a line of its own, the values of
// the keys in deeper as many levels down as they say.
func spread(node object, deeper map[string]int) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(node)) {
		lines = append(lines, compact(key)+":"+value(node[key], deeper[key]))
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}

func value(node any, levels int) string {
	inner, isObject := node.(object)
	if levels == 0 || !isObject {
		return compact(node)
	}
	deeper := map[string]int{}
	for key := range inner {
		deeper[key] = levels - 1
	}
	return spread(inner, deeper)
}

func compact(node any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(node); err != nil {
		panic(err) // it was parsed from JSON
	}
	return strings.TrimSpace(out.String())
}
