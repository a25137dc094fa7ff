package main

// Faults of what is said of mistakes, in plans and on the command line.
var wordsFaults = []fault{
	{"advice that leads into the next error", "schema/example.go", "mapping[name.(string)] = example[name.(string)]", "_, _ = example, name", "spec", "TestAdvice"},
	{"a field's other name, with a value that does not fit", "schema/field.go", "meant += \": \" + lasts", "_ = lasts", "spec", "TestAdvice"},
	{"a message without a row", "schema/pattern.go", "\"label\":     {{regexp", "\"label\":     {{regexp.MustCompile(`^never$`), \"%q is never a name\", \"\"}, {regexp", "spec", "TestEveryMessage"},
	{"a namespace refused at the wrong place", "spec/repository.go", "Problem{Position: plan.NamespaceAt,", "Problem{Position: plan.Position,", "spec", "TestAdmit"},
	{"labels taken for fields", "schema/message.go", "labels != nil {", "false {", "spec", "TestLoad"},
	{"why a cluster does not answer not explained", "cmd/patchwave/main.go", "if a.connection == nil {", "if a.connection != nil {\n\t\treturn err\n\t}\n\tif a.connection == nil {", "cmd/patchwave", "TestClusters"},
	{"started with credentials that are not accepted", "cmd/patchwave/run.go", "err != nil && cluster.IsTurnedAway(err)", "false", "cmd/patchwave", "TestClusters"},
	{"where a plan is, kept to itself", "cmd/patchwave/named.go", "err != nil || len(others) == 0", "err != nil || len(others) >= 0", "cmd/patchwave", "TestPlansElsewhere"},
	{"the namespace before the slash forgotten", "cmd/patchwave/named.go", "return spec.Key{Namespace: namespace, Name: name}, nil", "return spec.Key{Namespace: usual, Name: name}, nil", "cmd/patchwave", "TestPlansBy"},
	{"plans offered that a command is not for", "cmd/patchwave/named.go", "q.request(u); err == nil", "q.request(u); err == nil || true", "cmd/patchwave", "TestPlansToChoose"},
	{"run for no namespace", "cmd/patchwave/run.go", "case len(f.source.Namespaces) == 0:", "case false:", "cmd/patchwave", "TestMistakes"},
	{"flags beside a file passed over", "cmd/patchwave/run.go", "f.config != \"\" && cmd.Flags().Changed(flag)", "false", "cmd/patchwave", "TestMistakes"},
	{"manifests for all namespaces", "cluster/install.go", "len(validation.IsDNS1123Label(name)) > 0", "len(validation.IsDNS1123Label(name)) > 99", "cmd/patchwave", "TestMistakes"},
	{"a library's own words", "cmd/patchwave/words.go", "if r.said.MatchString(err.Error()) {", "if r.said.MatchString(\"\") {", "cmd/patchwave", "TestMistakes"},
	{"an empty folder found sound", "cmd/patchwave/validate.go", "len(plans)+len(problems) == 0", "false", "cmd/patchwave", "TestValidate"},
}
