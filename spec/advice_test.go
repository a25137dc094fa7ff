package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// edit is what a person does who follows a piece of advice at a problem's place.
type edit struct {
	do   string // write, rename, or remove
	text string // in YAML
}

func write(text string) edit { return edit{"write", text} }

// advices are the forms that advice takes in a message, the first that fits, with
// the edits that follow it: each must be good on its own.
var advices = []struct {
	form  *regexp.Regexp
	edits func(found []string) []edit
}{
	{regexp.MustCompile(`unknown field .*\(did you mean "([^"]+)"\?\)$`), func(found []string) []edit { return []edit{{"rename", found[1]}} }},
	{regexp.MustCompile(`\(did you mean "([^"]+)"\?\)$`), func(found []string) []edit { return []edit{write(found[1])} }},
	{regexp.MustCompile(`key .* some programs; write (".*")$`), func(found []string) []edit { return []edit{{"rename", found[1]}} }},
	{regexp.MustCompile(`is not one of ([A-Z][^()]+)$`), func(found []string) []edit { return writeEach(strings.Split(found[1], ", ")) }},
	{regexp.MustCompile(`write it like (\S+) or with @sha256: and 64 hexadecimal digits$`), func(found []string) []edit {
		return []edit{write(found[1]), write("app@sha256:" + strings.Repeat("a", 64))}
	}},
	{regexp.MustCompile(` such as ([{[].*)$`), func(found []string) []edit { return []edit{write(found[1])} }},
	{regexp.MustCompile(` such as (".*")$`), func(found []string) []edit { return writeEach(quoted.FindAllString(found[1], -1)) }},
	{regexp.MustCompile(` such as (\S+)( or (\S+))?$`), func(found []string) []edit {
		return writeEach(slices.DeleteFunc([]string{found[1], found[3]}, func(text string) bool { return text == "" }))
	}},
	{regexp.MustCompile(`remove it$|holds a user or a secret; take it out$`), func([]string) []edit { return []edit{{"remove", ""}} }},
	{regexp.MustCompile(`(\S+) is a URL; leave out "(.*)"$`), func(found []string) []edit { return []edit{write(strings.Replace(found[1], found[2], "", 1))} }},
	{regexp.MustCompile(`\((\d+)\) before progressDeadlineSeconds \(\d+\) has passed; the deadline must be the longer$`), func(found []string) []edit { return []edit{{"deadline", found[1]}} }},
	{regexp.MustCompile(`has both name and selector; keep one of them$`), func([]string) []edit {
		return []edit{write("{kind: Deployment, name: lobby}"), write("{kind: Deployment, selector: {matchLabels: {app: lobby}}}")}
	}},
	{regexp.MustCompile(`has neither name nor selector; give one of them$`), func([]string) []edit {
		return []edit{write("{kind: Deployment, name: lobby}"), write("{kind: Deployment, selector: {matchLabels: {app: lobby}}}")}
	}},
	{regexp.MustCompile(`takes no values$`), func([]string) []edit { return []edit{{"remove", ""}} }},
	{regexp.MustCompile(`; use an https URL$`), func([]string) []edit { return []edit{write("https://github.com/acme/plans.git")} }},
	{regexp.MustCompile(`; write (?:an?|out|the|it|lower-case) .*$`), func([]string) []edit { return nil }}, // a rule
	{regexp.MustCompile(`; write (?:\w+: )?(.+), the only value$`), func(found []string) []edit { return []edit{write(found[1])} }},
	{regexp.MustCompile(`; write (?:\w+: )?(.+)$`), func(found []string) []edit { return []edit{write(found[1])} }},
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func writeEach(texts []string) (edits []edit) {
	for _, text := range texts {
		edits = append(edits, write(text))
	}
	return edits
}

// facts are messages after which only the author knows what to write.
var facts = regexp.MustCompile(strings.Join([]string{
	`missing field "`, `unknown field "[^"]*"$`, `is (less|more) than`, `is less than .* in a wave before`, ` is empty`,
	`is taken already`, `is there twice`, `has \d+ characters`, `YAML syntax`, `tab; YAML takes spaces`, `invisible character`,
	`not UTF-8`, `are not read`, `nested deeper`, `templates are not rendered`, `is not (an image reference: its name|a DNS|a label's|a whole number in plain)`,
	`white space around it`, `is not a number of pods`, `but (a whole number|true or false|text|a DNS \w+|a label's value) is wanted$`, `must be text, not a list`,
	`needs values to compare with`, `is (no time at all|longer than|no moment in time|no time zone|negative)`, `cannot be counted with`, `names a day that no year has`,
	`the freeze would never stand`, `is a list, but a number of pods`, `has more than \d+ items`, `put the token into a file`, `is no branch`, `is not UpgradePlan; a folder of plans holds nothing else`, `is not a cron expression: [^;]*$`,
	`neither a token's file`, `both tokenFile and app`, `is not (a path|a URL|an http|a host|the short name|a date)`, `a branch cannot`, `cannot be read`, `is not .*, the one version that is read`,
}, "|"))

// TestAdviceLeadsOn follows every piece of advice of every problem that the tables
// of this package know: the problem is gone then, and no other has come.
func TestAdviceLeadsOn(t *testing.T) {
	followed := 0
	try := func(text string, load func(string) []Problem) {
		before := load(text)
		for _, problem := range before {
			edits, known := advised(problem.Message)
			if !known {
				t.Errorf("%s\nis neither advice that is followed nor a fact", problem.Message)
			}
			for _, e := range edits {
				followed++
				after := load(edited(t, text, problem.Position, e))
				if len(after) >= len(before) || isNew(before, after) {
					t.Errorf("%s\nfollowed by %q leads to\n%s", problem.Message, e, written(after))
				}
			}
		}
	}
	plans := func(text string) []Problem {
		_, problems := Load(folder(map[string]string{"plans.yaml": text}))
		return problems
	}
	for _, row := range slices.Concat(spoiledValues, spoiledShapes) {
		try(strings.Replace(base, row.old, row.new, 1), plans)
	}
	for _, row := range scalars {
		try(planWith(row.field, row.written), plans)
	}
	for _, row := range spoiledConfigs {
		try(strings.Replace(baseConfig, row.old, row.new, 1), func(text string) []Problem {
			_, problems := LoadConfig("c.yaml", []byte(text))
			return problems
		})
	}
	if followed < 120 {
		t.Errorf("only %d pieces of advice were followed", followed)
	}
}

// advised are the edits that a message advises, and whether its form is known.
func advised(message string) ([]edit, bool) {
	for _, advice := range advices {
		if found := advice.form.FindStringSubmatch(message); found != nil && !strings.Contains(message, "in its place") {
			return advice.edits(found), true
		}
	}
	return nil, facts.MatchString(message) || strings.Contains(message, "in its place")
}

// isNew reports whether there are problems that were not there before.
func isNew(before, after []Problem) bool {
	return slices.ContainsFunc(after, func(one Problem) bool {
		return !slices.ContainsFunc(before, func(other Problem) bool { return one.Message == other.Message })
	})
}

// edited is a document with one edit at a place.
func edited(t *testing.T, text string, at Position, e edit) string {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	if !e.apply(t, &root, at) {
		t.Fatalf("nothing stands at %s in\n%s", at, text)
	}
	changed, err := yaml.Marshal(&root)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}

// apply changes the outermost node at a place, and reports whether there is one.
func (e edit) apply(t *testing.T, node *yaml.Node, at Position) bool {
	t.Helper()
	here := func(n *yaml.Node) bool { return n.Line == at.Line && n.Column == at.Column }
	for i, inner := range node.Content {
		isKey := node.Kind == yaml.MappingNode && i%2 == 0
		isValue := !isKey && node.Kind != yaml.DocumentNode
		switch {
		case here(inner) && isKey && (e.do == "rename" || e.do == "write"):
			name, value, both := strings.Cut(e.text, ": ")
			*inner = parsed(t, name)
			if both {
				*node.Content[i+1] = parsed(t, value)
			}
			return true
		case here(inner) && isKey && e.do == "remove":
			node.Content = slices.Delete(node.Content, i, i+2)
			return true
		case here(inner) && isValue && e.do == "remove" && node.Kind == yaml.MappingNode && inner.Kind != yaml.MappingNode:
			node.Content = slices.Delete(node.Content, i-1, i+1)
			return true
		case here(inner) && isValue && e.do == "write":
			*inner = parsed(t, e.text)
			return true
		case e.do == "deadline" && node.Kind == yaml.MappingNode && inner.Value == "minReadySeconds":
			*node.Content[i+1] = parsed(t, e.text)
			longer := parsed(t, "{progressDeadlineSeconds: 1"+e.text+"}")
			node.Content = append(withoutKey(node.Content, "progressDeadlineSeconds"), longer.Content...)
			return true
		case e.apply(t, inner, at):
			return true
		}
	}
	return false
}

func withoutKey(pairs []*yaml.Node, key string) (others []*yaml.Node) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i].Value != key {
			others = append(others, pairs[i], pairs[i+1])
		}
	}
	return others
}

func parsed(t *testing.T, text string) yaml.Node {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil || len(root.Content) != 1 {
		t.Fatal(fmt.Errorf("%q is no YAML: %w", text, err))
	}
	return *root.Content[0]
}
