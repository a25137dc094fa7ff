package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// otherNames are what other programs call a field of ours.
var otherNames = map[string]string{
	"name": "container", "tag": "image", "message": "reason",
	"cron": "start", "schedule": "start", "begin": "from", "start": "from", "end": "to",
	"count": "pods", "replicas": "pods", "pause": "soak", "wait": "soak", "paused": "suspend",
	"repo": "url", "repository": "url", "ref": "branch", "revision": "branch", "folder": "path", "directory": "path", "dir": "path",
}

// suggested is the field that was probably meant by an unknown one, in a question;
// "" for none. A field that is there already was not.
func (f fault) suggested(key string) string {
	properties, _ := f.schema["properties"].(map[string]any)
	present, _ := f.value.(map[string]any)
	var free []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if _, taken := present[name]; !taken {
			free = append(free, name)
		}
	}
	meant := nearest(key, free)
	if meant == "" {
		meant = containing(key, free)
	}
	if other := otherNames[strings.ToLower(key)]; meant == "" && slices.Contains(free, other) {
		meant = other
	}
	if meant == "" {
		return ""
	}
	if text, isText := present[key].(string); isText && strings.HasSuffix(meant, "Seconds") {
		lasts, ok := seconds(text)
		if !ok {
			return "" // the value would not fit
		}
		meant += ": " + lasts
	}
	return fmt.Sprintf(" (did you mean %q?)", meant)
}

// containing is the one candidate that holds the given word, or is held by it.
func containing(given string, candidates []string) string {
	const least = 4 // shorter words are parts of everything
	given = strings.ToLower(given)
	var found []string
	for _, candidate := range candidates {
		name := strings.ToLower(candidate)
		if len(given) >= least && strings.Contains(name, given) || len(name) >= least && strings.Contains(given, name) {
			found = append(found, candidate)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// labelsOf are labels that stand in a selector itself, all of its fields being
// such, and those of its matchLabels; nil where it is no selector, or they are not.
func labelsOf(selector, properties map[string]any) map[string]any {
	if _, ok := properties["matchLabels"]; !ok {
		return nil
	}
	labels := map[string]any{}
	if inner, ok := selector["matchLabels"].(map[string]any); ok {
		maps.Copy(labels, inner)
	}
	for key, value := range selector {
		switch value := value.(type) {
		case string:
			labels[key] = value
		case int64, bool:
			labels[key] = fmt.Sprint(value)
		default:
			if _, known := properties[key]; !known || key == "matchExpressions" {
				return nil
			}
		}
	}
	return labels
}
