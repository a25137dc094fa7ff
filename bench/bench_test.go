// Package bench compares patchwave's real binary with a bare loop that does no
// more than the writes, on a real control plane with simulated nodes.
package bench

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/patchwave/patchwave/e2e/stage"
)

// The bench touches no cluster that was not named for it.
const (
	kubeconfigVariable = "PATCHWAVE_BENCH_KUBECONFIG"
	auditVariable      = "PATCHWAVE_BENCH_AUDIT_LOG"
)

var (
	size    = flag.Int("pods", 1000, "pods of each Deployment")
	rounds  = flag.Int("rounds", 3, "roll-outs of each kind, by patchwave and by the bare loop in turn")
	profile = flag.String("profile", "", "folder for CPU profiles of patchwave, one a roll-out")
)

// way is how pods are taken through an update.
type way struct {
	name  string
	grace time.Duration
}

var ways = []way{
	{"gate closed, 1 s of grace, image, gate open", time.Second},
	{"image only", 0},
}

// contender takes all pods to an image and says how long it took.
type contender interface {
	name() string
	watched() *pods
	rollOut(ctx context.Context, w way, tag string) (time.Duration, error)
}

func TestRollOuts(t *testing.T) {
	kubeconfig := os.Getenv(kubeconfigVariable)
	if kubeconfig == "" {
		t.Skipf("SKIPPED: no cluster; `make bench` starts one, or name one in %s", kubeconfigVariable)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	contenders := set(ctx, t, kubeconfig)
	begin, tag := load(), 1
	for _, w := range ways {
		var runs [][]run
		for range *rounds {
			tag++
			var round []run
			for _, c := range contenders {
				round = append(round, measure(ctx, t, c, w, fmt.Sprintf("v%d", tag)))
			}
			runs = append(runs, round)
		}
		fmt.Print(table(w, runs))
	}
	fmt.Printf("\n%d pods, %s; load average %s when it began, %s at the end\n", *size, machine(), begin, load())
}

// set builds the stage, and a Deployment for each contender.
func set(ctx context.Context, t *testing.T, kubeconfig string) []contender {
	t.Helper()
	dir := t.TempDir()
	s, err := stage.Set(ctx, stage.Options{
		Binary: build(t, dir), Kubeconfig: kubeconfig, Namespace: "bench-patchwave", Instance: "bench", Dir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	process, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(t, process) })
	patchwave, err := newPatchwave(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := newBare(ctx, s, kubeconfig, "bench-bare")
	if err != nil {
		t.Fatal(err)
	}
	return []contender{patchwave, bare}
}

func end(t *testing.T, process *stage.Process) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := process.Stop(ctx); err != nil {
		t.Error(err)
	}
	if *profile != "" {
		log, _ := os.ReadFile(process.Log)
		if err := os.WriteFile(filepath.Join(*profile, "patchwave.log"), log, 0o644); err != nil {
			t.Error(err)
		}
	}
}

func build(t *testing.T, dir string) string {
	t.Helper()
	binary := filepath.Join(dir, "patchwave")
	arguments := []string{"build", "-trimpath", "-o", binary}
	if *profile != "" {
		arguments = append(arguments, "-overlay", overlay(t, dir))
	}
	out, err := exec.Command("go", append(arguments, "../cmd/patchwave")...).CombinedOutput()
	if err != nil {
		t.Fatalf("building patchwave: %v\n%s", err, out)
	}
	return binary
}
