package machine

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMissingToolsAreNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bridge"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	look := func(tool string) (string, error) {
		if tool == "runc" {
			return "", errors.New("not found")
		}
		return "/bin/" + tool, nil
	}
	want := []string{"runc", filepath.Join(dir, "host-local"), filepath.Join(dir, "loopback")}
	if got := missing(look, dir); !slices.Equal(got, want) {
		t.Errorf("missing %q, want %q", got, want)
	}
}

func TestAnUnfitMachineIsToldFromOtherErrors(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var unfit *Unfit
	if err := Check(); !errors.As(err, &unfit) {
		t.Errorf("without any tool: %v", err)
	}
}

func contains(text string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}

func TestAFailedProbeSaysWhatItRan(t *testing.T) {
	if err := probe("ls /no/such/place"); err == nil || !contains(err.Error(), "ls /no/such/place", "No such file") {
		t.Errorf("error %v", err)
	}
}

func TestRootOfAUserNamespaceIsNotRoot(t *testing.T) {
	for users, want := range map[string]bool{
		"": true, "         0          0 4294967295\n": true, "0 0 1\n": false, "0 1000 1\n1 100000 65536\n": false,
	} {
		if got := realRoot(users); got != want {
			t.Errorf("%q: %t", users, got)
		}
	}
}
