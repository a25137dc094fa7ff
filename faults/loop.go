package main

// Faults of the loop around the decision.
var loopFaults = []fault{
	{"the operator's windows ignored", "controller/worker.go", "plans[i].Operator = w.Hours", "_ = i", "controller", "."},
	{"acts before the record is saved", "controller/worker.go", "\tif err != nil {\n\t\treturn false, time.Time{}, err\n\t}\n\tswitch {", "\tswitch {", "controller", "."},
	{"nobody told of a stuck plan", "controller/worker.go", "; w.untold() || stuck {", "; w.untold() || stuck && false {", "controller", "TestStuckPlans"},
	{"a passing error told", "controller/stuck.go", ">= patience", ">= 0", "controller", "TestStuckPlans"},
	{"a closed namespace looked at", "controller/worker.go", "if closed != nil {", "if closed != nil && false {", "controller", "TestAClosedNamespace"},
	{"a closed namespace logged each time", "controller/stuck.go", "closed != nil && complaint != before:", "closed != nil:", "controller", "TestAClosedNamespace"},
	{"nobody told of a closed namespace's plans", "controller/worker.go", "each(plans, closed)", "each(nil, closed)", "controller", "TestAClosedNamespace"},
	{"a closed namespace not tried again", "controller/worker.go", "errs, wakeAt = each(plans, closed), w.Now().Add(retryAfter)", "errs = each(plans, closed)", "controller", "TestAClosedNamespace"},
	{"a plan's error logged each time", "controller/stuck.go", "said[key] != w.said[key] {", "true {", "controller", "TestPlanErrors"},
	{"what is left without a plan forgotten", "controller/loop.go", "range l.Namespaces {", "range l.Namespaces[:0] {", "controller", "TestGivesBack"},
	{"a record gone before its end is heard of", "controller/gone.go", "return w.Audience.Heard() ||", "return true ||", "cmd/patchwave", "TestScenarios"},
	{"a record kept for as long as GitHub is away", "controller/gone.go", ">= hearing", "< 0", "controller", "TestRecordsWait"},
	{"plan passes over a rival", "cmd/patchwave/plan.go", "observed.Contested = rivals[plan.Key()]", "_ = rivals", "cmd/patchwave", "TestPlansThatDoNotFit"},
	{"a misspelt namespace looks empty", "cmd/patchwave/plan.go", "if connection.Lacks(ctx, name) {", "if false {", "cmd/patchwave", "TestPlansThatDoNotFit"},
}
