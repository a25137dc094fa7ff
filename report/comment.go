package report

import (
	"cmp"
	"regexp"
	"strings"
	"time"
)

// Comment is the one comment that a source has on a pull request: what merging
// it would do, and after the merge how that goes.
type Comment struct {
	Repository string // owner/name
	// Number is the pull request's; 0 for the one that brought Commit to Branch.
	Number         int
	Commit, Branch string
	// Marker is "<instance>/<source>", by which the comment is found again.
	Marker string
	// Stage tells what the text is about. A text of another stage is written at
	// once, another one of the same stage only when the last has stood for Calm.
	Stage string
	Calm  time.Duration
	// Preview is what is said before the merge, Rollout what follows it. A comment
	// with a Rollout keeps the preview that GitHub shows.
	Preview, Rollout string
	// OnlyShown writes nothing where there is no comment yet.
	OnlyShown bool
	// OnlyUnfinished leaves a comment of this very stage alone, whatever it says: it
	// was written when more was known.
	OnlyUnfinished bool
}

// maxComment is GitHub's limit in characters, kept in bytes, which are never
// fewer.
const maxComment = 65_536

// topic tells comments apart.
type topic struct {
	repository, commit, marker string
	number                     int
}

func (c Comment) topic() topic { return topic{c.Repository, c.Commit, c.Marker, c.Number} }

// divider stands between preview and roll-out.
const divider = "\n<!-- patchwave: the roll-out -->\n"

// head is how the comments of a marker begin.
func (c Comment) head() string { return "<!-- patchwave " + c.Marker + " " }

// body is the text to show where this is shown.
func (c Comment) body(shown string) string {
	first := c.head() + c.Stage + " -->\n"
	if c.Rollout == "" {
		return bounded(first + c.Preview)
	}
	preview, _, _ := strings.Cut(shown, divider)
	_, preview, _ = strings.Cut(preview, "\n") // the first line is anew
	return bounded(first + cut(preview, maxComment/2) + divider + compared(c.Rollout, preview))
}

// stage is the stage of a text that is shown.
func (c Comment) stage(shown string) string {
	first, _, _ := strings.Cut(shown, "\n")
	return strings.TrimSuffix(strings.TrimPrefix(first, c.head()), " -->")
}

// A preview carries what it foretells of each plan in an HTML comment, since
// the roll-out's table has that beside what happened.
const (
	forecastBegins = "<!-- forecast "
	forecastEnds   = " -->"
)

// forecastOf stands in a roll-out for what the preview has foretold.
func forecastOf(plan string) string { return forecastBegins + plan + forecastEnds }

var forecastRow = regexp.MustCompile(`(?m)^\| forecast \| ` + forecastBegins + `(\S+)` + forecastEnds + ` \|$`)

// compared is a roll-out with what the preview has foretold.
func compared(rollout, preview string) string {
	known, missing := forecasts(preview), "no preview was made | | "
	if preview != "" {
		missing = "the preview had none | | "
	}
	return forecastRow.ReplaceAllStringFunc(rollout, func(row string) string {
		plan := forecastRow.FindStringSubmatch(row)[1]
		return "| forecast | " + cmp.Or(known[plan], missing) + " |"
	})
}

// forecasts finds what a preview carries, by plan.
func forecasts(preview string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(preview) {
		rest, isForecast := strings.CutPrefix(strings.TrimSpace(line), forecastBegins)
		plan, cells, isWhole := strings.Cut(strings.TrimSuffix(rest, forecastEnds), ": ")
		if isForecast && isWhole {
			found[plan] = cells
		}
	}
	return found
}

// maxPlainBody is the length of a body that is sure to be taken, in bytes.
const maxPlainBody = 16 << 10

// plainBody is the form to write where GitHub refuses a comment for what it says:
// shorter, and of ASCII alone.
func plainBody(body string) string {
	ascii := strings.Map(func(r rune) rune {
		if r == '\n' || ' ' <= r && r <= '~' {
			return r
		}
		return '?'
	}, body)
	return cut(ascii, maxPlainBody)
}

// bounded is the last resort: the renderers keep within their shares.
func bounded(text string) string { return cut(strings.TrimRight(text, "\n")+"\n", maxComment) }

const cutNotice = "\n\n_The rest is left out: a comment holds 65,536 characters._\n"

// cut ends a text at a line's end, and says so.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.TrimSuffix(lines(text, most-len(cutNotice)), "\n") + cutNotice
}

// shownComment is a comment as GitHub has it; without an ID there is none.
type shownComment struct {
	id   int64
	body string    // with the line ends that were written: a browser makes others
	at   time.Time // when it was written last
}

// shows tells whether a text is shown.
func (s shownComment) shows(body string) bool {
	return s.id != 0 && strings.TrimSpace(s.body) == strings.TrimSpace(body)
}
