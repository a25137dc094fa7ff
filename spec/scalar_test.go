package spec

import (
	"strings"
	"testing"
)

// scalars are values without quotes that some program reads otherwise than others,
// where they stand, and what is said of them: what to write, or nothing where they
// are sound.
var scalars = []struct{ field, written, want string }{
	{"minReadySeconds", "7", ""},
	{"minReadySeconds", "0", ""},
	{"minReadySeconds", "7e1", "7e1 is not written in plain decimal digits; write 70"},
	{"minReadySeconds", "70.0", "70.0 is not written in plain decimal digits; write 70"},
	{"minReadySeconds", "70.", "70. is not written in plain decimal digits; write 70"},
	{"minReadySeconds", "1_0.0", "1_0.0 is not written in plain decimal digits; write 10"},
	{"minReadySeconds", "0080", "0080 is not written in plain decimal digits; write 80"},
	{"minReadySeconds", "09", "09 is not written in plain decimal digits; write 9"},
	{"minReadySeconds", "07", "07 is not written in plain decimal digits; write 7"},
	{"minReadySeconds", "010", "010 is not a whole number in plain decimal digits"},
	{"minReadySeconds", "-0", "-0 is not written in plain decimal digits; write 0"},
	{"minReadySeconds", "+7", "+7 is not written in plain decimal digits; write 7"},
	{"minReadySeconds", "0x10", "0x10 is not written in plain decimal digits; write 16"},
	{"minReadySeconds", "0o14", "0o14 is not written in plain decimal digits; write 12"},
	{"minReadySeconds", "0b11", "0b11 is not written in plain decimal digits; write 3"},
	{"minReadySeconds", "1:30", "1:30 is not a whole number in plain decimal digits"},
	{"minReadySeconds", "1.5", "1.5 is not a whole number in plain decimal digits"},
	{"minReadySeconds", ".inf", ".inf is not a whole number in plain decimal digits"},
	{"minReadySeconds", "+.INF", "+.INF is not a whole number in plain decimal digits"},
	{"minReadySeconds", "1e400", "1e400 is not a whole number in plain decimal digits"},
	{"minReadySeconds", "-7e2", "-7e2 is not written in plain decimal digits, and: -700 is less than 0"},
	{"minReadySeconds", "7e2", "7e2 is not written in plain decimal digits, and: no pod can be ready for minReadySeconds (700) before progressDeadlineSeconds (600) has passed; the deadline must be the longer"},
	{"minReadySeconds", "0800", "0800 is not written in plain decimal digits, and: no pod can be ready for minReadySeconds (800) before progressDeadlineSeconds (600) has passed; the deadline must be the longer"},
	{"minReadySeconds", `"700"`, "no pod can be ready for minReadySeconds (700) before progressDeadlineSeconds (600) has passed; the deadline must be the longer"},
	{"minReadySeconds", `"7"`, `"7" is text, but a whole number is wanted; write 7`},
	{"minReadySeconds", "no", `"no" is text, but a whole number is wanted`},
	{"minReadySeconds", "true", "true is a boolean, but a whole number is wanted"},
	{"maxUnavailable", "1e3", "1e3 is not written in plain decimal digits; write 1000"},
	{"maxUnavailable", "02", "02 is not written in plain decimal digits; write 2"},
	{"maxUnavailable", `"2"`, `"2" is not a number of pods, or a percentage of the matched pods from 1% to 100%; write 2`},
	{"maxUnavailable", `"0"`, "0 is less than 1"},
	{"maxUnavailable", "25 %", `"25 %" is not a number of pods, or a percentage of the matched pods from 1% to 100%`},
	{"maxUnavailable", "+25%", `"+25%" is not a number of pods, or a percentage of the matched pods from 1% to 100%`},
	{"maxUnavailable", "1e1%", `"1e1%" is not a number of pods, or a percentage of the matched pods from 1% to 100%`},
	{"maxUnavailable", "0.25", `"0.25" is not a number of pods, or a percentage of the matched pods from 1% to 100%`},
	{"requireReadinessGate", "true", ""},
	{"requireReadinessGate", "yes", "yes is read as text by some programs; write true"},
	{"requireReadinessGate", "On", "On is read as text by some programs; write true"},
	{"requireReadinessGate", "N", "N is read as text by some programs; write false"},
	{"requireReadinessGate", `"false"`, `"false" is text, but true or false is wanted; write false`},
	{"requireReadinessGate", "1", "1 is a number, but true or false is wanted"},
	{"onFailure", "no", `"no" is not one of Halt, RollBack`},
	{"target.name", "no", `no is read as false by some programs; write "no"`},
	{"target.name", "y", `y is read as true by some programs; write "y"`},
	{"target.name", `"on"`, ""},
	{"target.name", "null", "has no value; write a DNS name"},
	{"target.name", "123", `123 is a number, but a DNS name is wanted; write "123"`},
	{"target.name", "1e3", `1e3 is read as a number by some programs; write "1e3"`},
	{"target.name", "2024-01-01", `2024-01-01 is read as a date by some programs; write "2024-01-01"`},
	{"target.name", "true", `true is a boolean, but a DNS name is wanted; write "true"`},
	{"target.name", "99999999999999999999", `99999999999999999999 is read as a number by some programs; write "99999999999999999999"`},
	{"images[0].container", "007", `007 is read as a number by some programs; write "007"`},
	{"images[0].image", "1.10", `1.10 is read as a number by some programs; write "1.10"`},
	{"images[0].image", "12", `12 is a number, but text is wanted; write "12"`},
	{"images[0].image", "12:30", `12:30 is read as a number by some programs; write "12:30"`},
	{"images[0].image", "app:1.10", ""},
	{"images[0].image", "1.2.3", ""},
	{"images[0].image", "-1", `"-1" is not an image reference; write it like registry.example.com/team/app:1.2.3 or with @sha256: and 64 hexadecimal digits`},
	{"drift.mode", "Off", ""},
	{"drift.mode", "off", `"off" is not one of Correct, Report, Off (did you mean "Off"?)`},
	{"suspend.until", "2026-12-01T08:00:00Z", ""},
	{"suspend.until", "2026-12-01", `"2026-12-01" is not a date and time with its zone, such as "2026-12-20T00:00:00Z"`},
	{"suspend.reason", "1.0", `1.0 is read as a number by some programs; write "1.0"`},
	{`target.selector.matchLabels["version"]`, "1.20", `1.20 is read as a number by some programs; write "1.20"`},
	{`target.selector.matchLabels["version"]`, "1.20.1", ""},
	{`target.selector.matchLabels["version"]`, "2024-1-1", `2024-1-1 is read as a date by some programs; write "2024-1-1"`},
	{`target.selector.matchLabels["version"]`, "OFF", `OFF is read as false by some programs; write "OFF"`},
	{`target.selector.matchLabels["version"]`, "7", `7 is a number, but a label's value is wanted; write "7"`},
	{`target.selector.matchLabels["version"]`, "false", `false is a boolean, but a label's value is wanted; write "false"`},
	{`target.selector.matchLabels["version"]`, "~", "has no value; write a label's value"},
	{`target.selector.matchLabels["version"]`, "010", `010 is read as a number by some programs; write "010"`},
}

// planWith is a plan with one field of its spec as it is written.
func planWith(field, value string) string {
	target, images, more := "kind: Deployment, name: lobby", "container: server, image: app", ""
	switch name, inner, nested := strings.Cut(field, "."); {
	case field == "target.name":
		target = "kind: Deployment, name: " + value
	case strings.HasPrefix(field, "target.selector"):
		target = "kind: Deployment, selector: {matchLabels: {version: " + value + "}}"
	case field == "images[0].image":
		images = "container: server, image: " + value
	case field == "images[0].container":
		images = "image: app, container: " + value
	case field == "suspend.until":
		more = "  suspend: {reason: a, until: " + value + "}\n"
	case nested:
		more = "  " + name + ": {" + inner + ": " + value + "}\n"
	default:
		more = "  " + name + ": " + value + "\n"
	}
	return "apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan\nmetadata: {name: lobby, namespace: games}\nspec:\n" +
		"  target: {" + target + "}\n  images: [{" + images + "}]\n" + more
}

func TestScalarsThatProgramsReadDifferently(t *testing.T) {
	for _, row := range scalars {
		plans, problems := Load(folder(map[string]string{"a.yaml": planWith(row.field, row.written)}))
		got := ""
		for _, problem := range problems {
			got += strings.TrimPrefix(problem.Message, "spec."+strings.NewReplacer(`["`, ".", `"]`, "").Replace(row.field)+": ")
		}
		if got != row.want || (len(plans) == 1) != (row.want == "") {
			t.Errorf("%s: %s\ngot  %s\nwant %s", row.field, row.written, got, row.want)
		}
	}
}

// Keys are text, whatever a program may read.
func TestKeysThatProgramsReadDifferently(t *testing.T) {
	for key, want := range map[string]string{
		"app": "", `"on"`: "", "'1'": "", "1.2.3": "",
		"on":         `key on is read as true by some programs; write "on"`,
		"N":          `key N is read as false by some programs; write "N"`,
		"true":       `key true is read as true by some programs; write "true"`,
		"1":          `key 1 is read as a number by some programs; write "1"`,
		"1.10":       `key 1.10 is read as a number by some programs; write "1.10"`,
		"2024-01-01": `key 2024-01-01 is read as a date by some programs; write "2024-01-01"`,
		"null":       `key null is read as nothing by some programs; write "null"`,
	} {
		text := strings.Replace(planWith("target.selector", "a"), "version", key, 1)
		_, problems := Load(folder(map[string]string{"a.yaml": text}))
		got := strings.TrimPrefix(strings.TrimPrefix(written(problems), "a.yaml:5:55: "), "spec.target.selector.matchLabels: ")
		if got != want {
			t.Errorf("%s: got  %s\nwant %s", key, got, want)
		}
	}
}

// A name that programs read differently is no name to go by: any plan that was in
// the file before may be meant.
func TestNamesThatProgramsReadDifferently(t *testing.T) {
	for _, name := range []string{"1.10", "no", "42", "2024-01-01"} {
		_, problems := Load(folder(map[string]string{"a.yaml": strings.Replace(named("nemo"), "{name: nemo,", "{name: "+name+",", 1)}))
		if len(problems) != 1 || problems[0].Plan != (Key{}) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
