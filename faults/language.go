package main

// Faults of plans, configuration and times.
var languageFaults = []fault{
	{"percent that rounds to none", "spec/values.go", "return max(1, matched*a.count/100)", "return matched * a.count / 100", heart, decide},
	{"windows by the clocks of UTC", "calendar/window.go", "w.Start.Next(t, w.Zone)", "w.Start.Next(t, time.UTC)", "calendar", "TestZones"},
	{"a start that clocks leave out comes too early", "calendar/clock.go", "if at.Before(from) {", "if false {", "calendar", "TestZones"},
	{"of a start that comes twice the second", "calendar/clock.go", "t := wall.Add(-day)", "t := wall.Add(-time.Hour)", "calendar", "TestZones"},
	{"leap years without their last day", "calendar/clock.go", "to = t.Add(day)", "t = t.Add(day)\n\t\t\tfrom, to = t.In(zone).ZoneBounds()", "calendar", "TestLeapYearsEnd"},
	{"searched for openings for ever", "calendar/hours.go", "case next.After(last):", "case next.After(last.AddDate(1000, 0, 0)):", "calendar", "TestOpeningNotInSight"},
	{"a long freeze taken for the end", "calendar/hours.go", "last = freeze.To.AddDate(mostYears, 0, 0)", "_ = freeze", "calendar", "TestOpeningAfter"},
	{"drift corrected though it shall be reported", "spec/drift.go", "&& d.Mode != DriftReport", "", heart, stories},
	{"other waves taken for another time", "spec/plan.go", "p.Spec.Windows, p.Spec.Freezes,", "p.Spec.Waves = nil\n\tp.Spec.Windows, p.Spec.Freezes,", "reconciler", "TestHandOver"},
	{"zones of another machine", "calendar/clock.go", " || strange.MatchString(name)", "", "calendar", "TestZonesThatAreNone"},
	{"a freeze of the year 1 that never stands", "spec/timing.go", "begins && ends && ", "begins && ends && !to.IsZero() && ", "spec", "TestLoad"},
	{"windows that never close told to close", "calendar/hours.go", "\treturn t, true\n", "\treturn t, false\n", "calendar", "TestOpening"},
	{"jitter not stable", "spec/drift.go", "Jitter(plan.String())", "Jitter(since.String())", "spec", "TestPass"},
	{"many schedules in one second", "calendar/cron.go", "hash.Write([]byte(name))", "hash.Write(nil)", "calendar", "TestJitter"},
}
