package reconciler

import (
	"strings"
	"testing"
	"time"
)

// rivalry is what becomes of a record that several processes write, each at the commit it
// reads: their plans decide in turn, so long after one another.
func rivalry(status Status, every time.Duration, turns int, at func(i int) Plan) (Status, []Decision) {
	var decisions []Decision
	for i := range turns {
		plan, observed := at(i), observe(aPod().drainedFor(every))
		observed.Status = status
		d := Decide(plan, observed, epoch.Add(time.Duration(i)*every))
		if d.Yields == "" {
			status = d.Status
		}
		decisions = append(decisions, d)
	}
	return status, decisions
}

func commit(image, revision string) Plan {
	plan := thePlan(image)
	plan.Revision = revision
	return plan
}

func inTurn(i int) Plan {
	return []Plan{commit("app:v2", "main@sha1:a"), commit("app:v3", "dev@sha1:b")}[i%2]
}

// Two processes that lead beside each other bring no pod to and fro: after two turns each
// the record is the last one's, who says so and starts nothing; the other leaves it alone.
func TestRivals(t *testing.T) {
	status, decisions := rivalry(Status{}, 10*time.Second, 20, inTurn)
	if begun := len(status.History) + 1; begun != alternations {
		t.Errorf("%d attempts were begun, want %d", begun, alternations)
	}
	for i, d := range decisions[alternations-1:] {
		if does := deeds(d); does != "Reopen pod-0" || (d.Yields != "") != (i%2 == 1) {
			t.Errorf("turn %d: does %q and yields %q", i+alternations, does, d.Yields)
		}
	}
	ready, _ := status.Condition("Ready")
	if ready.Reason != Alternating || !strings.Contains(ready.Message, "commits main@sha1:a and dev@sha1:b take turns") || !strings.Contains(ready.Message, "`patchwave resume lobby -n games`") {
		t.Errorf("the record says %s: %s", ready.Reason, ready.Message)
	}
	for name, plan := range map[string]Plan{"a third commit": commit("app:v2", "main@sha1:c"), "resumed": inTurn(0)} {
		observed := observe(aPod())
		observed.Status = status
		if name == "resumed" {
			observed.Request = &Request{ID: "1", Verb: ResumePlan, By: "ada"}
		}
		if d := Decide(plan, observed, epoch.Add(time.Hour)); d.Yields != "" || d.Status.Attempt.Revision != plan.Revision || deeds(d) != "Drain pod-0" {
			t.Errorf("%s: does %q, yields %q, and is at %s", name, deeds(d), d.Yields, d.Status.Attempt.Revision)
		}
	}
}

// A person who reverts and reverts again makes new commits; and whoever goes to and fro
// slowly is no process.
func TestNoRivals(t *testing.T) {
	people := func(i int) Plan {
		plan := inTurn(i)
		plan.Revision += strings.Repeat("0", i)
		return plan
	}
	for name, test := range map[string]struct {
		every time.Duration
		at    func(int) Plan
	}{
		"new commits":    {10 * time.Second, people},
		"slowly":         {5 * time.Minute, inTurn},
		"one plan alone": {10 * time.Second, func(int) Plan { return inTurn(0) }},
		"three commits": {10 * time.Second, func(i int) Plan {
			return []Plan{inTurn(0), inTurn(1), commit("app:v4", "main@sha1:c")}[i%3]
		}},
	} {
		status, decisions := rivalry(Status{}, test.every, 9, test.at)
		for i, d := range decisions {
			if d.Yields != "" || d.Status.Attempt.Revision != test.at(i).Revision {
				t.Errorf("%s: turn %d yields %q, at %s", name, i, d.Yields, d.Status.Attempt.Revision)
			}
		}
		if ready, _ := status.Condition("Ready"); ready.Reason == Alternating {
			t.Errorf("%s: %s", name, ready.Message)
		}
	}
}
