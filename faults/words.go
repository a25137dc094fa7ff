package main

// Faults of what is said of mistakes, in plans and on the command line.
var wordsFaults = []fault{
	{"advice that leads into the next error", "schema/example.go", "mapping[name.(string)] = example[name.(string)]", "_, _ = example, name", "spec", "TestAdvice"},
	{"a field's other name, with a value that does not fit", "schema/field.go", "meant += \": \" + lasts", "_ = lasts", "spec", "TestAdvice"},
	{"a message without a row", "schema/pattern.go", "\" is no value\" + NotRendered", "\" is of another program\"", "spec", "TestEveryMessage"},
	{"a namespace refused at the wrong place", "spec/repository.go", "Problem{Position: plan.NamespaceAt,", "Problem{Position: plan.Position,", "spec", "TestAdmit"},
	{"labels taken for fields", "schema/message.go", "labels != nil {", "false {", "spec", "TestLoad"},
}
