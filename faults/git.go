package main

// Faults of what reads Git.
var gitFaults = []fault{
	{"what was squashed is not known for merged", "gitsrc/proposal.go", "parted == head || merging.changed && !merging.brings", "parted == head", "gitsrc", "TestWaysToMerge"},
	{"both sides' changes lost in a merge", "gitsrc/merge.go", "case ours.same(before):\n\t\tm.changed, m.brings = true, true\n\t\treturn theirs\n", "", "gitsrc", "TestProposalsAreMerged"},
}
