package main

// Faults of what observes the cluster and acts on it.
var clusterFaults = []fault{
	{"PodDisruptionBudget of an older spec", "cluster/budget.go", "budget.Status.ObservedGeneration < budget.Generation", "false", "cluster", "TestBudgets"},
	{"annotation left out of the image patch", "cluster/apply.go", "guarded(action.Pod, updateAnnotation, note)", "guarded(action.Pod, drainAnnotation, note)", "cluster", "TestApply"},
	{"UID guard dropped", "cluster/apply.go", "\"uid\": pod.UID, ", "", "cluster", "TestApply"},
	{"resourceVersion dropped", "cluster/apply.go", "\"resourceVersion\": pod.ResourceVersion, ", "", "cluster", "TestApply"},
	{"own writes not laid over the cache", "cluster/overlay.go", "if ok && older(cached, last.object) {", "if ok && older(last.object, cached) {", "cluster", "."},
	{"a lost answer taken for a refusal", "cluster/apply.go", "apierrors.IsForbidden(err) ||", "true ||", "cluster", "TestDenied"},
	{"a reader behind another one", "cluster/overlay.go", "o.written[cached.GetUID()] = known[T]{cached, true}", "delete(o.written, cached.GetUID())", "cluster", "TestOverlay"},
	{"a namespace that is not there taken for a stale record", "cluster/record.go", "if upgrade == nil {\n\t\t\treturn err\n\t\t}\n", "if upgrade == nil {\n\t\t\treturn stale(err)\n\t\t}\n", "cluster", "TestSaveWithout"},
	{"strategy not given back", "cluster/align.go", "object{\"updateStrategy\": givenBack(step)}", "object{}", "cluster", "TestSteps"},
	{"strategy written in the middle lost", "cluster/align.go", "case is.RollingUpdate != nil:", "case false:", "cluster", "TestSteps"},
	{"owner held before what follows was tried", "cluster/align.go", "range step.Trials {", "range step.Trials[:0] {", "cluster", "TestTriedBefore"},
	{"template written as admission makes it", "cluster/edit.go", "if ok && image != own.Image {", "if ok && image == \"\" {", "cluster", "TestTriedBefore"},
	{"template reshaped by admission", "cluster/edit.go", "case len(e.images) > 0 && is.differsIn(would, e.images):", "case false && is.differsIn(would, e.images):", "cluster", "TestTriedBefore"},
	{"a hold that a webhook undoes", "cluster/edit.go", "|| e.holds && !would.held()", "", "cluster", "TestTriedBefore"},
	{"a restart swallowed where no history is kept", "cluster/owner.go", "mark.Shape != shape(w)", "false", "cluster", "TestRevisions"},
	{"a dead mark believed", "cluster/workload.go", " && entry.Manager == FieldManager", "", "cluster", "TestMarks"},
	{"another instance's mark taken for ours", "cluster/owner.go", "mark == nil || c.foreign(mark.Instance)", "mark == nil", "cluster", "TestMarks"},
	{"another instance's drain given back", "cluster/observe.go", "one.Drain == nil || !c.foreign(one.Drain.Instance)", "true", "cluster", "TestDrainedByAnother"},
	{"a neighbour's image swallowed", "cluster/workload.go", "return !like(w.template, other.template) ||", "return !like(w.template, other.template) || false &&", "cluster", "TestRevisions"},
	{"owner written without its UID", "cluster/edit.go", "metadata := object{\"uid\": o.UID, ", "metadata := object{", "cluster", "TestSteps"},
	{"revision of another template taken", "cluster/owner.go", "if !like(template, set.template) || ", "if ", "cluster", "TestRevisions"},
	{"who applies a template forgotten after a start", "cluster/workload.go", "if isSlim(entry) {", "if false {", "cluster", "TestApplier"},
	{"a status that makes no sense stops its plan", "cluster/upgrade.go", "unstructured.RemoveNestedField(sent.Object, \"status\")", "_ = unstructured.RemoveNestedField", "cluster", "TestNonsenseInARecord"},
	{"OnDelete given back beside a partition", "cluster/align.go", "case before.Type != \"RollingUpdate\":", "case false:", "cluster", "TestSteps"},
}
