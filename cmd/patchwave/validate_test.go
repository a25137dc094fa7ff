package main

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	folder := files(t, map[string]string{
		"good/lobby.yaml": soundPlan, "good/README.md": "# Plans\n",
		"bad/lobby.yaml": soundPlan, "bad/chat.yaml": wrongPlan, "bad/syntax.yml": "a: [\n",
		"twice/a.yaml": soundPlan, "twice/b/c.yaml": soundPlan,
		"empty/.hidden.yaml": wrongPlan, "link/to/lobby.yaml": soundPlan,
	})
	const usual = "validate DIR/"
	runs(t, folder, []line{
		{"a good folder", usual + "good", 0, "1 plan, no problems\n", ""},
		{"a good file", usual + "good/lobby.yaml", 0, "1 plan, no problems\n", ""},
		{"a good file beside bad ones", usual + "bad/lobby.yaml", 0, "1 plan, no problems\n", ""},
		{"an empty folder", usual + "empty", 2, "", "Error: DIR/empty holds no plans: these are in files named *.yaml or *.yml, which do not begin with a dot\n"},
		{
			"a bad folder", usual + "bad", 1, "",
			"DIR/bad/chat.yaml:4:1: spec: missing field \"images\"\n" +
				"DIR/bad/chat.yaml:6:3: spec: unknown field \"imagess\" (did you mean \"images\"?)\n" +
				"DIR/bad/syntax.yml:1:1: YAML syntax: did not find expected node content\n" +
				"3 problems; 1 plan without\n",
		},
		{"a bad file", usual + "bad/syntax.yml", 1, "", "DIR/bad/syntax.yml:1:1: YAML syntax: did not find expected node content\n1 problem; 0 plans without\n"},
		{
			"one name twice", usual + "twice", 1, "",
			"DIR/twice/a.yaml:3:18: plan games/lobby is also at b/c.yaml:3:18; names must be unique, so none of them is used\n" +
				"DIR/twice/b/c.yaml:3:18: plan games/lobby is also at a.yaml:3:18; names must be unique, so none of them is used\n" +
				"2 problems; 0 plans without\n",
		},
		{"one of the two", usual + "twice/a.yaml", 0, "1 plan, no problems\n", ""},
		{"a folder that is not there", usual + "none", 2, "", "Error: looking for plans: DIR/none: no such file or directory\n"},
		{"a file of something else", usual + "good/README.md", 2, "", "Error: DIR/good/README.md is no file of plans: these are named *.yaml or *.yml, and do not begin with a dot\n"},
		{"a hidden file", usual + "empty/.hidden.yaml", 2, "", "Error: DIR/empty/.hidden.yaml is no file of plans: these are named *.yaml or *.yml, and do not begin with a dot\n"},
	})
}

func TestValidateLooksHere(t *testing.T) {
	t.Chdir(files(t, map[string]string{"chat.yaml": wrongPlan}))
	runs(t, anywhere, []line{
		{"a bad folder", "validate", 1, "", "chat.yaml:4:1: spec: missing field \"images\"\nchat.yaml:6:3: spec: unknown field \"imagess\" (did you mean \"images\"?)\n2 problems; 0 plans without\n"},
	})
}

// What can be known without a cluster is said without one.
func TestPlanReadsBeforeItConnects(t *testing.T) {
	folder := files(t, map[string]string{"chat.yaml": wrongPlan, "good/lobby.yaml": soundPlan})
	runs(t, folder, []line{
		{"a bad file", "plan DIR/chat.yaml", 2, "", wrongThere},
		{"a bad folder", "plan DIR", 2, "", strings.Replace(wrongThere, "0 plans", "1 plan", 1)},
		{"no folder", "plan DIR/none", 2, "", "Error: looking for plans: DIR/none: no such file or directory\n"},
		{"no cluster", "plan DIR/good", 2, "", noCluster},
	})
}
