package main

// Faults of what reads Git.
var gitFaults = []fault{
	{"what was squashed is not known for merged", "gitsrc/proposal.go", "parted == head || merging.changed && !merging.brings", "parted == head", "gitsrc", "TestWaysToMerge"},
	{"both sides' changes lost in a merge", "gitsrc/merge.go", "case ours.same(before):\n\t\tm.changed, m.brings = true, true\n\t\treturn theirs\n", "", "gitsrc", "TestProposalsAreMerged"},
	{"files in capitals passed over", "spec/files.go", "strings.ToLower(path.Ext(file))", "path.Ext(file)", "cmd/patchwave", "TestFolderAndRepositoryAreReadAlike"},
	{"another rule for Git's files", "cmd/patchwave/run.go", "Wanted: spec.PlanFile", "Wanted: func(name string) bool { return filepath.Ext(name) == \".yaml\" }", "cmd/patchwave", "TestFolderAndRepositoryAreReadAlike"},
	{"links dropped from a commit", "gitsrc/reader.go", "\t\tf.addLink(e.Name, &link{e.Hash, leads})\n", "\t\t_ = leads\n", "cmd/patchwave", "TestLinksDeleteNoPlan"},
	{"links dropped from a proposal", "gitsrc/merge.go", "case chosen.link != nil:\n\t\t\tmerged.addLink(name, chosen.link)\n", "", "gitsrc", "TestProposedLinksAreShown"},
	{"a link taken for what it led to", "gitsrc/reader.go", " && !known.links", "", "gitsrc", "TestLinksAreLookedAtAnew"},
	{"a submodule taken for an empty folder", "gitsrc/reader.go", "f.add(e.Name, submodule(e.Hash))", "f.add(e.Name, &folder{hash: e.Hash})", "cmd/patchwave", "TestLinksDeleteNoPlan"},
	{"links to folders passed over", "spec/files.go", "case info.IsDir():", "case info.IsDir() && false:", "cmd/patchwave", "TestFolderAndRepositoryAreReadAlike"},
	{"a link that leads up out of the commit stops at its top", "gitsrc/links.go", "w.at = w.at[:len(w.at)-1]", "w.at = w.at[:max(1, len(w.at)-1)]", "gitsrc", "TestWhatLinksLeadTo"},
	{"links without end followed", "gitsrc/links.go", " || w.hops > maxHops", " || w.hops > 50*maxHops", "gitsrc", "TestWhatLinksLeadTo"},
	{"names of two lines printed as they are", "spec/problem.go", "printable(p.File)", "p.File", "spec", "TestPlansThatMayBeMissed"},
	{"names of any bytes read", "spec/files.go", "case !utf8.ValidString(base):", "case !utf8.ValidString(\"\"):", "spec", "TestPlansThatMayBeMissed"},
	{"a folder that is gone taken for an empty one", "spec/repository.go", "if why == nil {", "if why != nil || why == nil {", "cmd/patchwave", "TestScenarios"},
	{"a folder that a proposal takes away not told of", "gitsrc/proposal.go", "len(root.children) > 0 || base.Absent == nil && never != nil", "never == nil || never != nil", "gitsrc", "TestProposalsWithoutTheFolder"},
	{"a new folder of the branch taken for one that a proposal takes away", "gitsrc/proposal.go", " || base.Absent == nil && never != nil", " && never == nil", "gitsrc", "TestProposalsWithoutTheFolder"},
	{"a folder without plans read as their deletion", "gitsrc/unused.go", "if root.size.files > 0 {", "if root.size.files >= 0 {", "gitsrc", "TestUnusedFolders"},
	{"plans that were taken out held", "gitsrc/unused.go", "if some, err := r.holds(at, \".\", 1, seen); some || err != nil {", "if some, err := r.holds(at, \".\", 1, seen); some && err != nil {", "gitsrc", "TestUnusedFolders"},
	{"a folder without plans holds none", "reconciler/inforce.go", "if r.Unused != \"\" {", "if r.Unused == \"-\" {", "reconciler", "TestInForce"},
	{"a folder that had no plans holds none of a proposal", "preview/desk.go", "if len(after.plans)+len(after.problems) > 0 {", "if true {", "cmd/patchwave", "TestScenarios"},
	{"plans held and nobody told", "report/tip.go", "t.reading.Unused != \"\" && n > 0", "t.reading.Unused == \"-\" && n > 0", "cmd/patchwave", "TestScenarios"},
	{"a name that leads to the folder above", "gitsrc/reader.go", "e.Name == \"..\" || ", "", "gitsrc", "TestNamesThatLeadElsewhere"},
}
