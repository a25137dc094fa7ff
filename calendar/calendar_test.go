package calendar

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// at reads a moment of UTC, in March 2026 unless it says more.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	if !strings.Contains(text, "-") {
		text = "2026-03-" + text
	}
	moment, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func TestParseCron(t *testing.T) {
	const (
		none       = "is not a cron expression: "
		twofold    = "is ambiguous: "
		inItsPlace = " is no number, range such as 1-5, step such as */15, or name such as mon in its place"
	)
	for text, want := range map[string]string{
		"0 2 * * 1-5":         "",
		"0 0 29 2 *":          "",
		"0 0 30 2 *":          "names a day that no year has",
		"0 0 31 4,6,9,11 *":   "names a day that no year has",
		"0 0 30 2 1":          "", // on Mondays
		"60 * * * *":          none + "60 is not one of the minutes, 0 to 59",
		"0 22-24 * * *":       none + "24 is not one of the hours, 0 to 23",
		"0 2 0 * *":           none + "0 is not one of the days of the month, 1 to 31",
		"0 2 * 13 *":          none + "13 is not one of the months, 1 to 12",
		"0 2 * * 8":           none + "8 is not one of the days of the week, 0 to 6",
		"0 2 * *":             none + "it has 4 fields, and five are wanted",
		"@daily":              none + "it has 1 fields, and five are wanted",
		"@every 1h * * *":     none + "\"@every\"" + inItsPlace,
		"UTC 2 * * *":         none + "\"UTC\"" + inItsPlace,
		"0 2 L * *":           none + "\"L\"" + inItsPlace,
		"0 2 * * 5#2":         none + "\"5#2\"" + inItsPlace,
		"0 -2 * * *":          none + "\"-2\"" + inItsPlace,
		"+5 2 * * *":          none + "\"+5\"" + inItsPlace,
		"0 mon * * *":         none + "\"mon\"" + inItsPlace,
		"0 2 * * jan":         none + "\"jan\"" + inItsPlace,
		"0 2 * * monday":      none + "\"monday\"" + inItsPlace,
		"1-2-3 2 * * *":       none + "\"1-2-3\"" + inItsPlace,
		"1/2/3 2 * * *":       none + "\"1/2/3\"" + inItsPlace,
		"*-5 2 * * *":         none + "\"*-5\"" + inItsPlace,
		"0,,5 2 * * *":        none + "a place is empty in the minutes",
		"0 1, * * *":          none + "a place is empty in the hours",
		"0 */0 * * *":         none + "*/0 has a step of 0",
		"0 */0 * * 7":         none + "*/0 has a step of 0",
		"0 0 * jan-mar SUN":   "",
		"0 0 * * mon-5/2":     "",
		"59 23 31 12 *":       "",
		"1-5/2,30 3 1,15 * ?": "",
		"0 2 */2 * ?":         "",
		"*/59 */23 * * *":     "",
		"0 0 */30 */11 *":     "",
		"*/1 * 1 * *":         "",
		"0 2 1-31/2 * 1":      "",

		"0 2 * * 7":             none + `7 counts Sunday as 7, which is 0 here; write "0 2 * * 0"`,
		"0 2 * * 1-7":           none + `1-7 counts Sunday as 7, which is 0 here; write "0 2 * * 1-6,0"`,
		"0 2 * * 5-7":           none + `5-7 counts Sunday as 7, which is 0 here; write "0 2 * * 5-6,0"`,
		"0 2 * * 0-7":           none + `0-7 counts Sunday as 7, which is 0 here; write "0 2 * * 0-6"`,
		"0 2 * * 7-3":           none + `7-3 counts Sunday as 7, which is 0 here; write "0 2 * * 0-3"`,
		"0 2 * * 1-7/2":         none + `1-7/2 counts Sunday as 7, which is 0 here; write "0 2 * * 1,3,5,0"`,
		"0 2 * * 5-0":           none + `5-0 goes over the end of the days of the week; write "0 2 * * 5-6,0"`,
		"0 2 * * FRI-SUN":       none + `FRI-SUN goes over the end of the days of the week; write "0 2 * * 5-6,0"`,
		"0 2 * NOV-FEB *":       none + `NOV-FEB goes over the end of the months; write "0 2 * 11-12,1-2 *"`,
		"0 22-2 * * *":          none + `22-2 goes over the end of the hours; write "0 22-23,0-2 * * *"`,
		"0 22-2/2 * * *":        none + `22-2/2 goes over the end of the hours; write "0 22,0,2 * * *"`,
		"5-1 2 28-3 * *":        none + `5-1 goes over the end of the minutes; write "5-59,0-1 2 28-31,1-3 * *"`,
		"0 22-2 * * 7":          none + `22-2 goes over the end of the hours; write "0 22-23,0-2 * * 0"`,
		"0 22-2 */2 * 7":        none + `22-2 goes over the end of the hours; write "0 22-23,0-2 1-31/2 * 0"`,
		"*/90 * * * *":          twofold + `the step of */90 leads past the last of the minutes, so that it names 0 alone; write "0 * * * *"`,
		"*/60 * * * *":          twofold + `the step of */60 leads past the last of the minutes, so that it names 0 alone; write "0 * * * *"`,
		"0 */24 * * *":          twofold + `the step of */24 leads past the last of the hours, so that it names 0 alone; write "0 0 * * *"`,
		"0 0 */31 * *":          twofold + `the step of */31 leads past the last of the days of the month, so that it names 1 alone; write "0 0 1 * *"`,
		"0 0 * * 1-5/7":         twofold + `the step of 1-5/7 leads past the last of the days of the week, so that it names 1 alone; write "0 0 * * 1"`,
		"5/15 * * * *":          twofold + `5/15 is 5 alone to other crons; write "5-59/15 * * * *"`,
		"5/90 * * * *":          twofold + `5/90 is 5 alone to other crons; write "5 * * * *"`,
		"*,5 2 * * *":           twofold + `* names all minutes, whatever stands beside it; write "* 2 * * *"`,
		"? 2 * * *":             twofold + `? has a question mark, which other crons know in fields of days alone; write "* 2 * * *"`,
		"0 2 ?/2 * *":           twofold + `?/2 has a question mark, which other crons know in fields of days alone; write "0 2 */2 * *"`,
		"0 2 ?,1 * *":           twofold + `? has a question mark, which other crons know in fields of days alone; write "0 2 * * *"`,
		"0 2 * * on":            none + "\"on\"" + inItsPlace,
		"0 2 */2 * 1":           twofold + `*/2 beside days of the week means a day of either here, and of both to other crons; write "0 2 1-31/2 * 1"`,
		"0 2 1 * */2":           twofold + `*/2 beside days of the month means a day of either here, and of both to other crons; write "0 2 1 * 0-6/2"`,
		"0 2 */2 * */2":         twofold + `*/2 beside days of the week means a day of either here, and of both to other crons; write "0 2 1-31/2 * 0-6/2"`,
		"*/90 2 5,*/2 * MON,?":  twofold + `the step of */90 leads past the last of the minutes, so that it names 0 alone; write "0 2 5,*/2 * *"`,
		"0 2 */2,31 * MON-FRI ": twofold + `*/2 beside days of the week means a day of either here, and of both to other crons; write "0 2 1-31/2,31 * MON-FRI"`,
	} {
		c, err := ParseCron(text)
		if got := fmt.Sprint(err); got != want && (want != "" || err != nil) {
			t.Errorf("%s: %s, want %q", text, got, want)
		}
		if err == nil && c.String() != text {
			t.Errorf("%s becomes %s", text, c)
		}
		if _, mended, advised := strings.Cut(want, `; write "`); advised {
			if _, err := ParseCron(strings.TrimSuffix(mended, `"`)); err != nil {
				t.Errorf("what is advised for %s: %v", text, err)
			}
		}
	}
}

// What is ambiguous was in force once, and may stand in a record.
func TestRecordsMayBeAmbiguous(t *testing.T) {
	for text, readable := range map[string]bool{"*/90 * * * *": true, "0 2 */2 * 1": true, "0 2 * * 5-7": false, "0 */0 * * *": false} {
		var c Cron
		if err := c.UnmarshalText([]byte(text)); (err == nil) != readable {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNextStart(t *testing.T) {
	for _, test := range []struct{ cron, after, want string }{
		{"*/15 * * * *", "02 03:00", "02 03:15"},
		{"*/15 * * * *", "02 23:59", "03 00:00"},
		{"5-59/20 * * * *", "02 03:05", "02 03:25"}, // steps count from the range's beginning
		{"0 0 * * sun", "02 00:00", "08 00:00"},
		{"0 0 1 feb *", "02 00:00", "2027-02-01 00:00"},
		{"0 2 * * 1-5", "06 02:00", "09 02:00"},                   // a Friday
		{"0 0 13 * 5", "06 00:00", "13 00:00"},                    // either will do
		{"0 0 29 2 *", "2096-02-29 00:00", "2104-02-29 00:00"},    // 2100 is no leap year
		{"59 23 31 12 *", "2026-12-31 23:59", "2027-12-31 23:59"}, // strictly after
	} {
		c, err := ParseCron(test.cron)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Next(at(t, test.after), time.UTC); !got.Equal(at(t, test.want)) {
			t.Errorf("%s after %s: %s, want %s", test.cron, test.after, got, test.want)
		}
	}
}

func TestPeriod(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"* * * * *":       time.Minute,
		"*/15 * * * *":    15 * time.Minute,
		"*/25 * * * *":    10 * time.Minute,
		"0 2 * * *":       24 * time.Hour,
		"0 0,23 * * *":    time.Hour,
		"0 2,14 * * 0":    12 * time.Hour,
		"0 2 * * 1-5":     24 * time.Hour,
		"0 2 * * 1,4":     3 * 24 * time.Hour,
		"0 2 * * 0":       7 * 24 * time.Hour,
		"0 2 1 * *":       28 * 24 * time.Hour,
		"0 2 31 * *":      31 * 24 * time.Hour,
		"0 2 1 1 *":       365 * 24 * time.Hour,
		"0 2 29 2 *":      (4*365 + 1) * 24 * time.Hour,
		"0 2 1 * 0":       24 * time.Hour, // a first that follows a Sunday
		"30 1,22 1,2 * *": (3*60 + 0) * time.Minute,
	} {
		c, err := ParseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Period(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// A hundred plans with one schedule do not begin in one second, and each always
// at its own.
func TestJitter(t *testing.T) {
	for text, most := range map[string]time.Duration{"*/15 * * * *": 3 * time.Minute, "* * * * *": 12 * time.Second, "0 3 * * *": 5 * time.Minute} {
		c, err := ParseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		at := map[time.Duration]int{}
		for i := range 100 {
			name := fmt.Sprintf("games/plan-%d", i)
			jitter := c.Jitter(name)
			if jitter < 0 || jitter >= most || jitter != c.Jitter(name) {
				t.Errorf("%s begins %s after %s, and at most %s is right", name, jitter, text, most)
			}
			at[jitter]++
		}
		for jitter, plans := range at {
			if plans > 1+3*100/int(most/time.Second) {
				t.Errorf("%d of 100 plans begin %s after %s", plans, jitter, text)
			}
		}
	}
}

// freeze reads "02 03:00 to 02 05:00".
func freeze(t *testing.T, text string) Freeze {
	from, to, _ := strings.Cut(text, " to ")
	return Freeze{From: at(t, from), To: at(t, to)}
}

func TestOpening(t *testing.T) {
	nights, weekends, noon := window(t, "0 2 * * *", "3h", "UTC"), window(t, "0 0 * * 6", "48h", "UTC"), window(t, "0 12 * * *", "1h", "UTC")
	early, late := window(t, "0 22 * * *", "2h", "UTC"), window(t, "0 0 * * *", "2h", "UTC")
	always := window(t, "0 0 * * *", "24h", "UTC")
	for _, test := range []struct {
		name     string
		windows  [][]Window
		freezes  []string
		at       string
		from, to string // "" for never
	}{
		{"no windows", nil, nil, "02 12:00", "02 12:00", ""},
		{"lists without windows", [][]Window{{}, nil}, nil, "02 12:00", "02 12:00", ""},
		{"closed", [][]Window{{nights}}, nil, "02 12:00", "03 02:00", "03 05:00"},
		{"open", [][]Window{{nights}}, nil, "02 02:30", "02 02:30", "02 05:00"},
		{"the moment it opens", [][]Window{{nights}}, nil, "02 02:00", "02 02:00", "02 05:00"},
		{"the moment it closes", [][]Window{{nights}}, nil, "02 05:00", "03 02:00", "03 05:00"},
		{"either of a list", [][]Window{{nights, noon}}, nil, "02 06:00", "02 12:00", "02 13:00"},
		{"both of two lists", [][]Window{{nights}, {weekends}}, nil, "02 12:00", "07 02:00", "07 05:00"},
		{"one closes first", [][]Window{{nights}, {window(t, "0 4 * * *", "3h", "UTC")}}, nil, "02 12:00", "03 04:00", "03 05:00"},
		{"one after the other", [][]Window{{early, late}}, nil, "02 12:00", "02 22:00", "03 02:00"},
		{"lists that never meet", [][]Window{{nights}, {noon}}, nil, "02 12:00", "", ""},
		{"a list that is always open", [][]Window{{always}, {nights}}, nil, "02 12:00", "03 02:00", "03 05:00"},
		{"always open", [][]Window{{always}}, nil, "02 12:00", "02 12:00", "at least 2026-04-21 00:00"},
		{"always open until a freeze", [][]Window{{always}}, []string{"06 00:00 to 07 00:00"}, "02 12:00", "02 12:00", "06 00:00"},
		{"frozen", nil, []string{"02 00:00 to 04 00:00"}, "02 12:00", "04 00:00", ""},
		{"the moment a freeze ends", nil, []string{"02 00:00 to 04 00:00"}, "04 00:00", "04 00:00", ""},
		{"before a freeze", nil, []string{"03 00:00 to 04 00:00"}, "02 12:00", "02 12:00", "03 00:00"},
		{"frozen twice", nil, []string{"02 00:00 to 04 00:00", "03 00:00 to 05 00:00"}, "02 12:00", "05 00:00", ""},
		{"frozen in the window", [][]Window{{nights}}, []string{"03 00:00 to 03 04:00"}, "02 12:00", "03 04:00", "03 05:00"},
		{"frozen over the window", [][]Window{{nights}}, []string{"03 00:00 to 03 06:00"}, "02 12:00", "04 02:00", "04 05:00"},
		{"a freeze cuts the window", [][]Window{{nights}}, []string{"03 03:00 to 03 06:00"}, "02 12:00", "03 02:00", "03 03:00"},
	} {
		hours := Hours{Windows: test.windows}
		for _, text := range test.freezes {
			hours.Freezes = append(hours.Freezes, freeze(t, text))
		}
		var want Span
		if test.from != "" {
			want.From = at(t, test.from)
		}
		if test.to != "" {
			to, more := strings.CutPrefix(test.to, "at least ")
			want.To, want.More = at(t, to), more
		}
		if got, _ := hours.Opening(at(t, test.at)); got != want {
			t.Errorf("%s: %s to %s, want %s to %s", test.name, got.From, got.To, test.from, test.to)
		}
	}
}

// Lists that hardly meet are looked at no longer than is affordable, and it is
// said for how long.
func TestOpeningNotInSight(t *testing.T) {
	for _, test := range []struct{ one, other, looked string }{
		{"0 2 * * *", "0 12 * * *", "2028-03-02 00:00"}, // each day
		{"0 2 * * 1", "0 2 * * 4", "2036-01-01 00:00"},  // each week
		{"0 2 1 * *", "0 2 15 * *", "2036-01-01 00:00"}, // each month
		{"0 2 31 12 *", "0 2 1 3 *", "2036-03-01 00:00"},
		{"0 2 29 2 *", "0 2 28 2 *", "2036-02-28 00:00"},
	} {
		for _, zone := range []string{"UTC", "Europe/Paris"} {
			never := Hours{Windows: [][]Window{{window(t, test.one, "1h", zone)}, {window(t, test.other, "1h", zone)}}}
			began := time.Now()
			span, looked := never.Opening(at(t, "02 00:00"))
			if span != (Span{}) || looked.Before(at(t, test.looked)) || looked.Year() > 2044 {
				t.Errorf("%s and %s: an opening %v, looked until %s", test.one, test.other, span, looked)
			}
			if took := time.Since(began); took > time.Second { // milliseconds, on a machine that is not busy
				t.Errorf("%s and %s: looked for %s", test.one, test.other, took)
			}
		}
	}
}

// Of several freezes the one that ends last is told, and both operators' count.
func TestFreezesTogether(t *testing.T) {
	both := Hours{Freezes: []Freeze{freeze(t, "02 00:00 to 04 00:00"), freeze(t, "02 00:00 to 03 00:00")}}
	if longest, frozen := both.Frozen(at(t, "02 12:00")); !frozen || longest != both.Freezes[0] {
		t.Errorf("frozen by %v", longest)
	}
	if all := (Hours{}).And(both); len(all.Freezes) != 2 || all.Open(at(t, "02 12:00")) {
		t.Errorf("together %v", all)
	}
}

// A freeze that is long is no reason to give up.
func TestOpeningAfterALongFreeze(t *testing.T) {
	hours := Hours{Windows: [][]Window{{window(t, "0 2 * * *", "1h", "UTC")}}, Freezes: []Freeze{{From: at(t, "01 00:00"), To: at(t, "9000-01-01 00:00")}}}
	if span, _ := hours.Opening(at(t, "02 00:00")); !span.From.Equal(at(t, "9000-01-01 02:00")) {
		t.Errorf("opens at %s", span.From)
	}
}

// Zones that are others on another machine, or count leap seconds, are refused.
func TestZonesThatAreNone(t *testing.T) {
	for _, name := range []string{"Local", "localtime", "posixrules", "Factory", "right/Europe/Paris", "posix/Europe/Paris", "Europe/Pariss", "../Europe/Paris"} {
		want := fmt.Sprintf("%q is no time zone that is known; write an IANA name such as Europe/Paris", name)
		if _, err := Zone(name); fmt.Sprint(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "UTC", "Etc/GMT+5", "Europe/Paris", "EST5EDT"} {
		if _, err := Zone(name); err != nil {
			t.Error(err)
		}
	}
}

func TestWindowsAreWrittenAsTheyWereRead(t *testing.T) {
	for text, want := range map[string]string{
		`{"start":"0 2 * * 1-5","duration":"3h","timeZone":"Europe/Paris"}`: `{"start":"0 2 * * 1-5","duration":"3h0m0s","timeZone":"Europe/Paris"}`,
		`{"start":"0 2 * * *","duration":"90m"}`:                            `{"start":"0 2 * * *","duration":"1h30m0s"}`,
		`{"start":"0 0 30 2 *","duration":"90m"}`:                           `reading a window: "0 0 30 2 *" names a day that no year has`,
		`{"start":"0 2 * * *","duration":"90"}`:                             `reading a window: time: missing unit in duration "90"`,
		`{"start":"0 2 * * *","duration":"1h","timeZone":"Mars/Olympus"}`:   `reading a window: "Mars/Olympus" is no time zone that is known; write an IANA name such as Europe/Paris`,
	} {
		var w Window
		got := ""
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			got = err.Error()
		} else if again, err := json.Marshal(w); err == nil {
			got = string(again)
		}
		if got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
}

// plain are the expressions that the slow computation reads: no names, no empty
// places in lists.
var plain = regexp.MustCompile(`^ *(((\*|\d+(-\d+)?)(/\d+)?,)*(\*|\d+(-\d+)?)(/\d+)?( +|$)){5}$`)

// FuzzWindow compares with the slow computation, in any zone at any time.
func FuzzWindow(f *testing.F) {
	for i, w := range tried {
		f.Add(w.start, uint16(10+i), uint8(i), int32(i*1000000))
	}
	f.Add("*/7 1-4/2 1,15 * 0-3", uint16(30), uint8(4), int32(29600000))
	f.Add("0 12 31 12 *", uint16(60), uint8(1), int32(359381)) // at the end of 2040
	f.Fuzz(func(t *testing.T, start string, minutes uint16, zone uint8, hour int32) {
		c, err := ParseCron(start)
		if err != nil || !plain.MatchString(start) {
			return
		}
		w := window(t, c.String(), fmt.Sprintf("%dm", minutes%(3*24*60)+1), zones[int(zone)%len(zones)].name)
		from := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(uint32(hour)%1_000_000) * time.Hour) // to 2114
		if difference := differ(w, from, 36*60); difference != "" {
			t.Error(start, w.Duration, w.Zone, difference)
		}
	})
}

// A window of a forged record that overlaps itself for a century is answered, too; to
// look at each of its starts would take minutes.
func TestOverlappingForACentury(t *testing.T) {
	var w Window
	if err := w.UnmarshalJSON([]byte(`{"start":"* * * * *","duration":"876000h","timeZone":"Europe/Paris"}`)); err != nil {
		t.Fatal(err)
	}
	if closes := (windows{w}).closes(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)); closes.IsZero() {
		t.Error("it is open")
	}
}
