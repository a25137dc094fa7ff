package cluster

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// nodes are the two whose manners are compared, in the order of the README's words.
var nodes = []string{"real", "simulated"}

// TestManners plays each case to a pod of the real node and to one of a simulated node, and compares what a watcher
// of each sees. It is the README's table that says where they may differ.
func TestManners(t *testing.T) {
	l, _ := upReal(t)
	w := watchPods(l)
	listed := listedDifferences(t)
	together, alone := split(cases)
	records := playAll(l, w, together)
	for _, c := range alone {
		records = append(records, playAll(l, w, []manner{c})...)
	}
	for i, c := range append(together, alone...) {
		t.Run(c.name, func(t *testing.T) { compare(t, c.name, records[i], listed) })
		delete(listed, c.name)
	}
	for name := range listed {
		t.Errorf("the README lists a difference of %q, which is no case here", name)
	}
}

// split tells the cases that have the node for themselves.
func split(all []manner) (together, alone []manner) {
	for _, c := range all {
		if c.alone {
			alone = append(alone, c)
		} else {
			together = append(together, c)
		}
	}
	return together, alone
}

// playAll answers, for each case, the records of both nodes. Cases run at the same time, or they would take minutes.
func playAll(l *lab, w *watcher, all []manner) []map[string]string {
	var done sync.WaitGroup
	room := make(chan struct{}, 6) // a kubelet that starts all at once is late with everything
	records := make([]map[string]string, len(all))
	for i, c := range all {
		players := map[string]*player{}
		records[i] = map[string]string{}
		for _, node := range nodes {
			players[node] = newPlayer(l, w, c, node)
		}
		done.Go(func() { room <- struct{}{}; playBoth(players); <-room })
		defer func() {
			for node, p := range players {
				records[i][node] = p.record.normal(p.c)
			}
		}()
	}
	done.Wait()
	return records
}

// playBoth plays a case on both nodes at the same time.
func playBoth(players map[string]*player) {
	var done sync.WaitGroup
	for _, p := range players {
		done.Go(p.play)
	}
	done.Wait()
}

func compare(t *testing.T, name string, records map[string]string, listed map[string]string) {
	t.Helper()
	why, isListed := listed[name]
	same := records["real"] == records["simulated"]
	if strings.Contains(records["real"], vain) {
		t.Errorf("the real node does not do what the case waits for\n%s", sideBySide(records))
	}
	switch {
	case same && isListed:
		t.Errorf("no difference any more: take it out of the README, which says %q", why)
	case !same && !isListed:
		t.Errorf("a difference that the README does not list\n%s", sideBySide(records))
	case !same:
		t.Logf("listed: %s\n%s", why, sideBySide(records))
	default:
		t.Log("\n" + records["real"])
	}
}

func sideBySide(records map[string]string) string {
	var text strings.Builder
	for _, node := range nodes {
		text.WriteString(node + ":\n" + records[node] + "\n")
	}
	return text.String()
}

// settled is how long nothing may happen to a pod before the next step: longer than the second between two probes, so
// that what belongs to a step is told in it.
const settled = 1500 * time.Millisecond

// patient is for one step on a machine with other work; the longest takes a crashing program's 10 s and some.
const patient = 40 * time.Second
