package reconciler

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/patchwave/patchwave/spec"
)

func named(name string) spec.Plan {
	plan := thePlan("app:v2").Plan
	plan.Metadata.Name = name
	return plan
}

func recordOf(source, name string) Record {
	plan := named(name)
	return Record{Source: source, Digest: plan.Digest(), Plan: plan}
}

func reading(source string, plans ...string) Reading {
	r := Reading{Source: source, Commit: "abc", Revision: "main@sha1:abc"}
	for _, name := range plans {
		r.Plans = append(r.Plans, named(name))
	}
	return r
}

func (r Reading) with(problem spec.Problem) Reading {
	r.Problems = append(r.Problems, problem)
	return r
}

func (r Reading) behind(namespace, source string) Reading {
	r.Behind = map[string]string{namespace: source}
	return r
}

func returningOf(source, name string) Record {
	record := recordOf(source, name)
	record.Status.Attempt.Result = Withdrawn
	return record
}

func TestInForce(t *testing.T) {
	forged := recordOf("a", "forged")
	forged.Plan.Spec.Images[0].Image = "evil:v1"
	lobby := spec.Problem{Plan: spec.Key{Namespace: "games", Name: "lobby"}, Message: "is wrong"}
	never := reading("a")
	never.Unused = `folder "docs" has no plans, and never had`
	for _, test := range []struct {
		name     string
		readings []Reading
		records  []Record
		want     []string
	}{
		{"what Git says", []Reading{reading("a", "lobby", "shop")}, nil, []string{"lobby", "shop"}},
		{"before Git was read nothing starts", nil, []Record{recordOf("a", "lobby")}, []string{"lobby held"}},
		{"a source that is configured no more", nil, []Record{recordOf("c", "lobby")}, nil},
		{"gone at a good commit", []Reading{reading("a")}, []Record{recordOf("a", "lobby")}, []string{"lobby withdrawn"}},
		{"a folder that never had plans", []Reading{never}, []Record{recordOf("a", "lobby"), recordOf("b", "shop")}, []string{"lobby held", "shop held"}},
		{"a folder that never had plans is another source's", []Reading{never, reading("b")}, []Record{recordOf("b", "shop")}, []string{"shop withdrawn"}},
		{"another source was not read yet", []Reading{reading("a")}, []Record{recordOf("b", "lobby")}, []string{"lobby held"}},
		{"a name is kept while its source was not read", []Reading{reading("b", "lobby")}, []Record{recordOf("a", "lobby")}, []string{"lobby held"}},
		{"a typo does not give a name away", []Reading{reading("a").with(lobby), reading("b", "lobby")}, []Record{recordOf("a", "lobby")}, []string{"lobby held"}},
		{"broken: its last valid form stays", []Reading{reading("a").with(lobby)}, []Record{recordOf("a", "lobby")}, []string{"lobby held"}},
		{"broken beyond reading a name: nothing is withdrawn", []Reading{reading("a").with(spec.Problem{Message: "tabs"})}, []Record{recordOf("a", "lobby")}, []string{"lobby held"}},
		{"another one is broken", []Reading{reading("a").with(lobby)}, []Record{recordOf("a", "shop")}, []string{"shop withdrawn"}},
		{"a mirror that does not match its digest", []Reading{reading("a")}, []Record{forged}, nil},
		{"the same name in two sources: the first keeps it", []Reading{reading("a", "lobby"), reading("b", "lobby")}, nil, []string{"lobby"}},
		{"moved to another source that was not looked at yet", []Reading{reading("a").behind("games", "b"), reading("b")}, []Record{recordOf("a", "lobby")}, []string{"lobby moving"}},
		{"another source that may touch another namespace", []Reading{reading("a").behind("shop", "b"), reading("b")}, []Record{recordOf("a", "lobby")}, []string{"lobby withdrawn"}},
		{"moved, and the first was not looked at", []Reading{reading("a"), reading("b").behind("games", "a")}, []Record{recordOf("b", "lobby")}, []string{"lobby moving"}},
		{"moved to another source that has it already", []Reading{reading("a").behind("games", "b"), reading("b", "lobby")}, []Record{recordOf("a", "lobby")}, []string{"lobby"}},
		{"what is put back goes on", []Reading{reading("a").behind("games", "b"), reading("b")}, []Record{returningOf("a", "lobby")}, []string{"lobby withdrawn"}},
		{"moved to another source", []Reading{reading("a"), reading("b", "lobby")}, []Record{recordOf("a", "lobby")}, []string{"lobby"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, plan := range InForce([]string{"a", "b"}, test.readings, test.records) {
				text := plan.Metadata.Name
				if plan.Withdrawn {
					text += " withdrawn"
				}
				if plan.Moving != "" {
					text += " moving"
				}
				if plan.Held != "" {
					text += " held"
				}
				got = append(got, text)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("in force: %q, want %q", got, test.want)
			}
		})
	}
	held := InForce([]string{"a"}, []Reading{reading("a").with(lobby)}, []Record{recordOf("a", "lobby")})[0].Held
	if !strings.Contains(held, "is wrong at main@sha1:abc") {
		t.Errorf("why it is held: %q", held)
	}
	held = InForce([]string{"a"}, []Reading{never}, []Record{recordOf("a", "lobby")})[0].Held
	if want := `folder "docs" has no plans, and never had at main@sha1:abc; it stays in force until it is there again, or until kubectl delete upgrade lobby -n games`; held != want {
		t.Errorf("why it is held: %q", held)
	}
}

func ExampleTurns() {
	plan := thePlan("app:v2")
	before := Decide(plan, observe(aPod()), epoch).Status
	after := Decide(plan, Observed{Pods: observe(updatedPod()).Pods, Status: before}, epoch).Status
	for _, turn := range Turns(spec.Key{Namespace: "games", Name: "lobby"}, before, after) {
		fmt.Printf("%s: %s\n", turn.Reason, turn.Message)
	}
	// Output:
	// WaveFinished: wave 1 of 1: 1/1 pods updated
	// Completed: 1 of 1 pods updated
}
