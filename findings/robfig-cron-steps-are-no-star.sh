#!/usr/bin/env bash
# github.com/robfig/cron/v3 v3.0.1: a stepped day of the month beside a day of the week.
#
# One would guess: `0 0 */2 * 1` means what it means to crontab, whose fields it reads: where a day field begins with a
#   star both have to match, so Mondays that fall on an odd day of the month.
# What happens: a step above one takes the mark of the star away, and then either field will do: every odd day, and
#   every Monday besides. A star in a list keeps the mark instead: `0 0 *,5 * 1` is Mondays alone.
# Why it matters here: a maintenance window that was tried in crontab opens on fourteen more days of that month.
# Source: robfig/cron v3.0.1 parser.go, getRange, and spec.go, dayMatches; crontab(5), the note on the two day fields.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

// days are those of June 2026, a month that begins on a Monday, on which a schedule starts.
func days(text string) string {
	schedule, err := cron.ParseStandard("CRON_TZ=UTC " + text)
	if err != nil {
		return err.Error()
	}
	var found []int
	at := time.Date(2026, 5, 31, 12, 0, 0, 0, time.UTC)
	for at = schedule.Next(at); at.Month() == time.June; at = schedule.Next(at) {
		found = append(found, at.Day())
	}
	return fmt.Sprint(found)
}

func main() {
	changed := false
	for _, row := range []struct{ text, want string }{
		{"0 0 * * 1", "[1 8 15 22 29]"},
		{"0 0 */2 * *", "[1 3 5 7 9 11 13 15 17 19 21 23 25 27 29]"},
		{"0 0 */2 * 1", "[1 3 5 7 8 9 11 13 15 17 19 21 22 23 25 27 29]"}, // crontab: [1 15 29]
		{"0 0 *,5 * 1", "[1 8 15 22 29]"},
	} {
		got := days(row.text)
		fmt.Printf("%-12s starts on %s\n", row.text, got)
		changed = changed || got != row.want
	}
	if changed {
		fmt.Println("CHANGED: this is not what was found")
		os.Exit(1)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get github.com/robfig/cron/v3@v3.0.1 >/dev/null 2>&1
go list -m github.com/robfig/cron/v3
go run .
