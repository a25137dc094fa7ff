package main

// Faults of what brings an owner's template along.
var alignFaults = []fault{
	{"owner let go, and not held again", "align/sets.go", "case !o.Held || o.Mark.Released:", "case o.Mark.Released:", "align", "TestOthers"},
	{"template set before the hold is seen", "align/sets.go", "case !o.Observed:\n\t\treturn o.unseen()\n\tcase len(", "case len(", "align", "TestControllersLag"},
	{"released before the ReplicaSet is seen", "align/sets.go", "case !set.Observed:", "case false:", "align", "TestControllersLag"},
	{"old ReplicaSet not told apart", "align/sets.go", "case len(o.twins(images)) > 0:", "case false:", "align", "TestControllersLag"},
	{"alarm dropped", "align/sets.go", "if other.Replicas > o.Mark.Others[other.UID] {", "if false {", "align", "TestAlarm"},
	{"sets that are scaled down alarm", "align/align.go", "mark.Others[set.UID] = set.Replicas", "_ = set.Replicas", "align", "TestLetGoHalfWay"},
	{"a roll-out under way stopped half way", "align/sets.go", "(set.Replicas == 0 || !o.Held)", "set.Replicas == 0", "align", "TestLetGoHalfWay"},
	{"ended while a partition still makes old pods", "align/revisions.go", "case o.Current != \"\" && o.Current != o.Revision:", "case false:", "align", "TestOldCurrent"},
	{"somebody's image in a template written over", "align/sets.go", "case o.Foreign():\n\t\treturn o.giveWay(set)", "case false:", "align", "TestOthers"},
	{"somebody's image in a template labelled as ours", "align/revisions.go", "case o.Foreign() && !o.Mark.Released:", "case false:", "align", "TestOthers"},
	{"rolled out again after somebody else's roll-out", "align/sets.go", "!ok || len(o.others()) > 0 && (set.Replicas == 0 || !o.Held):", "!ok:", "align", "TestLetGo"},
	{"image of a template judged by its meaning", "align/sets.go", "return slices.Equal(s.Images, with(s.Images, images))", "return named(s.Images, images)", "align", "TestAnotherText"},
	{"labelled before the revision is known", "align/revisions.go", "case !o.Observed:\n\t\treturn o.unseen()\n\tcase !o.has(images):", "case !o.has(images):", "align", "TestControllersLag"},
	{"a pod that is gone counted for another", "align/owner.go", "all <= len(o.Pods)+o.Ending", "true", "align", "TestCountOfBefore"},
	{"a pod that ends waited for until it is gone", "align/owner.go", "o.Updated+o.Ending >= o.Counted", "o.Updated >= o.Counted", "align", "TestCountOfBefore"},
	{"released before the pods are counted", "align/revisions.go", "\tcase !o.counted():\n\t\treturn o.uncounted()\n\t}\n\treturn o.release(nil)", "\t}\n\treturn o.release(nil)", "align", "TestControllersLag"},
	{"restart in the middle swallowed", "align/revisions.go", "case o.Reshaped: // as", "case false: // as", "align", "TestOthers"},
	{"strategy set in the middle lost", "align/align.go", "mark.Released, mark.Strategy = false, o.Strategy", "mark.Released = false", "align", "TestStrategy"},
	{"mark left on the owner", "align/align.go", "{ return steps(Step{Verb: Clear, Owner: o}) }", "{ return Outcome{} }", "align", "TestKilled"},
	{"preflight ignored", "align/align.go", "!outcome.Done() {\n\t\treturn outcome", "outcome.Refused == \"-\" {\n\t\treturn outcome", "align", "TestPreflight"},
	{"newer commit's alignment laid over an earlier one", "align/align.go", "case o.Mark != nil && !slices.Equal(o.Mark.Images, images):", "case o.Mark != nil && slices.Equal(nil, images):", "align", "TestKilled|TestAnother"},
	{"a hold without a mark passes for the user's", "align/preflight.go", "o.Kind != \"StatefulSet\" && !ours:", "!ours:", heart, "TestHeldIsTold"},
	{"pods that a lost hold would lose not named", "align/preflight.go", "if len(stale) == 0 {", "if true {", "align", "TestLost"},
	{"a lost hold of a Deployment let go with its old template", "align/preflight.go", "unlike != \"\" {", "false {", "align", "TestLost"},
}
