package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestCode(t *testing.T) {
	for text, want := range map[string]string{
		"app:v1":               "`app:v1`",
		"a `b` c":              "``a `b` c``",
		"`":                    "`` ` ``",
		"``":                   "``` `` ```",
		"":                     "`  `",
		"two\nlines\t and\x00": "`two lines and`",
		"@all #1 <b>*x*</b>":   "`@all #1 <b>*x*</b>`",
		"\u202egnp.exe\u200b":  "`gnp.exe`",
		"caf\xe9.yaml":         "`caf\uFFFD.yaml`",
	} {
		if got := code(text); got != want {
			t.Errorf("%q is quoted %s, want %s", text, got, want)
		}
	}
	if got := utf8.RuneCountInString(code(strings.Repeat("ä", 1000))); got != maxQuoted+3 {
		t.Errorf("a long text becomes %d characters", got)
	}
}

// A row of a table has as many cells as it was given, however its pipes are read:
// with a backslash before one, or two, within quotes and without.
func TestCells(t *testing.T) {
	for _, text := range []string{"app:v1", "a|b", `app\| @everyone`, `app\\| @everyone`, "`|`", "``|` @x", "a\n| b |\r\n|---|", `\`, "|", ""} {
		row := "| " + cell(text) + " | " + cell(text) + " |"
		if got := strings.Count(row, "|"); got != 3 || strings.ContainsAny(row, "\r\n") {
			t.Errorf("%q makes the row %q", text, row)
		}
	}
	if got := cell("a|b"); got != "`a¦b`" {
		t.Errorf("in a table: %s", got)
	}
}

// Nothing gets out of a code span: no run of backticks within is as long as
// the fence, and it is one line.
func FuzzCode(f *testing.F) {
	for _, text := range []string{"`", "a``b", "\n", "```\n@x", "|", `app\| @everyone`, "\xe9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(cell(text), "|") {
			t.Errorf("%q gets out of the cell %q", text, cell(text))
		}
		got := code(text)
		fence := got[:len(got)-len(strings.TrimLeft(got, "`"))]
		inner := strings.TrimSuffix(strings.TrimPrefix(got, fence), fence)
		if fence == "" || !strings.HasSuffix(got, fence) || strings.ContainsAny(got, "\r\n") || !utf8.ValidString(got) {
			t.Fatalf("%q is quoted %q", text, got)
		}
		for _, run := range strings.FieldsFunc(inner, func(r rune) bool { return r != '`' }) {
			if len(run) == len(fence) {
				t.Errorf("%q gets out of %q", text, got)
			}
		}
		if strings.HasPrefix(inner, "`") || strings.HasSuffix(inner, "`") {
			t.Errorf("%q lengthens the fence of %q", text, got)
		}
	})
}

func TestLinks(t *testing.T) {
	for page, want := range map[string]string{
		"":                                "`x`",
		"https://github.test/acme/plans/": "[`x`](https://github.test/acme/plans/blob/abc/a%20b/%28c%29%3F.yaml#L3)",
	} {
		if got := linked("x", page, "abc", "a b/(c)?.yaml", 3); got != want {
			t.Errorf("linked is %s, want %s", got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 300 * time.Millisecond: "under 1s", 90 * time.Second: "1m30s", 5 * time.Minute: "5m",
		12*time.Minute + 3*time.Second: "12m", 2 * time.Hour: "2h", 125 * time.Minute: "2h5m",
	} {
		if got := span(d); got != want {
			t.Errorf("%d is %s, want %s", d, got, want)
		}
	}
}

func TestCutsAreAnnounced(t *testing.T) {
	c := Comment{Marker: "prod/games", Stage: "a", Preview: strings.Repeat("line\n", 20_000)}
	for name, body := range map[string]string{"a preview": c.body(""), "a roll-out after it": Comment{Marker: "prod/games", Stage: "b", Rollout: strings.Repeat("more\n", 20_000)}.body(c.body(""))} {
		if len(body) > maxComment || !strings.HasSuffix(body, cutNotice) || !strings.HasPrefix(body, "<!-- patchwave prod/games ") {
			t.Errorf("%s has %d bytes, and ends in %q", name, len(body), body[len(body)-80:])
		}
	}
	if got := fit([]string{strings.Repeat("x", 500), strings.Repeat("y", 500), "z"}, 700, "plan"); !strings.HasSuffix(got, "\n\n_The rest is left out here, of 2 plans: a comment holds 65,536 characters._\n") || len(got) > 700 {
		t.Errorf("fits as %d bytes, %q", len(got), got[max(0, len(got)-90):])
	}
	if got := fit([]string{"a\n", strings.Repeat("one\n", 500)}, 400, "plan"); strings.Count(got, "one\n") < 70 || !strings.Contains(got, "one\n\n_The rest is left out here, of 1 plan:") || len(got) > 400 {
		t.Errorf("what does not fit is not shown in part: %d bytes, %q", len(got), got)
	}
}
