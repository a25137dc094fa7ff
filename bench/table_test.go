package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// restart is how long the simulated kubelet takes from the patch to Ready.
const restart = 1250 * time.Millisecond

// run is one roll-out.
type run struct {
	by      string
	took    time.Duration
	first   time.Duration // until the first pod changed
	last    time.Duration // from the last pod's return to the end
	outages []time.Duration
	writes  writes
}

func measure(ctx context.Context, t *testing.T, c contender, w way, tag string) run {
	t.Helper()
	pods, since, begin := c.watched(), logged(t), time.Now()
	pods.reset()
	stop := startProfile(t, c, tag)
	took, err := c.rollOut(ctx, w, tag)
	if err != nil {
		t.Fatalf("%s, %s: %v", c.name(), w.name, err)
	}
	end := time.Now()
	stop()
	r := run{by: c.name(), took: took, writes: count(t, since, c)}
	pods.mu.Lock()
	defer pods.mu.Unlock()
	r.first, r.last = pods.began.Sub(begin), end.Sub(pods.lastBack)
	for _, outage := range pods.outages {
		r.outages = append(r.outages, outage)
	}
	t.Logf("%-9s %-4s %s: %.1f s, first pod after %.1f s, last back %.1f s before the end, p95 %.2f s, %+v; load %s",
		r.by, tag, w.name, took.Seconds(), r.first.Seconds(), r.last.Seconds(), quantile(r.outages, 95).Seconds(), r.writes, load())
	return r
}

// table shows the rounds of one way: what each contender took, and the ratios
// of runs that followed one another.
func table(w way, rounds [][]run) string {
	var text bytes.Buffer
	out := tabwriter.NewWriter(&text, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "\n%s\n\tcomplete, s\tnot Ready, s\tless the grace, / %.2f s\twrites a pod\trefused\trecord\tothers\n", w.name, restart.Seconds())
	fmt.Fprint(out, "\tmin/median/max\tp50/p95/max\tp50/p95/max\n")
	for i := range rounds[0] {
		fmt.Fprintln(out, row(w, column(rounds, i)))
	}
	var ratios []time.Duration // as seconds, to be sorted and shown like the others
	for _, round := range rounds {
		ratios = append(ratios, time.Duration(float64(time.Second)*round[0].took.Seconds()/round[1].took.Seconds()))
	}
	fmt.Fprintf(out, "%s / %s\t%s\n", rounds[0][0].by, rounds[0][1].by, three(ratios, 0, 50, 100))
	out.Flush()
	return text.String()
}

func column(rounds [][]run, i int) []run {
	var runs []run
	for _, round := range rounds {
		runs = append(runs, round[i])
	}
	return runs
}

func row(w way, runs []run) string {
	var took, outages, own []time.Duration
	var sum writes
	for _, r := range runs {
		took = append(took, r.took)
		outages = append(outages, r.outages...)
		sum.pods, sum.refused = sum.pods+r.writes.pods, sum.refused+r.writes.refused
		sum.records, sum.others = sum.records+r.writes.records, sum.others+r.writes.others
	}
	for _, outage := range outages {
		own = append(own, time.Duration(float64(outage-w.grace)/restart.Seconds()))
	}
	each := float64(sum.pods) / float64(*size*len(runs))
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%.3f\t%d\t%d\t%d", runs[0].by, three(took, 0, 50, 100), three(outages, 50, 95, 100),
		three(own, 50, 95, 100), each, sum.refused/len(runs), sum.records/len(runs), sum.others/len(runs))
}

func three(values []time.Duration, percent ...int) string {
	var parts []string
	for _, p := range percent {
		parts = append(parts, fmt.Sprintf("%.2f", quantile(values, p).Seconds()))
	}
	return strings.Join(parts, " / ")
}

func quantile(values []time.Duration, percent int) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)*percent/100]
}

func machine() string { return fmt.Sprintf("%d cores for everything", runtime.NumCPU()) }

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:1], " ")
}
