package main

// Faults of the loop around the decision.
var loopFaults = []fault{
	{"the operator's windows ignored", "controller/worker.go", "plans[i].Operator = w.Hours", "_ = i", "controller", "."},
	{"acts before the record is saved", "controller/worker.go", "\tif err != nil {\n\t\treturn false, time.Time{}, err\n\t}\n\tswitch {", "\tswitch {", "controller", "."},
	{"nobody told of a stuck plan", "controller/worker.go", "if w.untold() || stuck {", "if w.untold() || stuck && false {", "controller", "TestStuckPlans"},
	{"a passing error told", "controller/stuck.go", ">= patience", ">= 0", "controller", "TestStuckPlans"},
	{"what is left without a plan forgotten", "controller/loop.go", "range l.Namespaces {", "range l.Namespaces[:0] {", "controller", "TestGivesBack"},
	{"a record gone before its end is heard of", "controller/gone.go", "return w.Audience.Heard() ||", "return true ||", "cmd/patchwave", "TestScenarios"},
	{"a record kept for as long as GitHub is away", "controller/gone.go", ">= hearing", "< 0", "controller", "TestRecordsWait"},
	{"plan passes over a rival", "cmd/patchwave/plan.go", "observed.Contested = rivals[plan.Key()]", "_ = rivals", "cmd/patchwave", "TestPlansThatDoNotFit"},
	{"a misspelt namespace looks empty", "cmd/patchwave/plan.go", "if connection.Lacks(ctx, name) {", "if false {", "cmd/patchwave", "TestPlansThatDoNotFit"},
}
