package main

// The rooms and tests that catch most.
const (
	heart   = "reconciler"
	stories = "TestStories"
	decide  = "TestDecide"
	rules   = "TestClassify"
)

var faults = []fault{
	{"grace ignored", "reconciler/classify.go", "return seen.Add(plan.GracePeriod())", "return seen", heart, stories},
	{
		"grace by the conditions' clock", "reconciler/classify.go",
		"seen := later(p.SeenDrained, p.Ready.Since.Add(time.Second), p.Gate.Since.Add(time.Second))", "seen := p.Gate.Since",
		heart, stories,
	},
	{"patched while it still serves", "reconciler/classify.go", "if p.Ready.True || p.SeenDrained.IsZero() {", "if false {", heart, rules},
	{"budget off by one", "reconciler/budget.go", "room := plan", "room := 1 + plan", heart, stories},
	{"broken pods wait for room", "reconciler/budget.go", "case !pod.Ready.True:\n\t\t\tc.starts", "case false:\n\t\t\tc.starts", heart, decide},
	{"failed pods use the budget for ever", "reconciler/budget.go", "(s.Phase == Failed || s.Phase == Updated", "(s.Phase == Updated", heart, decide},
	{"a write without an answer is forgotten", "reconciler/budget.go", "!s.doubted && (", "(", heart, decide},
	{"PodDisruptionBudget ignored", "reconciler/budget.go", `case disruptions.exhausted(pod) != "":`, "case false:", heart, stories},
	{"two plans spend one PodDisruptionBudget", "reconciler/budget.go", "if pod.Ready.True && !inHand {", "if pod.Ready.True || inHand {", heart, stories},
	{"several starts spend one disruption", "reconciler/budget.go", "disruptions.take(pod)", "_ = pod", heart, stories},
	{"PodDisruptionBudget of an older spec", "cluster/budget.go", "budget.Status.ObservedGeneration < budget.Generation", "false", "cluster", "TestBudgets"},
	{"pods of two zones at once", "reconciler/budget.go", "plan.otherDomain(pod, progress.order, c.starts)", "false", heart, stories},
	{"wave skipped", "reconciler/waves.go", "p.order[:min(p.waves[wave].Pods.Of(all), all-p.kept)]", "p.order[:all-p.kept]", heart, decide},
	{"partition ignored", "reconciler/waves.go", "all-p.kept)]", "all)]", heart, stories},
	{"percent that rounds to none", "spec/values.go", "return max(1, matched*a.count/100)", "return matched * a.count / 100", heart, decide},
	{"soak ignored", "reconciler/gates.go", "\tscene.soaking,\n", "", heart, stories},
	{"approval ignored", "reconciler/gates.go", "\tscene.approval,\n", "", heart, stories},
	{"approval of another wave", "reconciler/request.go", "s.Wave.AwaitsApproval == request.Wave", "true", heart, stories},
	{"suspended plan starts", "reconciler/gates.go", "\tscene.suspended,\n", "", heart, stories},
	{"contesting plans go on", "reconciler/gates.go", "\tscene.contested,\n", "", heart, decide},
	{"plan goes on where a webhook rewrites images", "reconciler/gates.go", "\tscene.rewritten,\n", "", heart, decide},
	{"complete without the pods of lost nodes", "reconciler/gates.go", "\tscene.unreachable,\n", "", heart, decide},
	{"completion by imageID", "reconciler/complete.go", "c.ID == mark.ContainerID {\n\t\treturn fmt", "c.ImageID == mark.ImageID {\n\t\treturn fmt", heart, rules},
	{
		"completion by Ready", "reconciler/complete.go",
		"\tif p.ObservedGeneration < p.Generation {", "\tif p.Ready.True {\n\t\treturn \"\", time.Time{}\n\t}\n\tif p.ObservedGeneration < p.Generation {",
		heart, rules,
	},
	{"the same digest at once", "reconciler/complete.go", "if now.Before(stood) {", "if false {", heart, rules},
	{"patched again before the first patch took effect", "reconciler/classify.go", "return !effective, \"an earlier", "return false && effective, \"an earlier", heart, rules},
	{"somebody else's image written over", "reconciler/classify.go", "\t{Strayed, inquiry.strayed},\n", "", heart, decide},
	{"pods of lost nodes started", "reconciler/classify.go", "\t{Unreachable, inquiry.unreachable},\n", "", heart, rules},
	{"the time without a kubelet counts", "reconciler/classify.go", "q.pod.LastAvailable, q.pod.NodeSince)", "q.pod.LastAvailable)", heart, rules},
	{"latch forgotten", "reconciler/attempt.go", "&first, Halted, first.String(), now\n", "&first, Progressing, first.String(), now\n", heart, stories},
	{"superseded attempt continues", "reconciler/attempt.go", "if s.Attempt.Digest != plan.Digest || restored {", "if s.Attempt.Digest == \"\" || restored {", heart, stories},
	{"halted pods go on from their grace", "reconciler/gates.go", "objection = stalled(string(Halted), attempt.Message)\n", "return stalled(string(Halted), attempt.Message)\n", heart, decide},
	{"roll-back to the image before the last patch", "reconciler/goal.go", "return mark.Origin", "return mark.Image", heart, stories},
	{"roll-back of pods that were not touched", "reconciler/goal.go", "case !pod.patchedSince(plan, recorded):\n\t\treturn nil", "case false:\n\t\treturn nil", heart, "TestGoal"},
	{"gate left closed", "reconciler/action.go", "case Settling, Updated, Failed, Strayed:", "case Failed, Strayed:", heart, decide},
	{"gate left closed after a failure", "reconciler/action.go", "case Settling, Updated, Failed, Strayed:", "case Settling, Updated, Strayed:", heart, decide},
	{"WakeAt lost", "reconciler/decide.go", "wake := objection.Until", "var wake time.Time", heart, stories},
	{"absence is deletion", "reconciler/inforce.go", "if r.Commit == \"\" {", "if false {", heart, "TestInForce|Absence|Unread|Read"},
	{"nonsense in the record stops a plan", "reconciler/attempt.go", "s := observed.Status.sane(now).heed", "s := observed.Status.heed", heart, "TestNonsense"},
	{"annotation left out of the image patch", "cluster/apply.go", "guarded(action.Pod, updateAnnotation, note)", "guarded(action.Pod, drainAnnotation, note)", "cluster", "TestApply"},
	{"UID guard dropped", "cluster/apply.go", "\"uid\": pod.UID, ", "", "cluster", "TestApply"},
	{"resourceVersion dropped", "cluster/apply.go", "\"resourceVersion\": pod.ResourceVersion, ", "", "cluster", "TestApply"},
	{"own writes not laid over the cache", "cluster/overlay.go", "if ok && older(cached, last.object) {", "if ok && older(last.object, cached) {", "cluster", "."},
	{"a lost answer taken for a refusal", "cluster/apply.go", "apierrors.IsForbidden(err) ||", "true ||", "cluster", "TestDenied"},
	{"acts before the record is saved", "controller/worker.go", "\tif err != nil {\n\t\treturn false, time.Time{}, err\n\t}\n\tif decision", "\tif decision", "controller", "."},

	{"a reader behind another one", "cluster/overlay.go", "o.written[cached.GetUID()] = known[T]{cached, true}", "delete(o.written, cached.GetUID())", "cluster", "TestOverlay"},

	{"pending before a record names the commit", "report/teller.go", "\tcase named:\n", "\tcase waiting:\n", "report", "TestStatuses"},
	{"what a dead process left stays pending", "report/board.go", "if _, wanted := c.places[key]; !wanted && strings", "if _, wanted := c.places[key]; wanted && strings", "report", "TestSweeping"},
	{"a status no longer wanted stays pending", "report/board.go", "status.State, status.Description = Error, \"superseded\"", "continue", "report", "TestUnwanted|TestLastWords"},
	{"a context is written for ever", "report/commitstatus.go", "case shown.writes >= wornOut:", "case false:", "report", "TestWornContexts"},
	{"more writes than an hour may have", "report/githubline.go", "if len(l.writes) < maxHourly {", "if true {", "report", "TestHourlyWrites"},
	{"a comment repeated after a lost answer", "report/threads.go", "thread.failures++\n\t\tthread.shown = nil", "thread.failures++", "report", "TestCommentsAreNotRepeated"},
	{"comment edited at every change", "report/threads.go", "case sameStage && now.Before(calm):", "case false:", "report", "TestCommentIsEdited"},
	{"somebody else's marker believed", "report/githubcomment.go", " && strings.EqualFold(comment.GetUser().GetLogin(), me)", " && me != \"\"", "cmd/patchwave", "TestScenarios"},
	{"text gets out of its quotes", "report/markdown.go", "for strings.Contains(text, fence) {", "for false {", "report", "TestCode|FuzzCode"},
	{"names of pods in a summary", "report/forecast.go", "if p.Summary {", "if false {", "cmd/patchwave", "TestScenarios"},
	{"forks are shown the cluster", "preview/preview.go", "if !proposal.SchemaOnly && ", "if ", "preview", "TestForks"},
	{"a preview of another branch than was read", "preview/preview.go", "case !view.knows(after.Base):", "case false:", "preview", "TestWhatCannot"},
	{"SHA-1 signature taken", "report/webhook/webhook.go", "strings.HasPrefix(signature, \"sha256=\") && ", "", "report/webhook", "TestSignatures"},
	{"event read before it is verified", "report/webhook/webhook.go", "if !signed(", "if false && !signed(", "report/webhook", "TestSignatures"},
	{"both sides' changes lost in a merge", "gitsrc/merge.go", "case ours.same(before):\n\t\treturn theirs\n", "", "gitsrc", "TestProposalsAreMerged"},
}
