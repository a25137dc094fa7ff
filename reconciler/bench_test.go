package reconciler

import (
	"fmt"
	"testing"
	"time"
)

// crowd is so many healthy pods, on an image of a version.
func crowd(n int, version string) Observed {
	var observed Observed
	since := epoch.Add(-time.Hour)
	for i := range n {
		name := fmt.Sprintf("lobby-%06d", i)
		observed.Pods = append(observed.Pods, Pod{
			Name: name, UID: name, Node: "node", NodeReady: true, NodeLabels: map[string]string{"zone": fmt.Sprint(i % 3)},
			Ready: Condition{True: true, Since: since}, ContainersReady: true, Gate: Gate{Type: GateType, Since: since},
			Containers: []Container{{Name: "server", Image: "registry.example.com/acme/lobby:" + version, ID: name, Running: true, StartedAt: since}},
		})
	}
	return observed
}

// BenchmarkDecide takes a plan with nothing to do, and one with a wave to start.
func BenchmarkDecide(b *testing.B) {
	plan := thePlan("registry.example.com/acme/lobby:v2", zones("Spread"), unavailable("100%"))
	for _, version := range []string{"v2", "v1"} {
		for _, n := range []int{1_000, 10_000, 100_000} {
			observed := crowd(n, version)
			observed.Status = Decide(plan, crowd(n, version), epoch).Status
			b.Run(fmt.Sprintf("from=%s/pods=%d", version, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					Decide(plan, observed, epoch)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/pod")
			})
		}
	}
}
