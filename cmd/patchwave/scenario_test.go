package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/report/githubtest"
	"github.com/patchwave/patchwave/spec"
)

func TestScenarios(t *testing.T) {
	v2 := tree{"lobby.yaml": lobbyPlan("v2")}

	play(t, "a valid pull request, merged", func(s *scene) {
		s.begin()
		number := s.open(v2)
		s.pass(5 * time.Minute)
		s.merge(number, v2)
		s.pass(10 * time.Minute)
	})

	for name, restart := range map[string]bool{"merged, and still listed as open": false, "merged, still listed, and restarted": true} {
		play(t, name, func(s *scene) {
			s.begin()
			number := s.open(v2)
			s.pass(5 * time.Minute)
			merged := s.commit(s.tip().with(v2))
			s.push(merged)
			if restart {
				s.restart()
			}
			s.pass(4 * time.Minute)
			s.hub.Change(number, func(pull *githubtest.Pull) { pull.Merged, pull.Commits = merged, []string{merged} })
			s.pass(10 * time.Minute)
		})
	}

	play(t, "rebased, as two commits", func(s *scene) {
		s.begin()
		number := s.open(v2)
		s.pass(5 * time.Minute)
		first, second := s.commit(s.tip().with(tree{"README.md": "x"})), s.commit(s.tip().with(v2))
		s.hub.Change(number, func(pull *githubtest.Pull) { pull.Merged, pull.Commits = second, []string{first, second} })
		s.push(second)
		s.pass(10 * time.Minute)
	})

	play(t, "broken, then fixed", func(s *scene) {
		s.begin()
		number := s.open(tree{"lobby.yaml": strings.Replace(lobbyPlan("v2"), "images:", "imagess:", 1), "other.yaml": planNamed("other", "<!-- @everyone `|` #1 -->")})
		s.pass(time.Minute)
		fixed := s.commit(s.tip().with(v2))
		s.hub.Change(number, func(pull *githubtest.Pull) { pull.Head = fixed })
		s.pass(time.Minute)
	})

	play(t, "names that GitHub does not take as they are", func(s *scene) {
		s.begin()
		long := strings.Repeat("sub-folder/", 20)
		s.open(tree{"lobby.yaml": lobbyPlan("v2") + "  \"🎯\": 1\n"})
		s.open(tree{"plans/🚀\u202e\u200b.yaml": planNamed("chat", "v2") + "  gracePeriod: 1\n"})
		broken := tree{long + "chat.yaml": planNamed("chat", strings.Repeat("x", 129)), long + "cart.yaml": planNamed("cart", "v2") + "  gracePeriod: 1\n"}
		s.open(broken)
		s.pass(time.Minute)
		s.push(s.commit(s.tip().with(broken)))
		s.pass(time.Minute)
	})

	play(t, "a plan that cannot be recorded", func(s *scene) {
		s.world.seal(errors.New(`namespaces "games" not found`))
		s.begin()
		s.push(s.commit(s.tip().with(v2)))
		s.pass(5 * time.Minute)
		s.world.seal(nil)
		s.pass(5 * time.Minute)
	})

	play(t, "without plans", func(s *scene) {
		s.begin()
		s.merge(s.open(tree{"README.md": "x"}), tree{"README.md": "x"})
		s.pass(5 * time.Minute)
	})

	play(t, "three for one plan", func(s *scene) {
		s.begin()
		for _, tag := range []string{"v2", "v3", "v4"} {
			s.open(tree{"lobby.yaml": lobbyPlan(tag)})
		}
		s.pass(time.Minute)
		s.merge(2, tree{"lobby.yaml": lobbyPlan("v3")})
		s.pass(10 * time.Minute)
	})

	play(t, "a bad image halts and is reverted", func(s *scene) {
		s.begin()
		bad := tree{"lobby.yaml": lobbyPlan("bad")}
		s.merge(s.open(bad), bad)
		s.pass(5 * time.Minute)
		good := tree{"lobby.yaml": lobbyPlan("v1")}
		s.merge(s.open(good), good)
		s.pass(5 * time.Minute)
	})

	play(t, "waits for a person's approval", func(s *scene) {
		after := func(tag string) tree {
			return tree{"lobby.yaml": strings.Replace(lobbyPlan(tag), "soak: 90s", "approval: Required", 1)}
		}
		s.world.deploy("lobby", 4)
		s.push(s.commit(after("v1")))
		s.pass(time.Minute)
		s.merge(s.open(after("v2")), after("v2"))
		s.pass(10 * time.Minute)
	})

	play(t, "superseded in the middle", func(s *scene) {
		s.begin()
		v3 := tree{"lobby.yaml": lobbyPlan("v3")}
		first, second := s.open(v2), s.open(v3)
		s.pass(time.Minute)
		s.merge(first, v2)
		s.pass(30 * time.Second)
		s.merge(second, v3)
		s.pass(10 * time.Minute)
	})

	play(t, "taken out in the middle", func(s *scene) {
		s.begin()
		number := s.open(v2)
		s.pass(time.Minute)
		s.merge(number, v2)
		s.pass(30 * time.Second)
		s.push(s.commit(tree{"README.md": "x"}))
		s.pass(10 * time.Minute)
	})

	play(t, "two merged within one poll", func(s *scene) {
		s.world.deploy("chat", 1)
		s.begin()
		chat := tree{"chat.yaml": planNamed("chat", "v2")}
		first, second := s.open(v2), s.open(chat)
		s.pass(time.Minute)
		unread := s.commit(s.tip().with(v2))
		s.hub.Change(first, func(pull *githubtest.Pull) { pull.Merged, pull.Commits = unread, []string{unread} })
		s.git.past, s.git.tip = append(s.git.past, s.git.tip), unread
		s.merge(second, chat)
		s.pass(10 * time.Minute)
	})

	play(t, "a head that is force-pushed, and closed", func(s *scene) {
		s.begin()
		number := s.open(v2)
		s.pass(30 * time.Second)
		other := s.commit(s.tip().with(tree{"lobby.yaml": lobbyPlan("v9")}))
		s.hub.Change(number, func(pull *githubtest.Pull) { pull.Head = other })
		s.pass(time.Minute)
		s.hub.Change(number, func(pull *githubtest.Pull) { pull.Closed = true })
		s.pass(10 * time.Minute)
	})

	play(t, "from a fork", func(s *scene) {
		s.begin()
		s.hub.Open(plansRepository, githubtest.Pull{Base: "main", Head: s.commit(s.tip().with(v2)), Fork: true})
		s.pass(5 * time.Minute)
	})

	play(t, "a summary for a public repository", func(s *scene) {
		s.config.GitHub.Preview = spec.PreviewSummary
		s.restart()
		s.begin()
		bad := tree{"lobby.yaml": lobbyPlan("bad")}
		number := s.open(bad)
		s.pass(time.Minute)
		s.merge(number, bad)
		s.pass(5 * time.Minute)
	})

	play(t, "added, moved, renamed and removed", func(s *scene) {
		s.world.deploy("lobby", 2)
		s.world.deploy("chat", 1)
		s.push(s.commit(tree{"lobby.yaml": lobbyPlan("v1"), "chat.yaml": planNamed("chat", "v1"), "cart.yaml": planNamed("cart", "v1")}))
		s.pass(time.Minute)
		s.open(tree{
			"cart.yaml": "", "chat.yaml": "", "rooms/chat.yaml": planNamed("chat", "v1"),
			"lobby.yaml": strings.Replace(lobbyPlan("v2"), "{name: lobby, namespace", "{name: foyer, namespace", 1),
			"new.yaml":   planNamed("nowhere", "v1"),
		})
		s.pass(time.Minute)
	})

	broken := strings.Replace(lobbyPlan("v1"), "images:", "imagess:", 1)

	play(t, "a broken plan is mended, or taken out", func(s *scene) {
		s.begin()
		s.push(s.commit(s.tip().with(tree{"lobby.yaml": broken})))
		s.pass(time.Minute)
		s.open(tree{"lobby.yaml": lobbyPlan("v1")})
		s.open(v2)
		out := tree{"lobby.yaml": ""}
		third := s.open(out)
		s.pass(time.Minute)
		s.merge(third, out)
		s.pass(time.Minute)
	})

	play(t, "taken out beside an unreadable file, which is mended later", func(s *scene) {
		s.begin()
		s.push(s.commit(s.tip().with(tree{"junk.yaml": "{"})))
		s.pass(time.Minute)
		out := tree{"lobby.yaml": ""}
		first := s.open(out)
		s.pass(time.Minute)
		s.merge(first, out)
		s.pass(time.Minute)
		s.open(tree{"junk.yaml": ""})
		s.pass(time.Minute)
	})

	play(t, "the folder of the plans is taken away, and comes back", func(s *scene) {
		s.inFolder("plans")
		out := tree{"plans/lobby.yaml": "", "plans/chat.yaml": ""}
		number := s.open(out)
		s.pass(time.Minute)
		s.merge(number, out)
		s.pass(time.Minute)
		back := tree{"plans/lobby.yaml": lobbyPlan("v2"), "plans/chat.yaml": planNamed("chat", "v1")}
		number = s.open(back)
		s.pass(time.Minute)
		s.merge(number, back)
		s.pass(5 * time.Minute)
	})

	play(t, "all plans are taken out one by one", func(s *scene) {
		s.inFolder("plans")
		out := tree{"plans/lobby.yaml": "", "plans/chat.yaml": "", "plans/README.md": "x"}
		number := s.open(out)
		s.pass(time.Minute)
		s.merge(number, out)
		s.pass(time.Minute)
		if left := len(s.world.Records()); left > 0 {
			s.Errorf("%d records are left", left)
		}
	})

	play(t, "the path is set to a folder without plans", func(s *scene) {
		s.inFolder("plans")
		s.push(s.commit(s.tip().with(tree{"docs/README.md": "x"})))
		s.config.Sources[0].Path = "docs"
		s.restart()
		s.pass(time.Minute)
		s.open(tree{"docs/README.md": "y"})
		s.open(tree{"docs/lobby.yaml": lobbyPlan("v1")})
		s.pass(time.Minute)
		if left := len(s.world.Records()); left != 2 {
			s.Errorf("%d records are left", left)
		}
		for _, name := range []string{"lobby", "chat"} { // as kubectl delete upgrade does
			_ = s.world.Remove(context.Background(), spec.Key{Namespace: "games", Name: name})
		}
		s.loop.Wake("games")
		s.pass(time.Minute)
		if left := len(s.world.Records()); left > 0 {
			s.Errorf("%d records came back", left)
		}
	})

	play(t, "a link in the place of a plan", func(s *scene) {
		s.begin()
		linked := tree{"lobby.yaml": "-> ../base/lobby.yaml"}
		number := s.open(linked)
		s.pass(time.Minute)
		s.merge(number, linked)
		s.pass(time.Minute)
	})

	play(t, "while the operator has a freeze", func(s *scene) {
		s.begin()
		s.config.Freezes = []calendar.Freeze{{From: s.began, To: s.began.Add(24 * time.Hour), Reason: "year end"}}
		s.restart()
		s.open(v2)
		s.pass(time.Minute)
	})

	play(t, "a merge queue", func(s *scene) {
		s.begin()
		s.git.enqueue(gitsrc.Queued{Ref: "refs/heads/gh-readonly-queue/main/pr-1", Head: s.commit(s.tip().with(v2))})
		s.pass(time.Minute)
	})

	play(t, "somebody else writes our marker", func(s *scene) {
		s.begin()
		number := s.open(v2)
		s.hub.Say(plansRepository, number, "mallory", "<!-- patchwave prod/games a2 -->\nall is well")
		s.pass(time.Minute)
	})

	play(t, "the comment is deleted", func(s *scene) {
		s.begin()
		number := s.open(v2)
		s.pass(time.Minute)
		s.hub.Unsay(s.hub.Comments(plansRepository, number)[0].ID)
		s.merge(number, v2)
		s.pass(10 * time.Minute)
	})

	play(t, "taken out by force while GitHub is away, and killed", func(s *scene) {
		s.crowded = true // two commits want to be told at the same instant
		s.begin()
		s.push(s.commit(s.tip().with(v2)))
		s.pass(25 * time.Second)
		s.hub.Inject(githubtest.Fault{Match: isAny, Status: 503, Times: 10})
		s.git.past, s.git.tip = nil, s.git.past[0] // the commit of v2 is in no history any more
		s.push(s.commit(tree{"README.md": "another history"}))
		s.pass(time.Minute)
		s.die()
		s.start()
		s.pass(30 * time.Minute)
		if left := len(s.world.Records()); left > 0 {
			s.Errorf("%d records are left", left)
		}
	})

	play(t, "killed in the middle, and an outage after it", func(s *scene) {
		s.begin()
		number := s.open(v2)
		s.pass(time.Minute)
		s.merge(number, v2)
		s.pass(20 * time.Second)
		s.die()
		s.pass(time.Minute)
		s.hub.Inject(githubtest.Fault{Match: func(githubtest.Request) bool { return true }, Status: 503, Times: 5})
		s.start()
		s.pass(10 * time.Minute)
	})
}

// Staging and production watch one repository: neither touches what the other
// has written.
func TestTwoInstancesOnOneRepository(t *testing.T) {
	play(t, "two instances", func(prod *scene) {
		staging := newScene(t, prod.hub, "staging", "token-2")
		staging.git = prod.git
		prod.crowded = true
		staging.start()
		defer staging.stop()
		staging.world.deploy("lobby", 1)
		prod.begin()
		staging.read()
		v2 := tree{"lobby.yaml": lobbyPlan("v2")}
		number := prod.open(v2)
		prod.pass(time.Minute)
		prod.merge(number, v2)
		staging.read()
		prod.pass(10 * time.Minute)
	})
}

// Many plans in one commit have few statuses, and one comment within GitHub's
// limit, which the server knows.
func TestManyPlansInOneCommit(t *testing.T) {
	play(t, "500 plans", func(s *scene) {
		before, after := tree{}, tree{}
		for i := range 500 {
			name := fmt.Sprintf("plan-%03d", i)
			s.world.deploy(name, 1)
			before[name+".yaml"], after[name+".yaml"] = planNamed(name, "v1"), planNamed(name, "v2")
		}
		s.push(s.commit(before))
		s.pass(time.Minute)
		number := s.open(after)
		s.pass(time.Minute)
		s.merge(number, after)
		s.pass(15 * time.Minute)
	})
}
