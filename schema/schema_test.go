package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// whole is a plan with every field of the language.
const whole = `{
  "apiVersion": "patchwave.dev/v1alpha1", "kind": "UpgradePlan",
  "metadata": {"name": "lobby.eu", "namespace": "games"},
  "spec": {
    "target": {"kind": "StatefulSet", "name": "lobby", "selector": {
      "matchLabels": {"example.com/app": "lobby", "tier": ""},
      "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}},
    "images": [{"container": "server", "image": "lobby:2"}],
    "waves": [{"pods": 1, "soak": "10m", "approval": "Required"}, {"pods": "25%"}, {"pods": "100%", "soak": "1h30m0.5s"}],
    "partition": "0%", "maxUnavailable": "25%", "gracePeriodSeconds": 0, "requireReadinessGate": true,
    "minReadySeconds": 1, "progressDeadlineSeconds": 600, "onFailure": "RollBack", "maxFailures": 2,
    "order": {"topologyKey": "topology.kubernetes.io/zone", "policy": "Spread"},
    "hooks": {
      "beforePod": [{"name": "a", "http": {"url": "https://hooks.example.com/", "method": "GET"},
        "prometheus": {"url": "http://prometheus.monitoring:9090", "query": "up == 1"}, "timeout": "5s", "interval": "1s", "retries": 3, "onTimeout": "Fail"}],
      "afterPod": [], "afterWave": []},
    "template": "Align",
    "windows": [{"start": "0 2 * * 1-5", "duration": "3h", "timeZone": "Europe/Paris"}],
    "freezes": [{"from": "2026-12-20T00:00:00Z", "to": "2027-01-04T00:00:00+01:00", "reason": "year end"}],
    "drift": {"mode": "Correct", "schedule": "*/15 * * * *"},
    "dependsOn": [{"name": "lobby-canary"}],
    "suspend": {"reason": "INC-231", "until": "2026-12-01T08:00:00Z"}
  }
}`

// wholeConfig is a configuration with every field of the language.
const wholeConfig = `{
  "name": "prod",
  "sources": [{
    "name": "games", "url": "https://github.com/acme/plans.git", "branch": "release/1.8", "path": "prod", "interval": "1m",
    "auth": {"tokenFile": "a", "ssh": {"keyFile": "a", "knownHostsFile": "b"}, "githubApp": {"appID": 1, "installationID": 2, "privateKeyFile": "a"}},
    "namespaces": ["games"], "serviceAccount": "bot", "hooks": {"hosts": ["prometheus.monitoring:9090"]},
    "signatures": {"mode": "Required", "openpgpKeysFile": "a", "allowedSignersFile": "b"}, "caFile": "a", "proxy": "http://proxy:3128"
  }],
  "github": {"baseURL": "https://ghe.example.com/api/v3/", "tokenFile": "a", "targetURL": "https://patchwave.example.com/",
    "app": {"appID": 1, "installationID": 2, "privateKeyFile": "a"}, "caFile": "a", "proxy": "http://proxy:3128",
    "webhook": {"address": ":8080", "secretFile": "a"}, "forks": "SchemaOnly", "preview": "Full"},
  "freezes": [{"from": "2026-12-20T00:00:00Z", "to": "2027-01-04T00:00:00Z", "reason": "year end"}],
  "windows": [{"start": "0 2 * * 1-5", "duration": "3h", "timeZone": "UTC"}]
}`

func TestTheWholeLanguageIsValid(t *testing.T) {
	if found := Validate(decode([]byte(whole))); found != nil {
		t.Error(found)
	}
	if found := ValidateConfig(decode([]byte(wholeConfig))); found != nil {
		t.Error(found)
	}
}

// TestEveryFieldIsClosedDescribedAndUsed walks the schema beside the document
// that has every field.
func TestEveryFieldIsClosedDescribedAndUsed(t *testing.T) {
	walk(t, "plan", PlanResolved(), decode([]byte(whole)))
	config := decode(configText).(map[string]any)
	walk(t, "config", resolve(config, config["$defs"].(map[string]any)).(map[string]any), decode([]byte(wholeConfig)))
}

func walk(t *testing.T, field string, schema map[string]any, example any) {
	properties, isObject := schema["properties"].(map[string]any)
	if isObject && schema["additionalProperties"] != false {
		t.Errorf("%s lets unknown fields pass", field)
	}
	document, _ := example.(map[string]any)
	for name, property := range properties {
		property := property.(map[string]any)
		if description, _ := property["description"].(string); !strings.HasSuffix(description, ".") {
			t.Errorf("%s.%s has no description in sentences: %q", field, name, description)
		}
		if _, there := document[name]; !there && document != nil {
			t.Errorf("%s.%s is not in the example of everything", field, name)
		}
		walk(t, field+"."+name, property, document[name])
	}
	if items, ok := schema["items"].(map[string]any); ok {
		var first any
		if list, _ := example.([]any); len(list) > 0 {
			first = list[0]
		}
		walk(t, field+"[]", items, first)
	}
}

func TestPlanResolvedHasNoReferences(t *testing.T) {
	text, err := json.Marshal(PlanResolved())
	if err != nil || strings.Contains(string(text), `"$ref"`) || strings.Contains(string(text), `"$defs"`) {
		t.Errorf("%v: %s", err, text)
	}
	first, second := PlanResolved(), PlanResolved()
	delete(first["properties"].(map[string]any), "spec")
	if second["properties"].(map[string]any)["spec"] == nil {
		t.Error("two calls share one value")
	}
	compiled, err := jsonschema.CompileString("resolved.json", string(text))
	if err != nil || compiled.Validate(decode([]byte(whole))) != nil {
		t.Errorf("the resolved schema differs: %v", err)
	}
}

func TestNothingIsLoadedFromElsewhere(t *testing.T) {
	defer func() {
		if recovered := fmt.Sprint(recover()); !strings.Contains(recovered, "a schema may refer to itself only") {
			t.Errorf("got %s", recovered)
		}
	}()
	newChecker("evil.json", []byte(`{"$ref": "file:///etc/hostname"}`))
}

func TestViolations(t *testing.T) {
	for _, row := range []struct {
		document string
		want     []Violation
	}{
		{`{}`, []Violation{
			{"/apiVersion", `missing field "apiVersion"`, false, ""},
			{"/kind", `missing field "kind"`, false, ""},
			{"/metadata", `missing field "metadata"`, false, ""},
			{"/spec", `missing field "spec"`, false, ""},
		}},
		{`[]`, []Violation{{"", "is a list, but a patchwave upgrade plan is wanted", false, "a patchwave upgrade plan"}}},
		{`{"a/b~c": 1, "kind": "Pod"}`, []Violation{
			{"/apiVersion", `missing field "apiVersion"`, false, ""},
			{"/a~1b~0c", `unknown field "a/b~c"`, true, ""},
			{"/kind", `kind: is "Pod", but must be "UpgradePlan"`, false, ""},
			{"/metadata", `missing field "metadata"`, false, ""},
			{"/spec", `missing field "spec"`, false, ""},
		}},
		{strings.Replace(whole, `"tier": ""`, `"a b%": ""`, 1), []Violation{
			{"/spec/target/selector/matchLabels/a b%", `spec.target.selector.matchLabels["a b%"]: "a b%" is not a label's key, such as "app" or "example.com/tier"`, true, ""},
		}},
		{strings.Replace(whole, `"pods": "25%"`, `"pods": "140%"`, 1), []Violation{
			{"/spec/waves/1/pods", `spec.waves[1].pods: 140% is more than 100%; write a number of pods, or a percentage of the matched pods from 0% to 100%`, false, ""},
		}},
		{strings.Replace(whole, `"0 2 * * 1-5"`, `"TZ=UTC 0 2 * *"`, 1), []Violation{
			{"/spec/windows/0/start", `spec.windows[0].start: "TZ=UTC 0 2 * *" is not five cron fields (minute, hour, day of month, month, day of week) such as "0 2 * * 1-5"`, false, ""},
		}},
		{strings.Replace(whole, `"lobby:2"`, `"`+strings.Repeat("x", 2000)+`"`, 1), []Violation{
			{"/spec/images/0/image", `spec.images[0].image: has 2000 characters, but 1024 are the most`, false, ""},
		}},
	} {
		got := Validate(decode([]byte(row.document)))
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%.60s (-want +got):\n%s", row.document, diff)
		}
	}
}

// TestEveryKeywordHasItsWords: no message is the library's own.
func TestEveryKeywordHasItsWords(t *testing.T) {
	silent := []string{"$schema", "$id", "$ref", "$defs", "title", "description", "examples", "properties", "items", "propertyNames", "required", "additionalProperties"}
	for _, text := range [][]byte{planText, configText} {
		for keyword := range keywords(decode(text)) {
			if _, known := rules[keyword]; !known && !slices.Contains(silent, keyword) {
				t.Errorf("no rule says %q in words", keyword)
			}
		}
	}
}

// keywords collects the keywords of a schema and of those inside it.
func keywords(schema any) map[string]bool {
	found := map[string]bool{}
	object, _ := schema.(map[string]any)
	for keyword, value := range object {
		found[keyword] = true
		switch keyword {
		case "properties", "$defs":
			for _, inner := range value.(map[string]any) {
				maps.Copy(found, keywords(inner))
			}
		default:
			maps.Copy(found, keywords(value))
		}
	}
	return found
}

func TestField(t *testing.T) {
	for pointer, want := range map[string]string{
		"/a~01": `["a~1"]`, "": "", "/spec": "spec", "/spec/waves/1/pods": "spec.waves[1].pods", "/a~1b/c~0d": `["a/b"]["c~d"]`,
	} {
		if got := Field(pointer); got != want {
			t.Errorf("Field(%q) is %q, not %q", pointer, got, want)
		}
	}
}

// Words as short as a slip is long resemble everything.
func TestSuggestions(t *testing.T) {
	for given, want := range map[string]string{"tp": "", "to": "to", "form": "", "reasn": "reason", "raeson": "reason", "cause": ""} {
		if got := nearest(given, []string{"to", "url", "reason"}); got != want {
			t.Errorf("%s is taken for %q, not %q", given, got, want)
		}
	}
}
