package main

// Faults of the pages, and of what they are made of.
var docsFaults = []fault{
	{"a link to a page that is not there", "docs/plan.md", "See [windows and freezes](windows.md)", "See [windows and freezes](window.md)", "docs", "TestLinks"},
	{"a heading that links miss", "docs/plan.md", "## A plan that does not fit\n", "## Plans that do not fit\n", "docs", "TestLinks"},
	{"a workflow that calls no target", ".github/workflows/check.yml", "[make lint, make unit]", "[make lint, make units]", "docs", "TestMakeTargets"},
	{"a page that nothing leads to", "README.md", "[benchmarks](docs/benchmarks.md)", "benchmarks", "docs", "TestPagesAreFound"},
	{"a field described otherwise than in the reference", "schema/plan.json", "Refuse to restart pods that declare", "Refuse pods that declare", "docs", "TestReferences"},
	{"a setting that the reference lacks", "schema/config.json", "\"targetURL\": {", "\"target\": {", "docs", "TestReferences"},
	{"a flag described otherwise than on its page", "cmd/patchwave/run.go", "folder for copies of the repositories; may be lost", "folder for copies", "cmd/patchwave", "TestPages"},
}
