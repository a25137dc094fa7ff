package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
)

const leasesOfGames = "/apis/coordination.k8s.io/v1/namespaces/games/leases"

// statusWith is what status prints of a Ready plan of instance prod while Leases answer so.
func statusWith(t *testing.T, answers map[string]string) string {
	t.Helper()
	upgrade := strings.NewReplacer(`"source":"games"`, `"instance":"prod","source":"games"`, `"status":"False"`, `"status":"True"`).Replace(oneUpgrade)
	answers[list] = `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradeList","items":[` + upgrade + `]}`
	inClusterOf(t, answers, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","message":"not found","code":404}`)
	code, out, errs := patchwave(t, "status")
	if code != 0 || errs != "" {
		t.Errorf("exit code %d, %s", code, errs)
	}
	return out
}

func saying(t *testing.T, sources ...cluster.SourceState) string {
	t.Helper()
	text, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A plan that nobody looks at is not shown as Ready, and who leads stands above.
func TestStatusSaysWhoLeads(t *testing.T) {
	now := time.Now()
	alive := now.Add(10 * time.Minute) // as long as the test lasts
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	read := cluster.SourceState{Name: "games", Revision: "main@sha1:abc", ReadAt: ago(12 * time.Second)}
	failing := func(d time.Duration) cluster.SourceState {
		source := read
		source.Error, source.Since = "no\nanswer", ago(d)
		return source
	}
	of := func(name string, source cluster.SourceState) cluster.SourceState {
		source.Name = name
		return source
	}
	for _, test := range []struct {
		name   string
		leases []string
		says   []string // in this order
		ready  string
	}{
		{"it leads", []string{leaseOf("prod", alive, saying(t, read))}, []string{"instance prod: one leads since 2026-01-02T03:04:05Z in games; source games at main@sha1:abc, read at " + moment(read.ReadAt) + "\n\n"}, "True"},
		{"it says nothing yet", []string{leaseOf("prod", alive, "")}, []string{led}, "True"},
		{"it says nonsense", []string{leaseOf("prod", alive, "{")}, []string{led}, "True"},
		{"nothing was read yet", []string{leaseOf("prod", alive, saying(t, cluster.SourceState{Name: "games"}))}, []string{"; source games not read yet\n"}, "True"},
		{"it has just gone", []string{leaseOf("prod", ago(20*time.Second), saying(t, read))}, []string{"instance prod: nobody leads since " + moment(ago(20*time.Second)), "main@sha1:abc"}, "True"},
		{"it is long gone", []string{leaseOf("prod", ago(time.Minute), "")}, []string{"nobody leads since", "nobody leads since " + moment(ago(time.Minute)) + " in namespace games; it was last: wave 2 of 3"}, "Unknown"},
		{"its Lease is not there", nil, []string{"instance prod: nobody leads, and nobody has led in games\n", "it was last: wave 2"}, "Unknown"},
		{"only another instance is there", []string{leaseOf("other", alive, "")}, []string{"instance other: one leads", "instance prod: nobody leads", "it was last: "}, "Unknown"},
		{"another is gone", []string{leaseOf("other", ago(time.Hour), ""), leaseOf("prod", alive, "")}, []string{"instance other: nobody leads", "instance prod: one leads"}, "True"},
		{"a read fails", []string{leaseOf("prod", alive, saying(t, failing(20*time.Second)))}, []string{moment(read.ReadAt) + ", cannot be read since " + moment(ago(20*time.Second)) + ": no answer\n"}, "True"},
		{"reads fail for long", []string{leaseOf("prod", alive, saying(t, failing(time.Minute)))}, []string{"source games cannot be read since " + moment(ago(time.Minute)) + "; it was last: "}, "Unknown"},
		{"it does not follow the source", []string{leaseOf("prod", alive, strings.ReplaceAll(saying(t, read), "games", "shop"))}, []string{"source games is not in the configuration of the running instance; it was last: "}, "Unknown"},
		{"another source fails", []string{leaseOf("prod", alive, saying(t, read, of("shop", failing(time.Hour))))}, []string{"source shop at", "   wave 2"}, "True"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := statusWith(t, map[string]string{leasesOfGames: leaseList(test.leases...)})
			rest := out
			for _, part := range test.says {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Fatalf("does not say %q:\n%s", part, out)
				}
				rest = after
			}
			if !strings.Contains(out, "games       lobby   "+test.ready+" ") {
				t.Errorf("READY is not %s:\n%s", test.ready, out)
			}
		})
	}
}

// What a record says itself is not said before it once more.
func TestRecordsThatSayItThemselves(t *testing.T) {
	now := time.Now()
	state := func(name string, since time.Time) cluster.SourceState {
		return cluster.SourceState{Name: name, Error: "no answer", Since: since}
	}
	many := make([]cluster.SourceState, 20) // as many as are announced
	for _, test := range []struct {
		name      string
		condition reconciler.StatusCondition
		sources   []cluster.SourceState
		says      string
	}{
		{"not yet", reconciler.StatusCondition{Type: "Ready", Status: "True"}, []cluster.SourceState{state("games", now.Add(-time.Hour))}, "source games cannot be read"},
		{"unreadable", reconciler.StatusCondition{Type: "Ready", Reason: reconciler.SourceUnreadable}, []cluster.SourceState{state("games", now.Add(-time.Hour))}, ""},
		{"stalled", reconciler.StatusCondition{Type: "Stalled"}, []cluster.SourceState{state("games", now.Add(-time.Hour))}, ""},
		{"removed", reconciler.StatusCondition{Type: "Ready", Reason: reconciler.SourceRemoved}, []cluster.SourceState{state("shop", time.Time{})}, ""},
		{"removed, not yet", reconciler.StatusCondition{Type: "Ready", Status: "True"}, []cluster.SourceState{state("shop", time.Time{})}, "source games is not in the configuration"},
		{"more than are announced", reconciler.StatusCondition{Type: "Ready", Status: "True"}, many, ""},
	} {
		u := cluster.Upgrade{Spec: cluster.UpgradeSpec{Source: "games"}, Status: reconciler.Status{Conditions: []reconciler.StatusCondition{test.condition}}}
		l := leaders{all: []cluster.Leader{{Renewed: now, Sources: test.sources}}, now: now}
		if got := l.unseen(u); !strings.HasPrefix(got, test.says) || test.says == "" && got != "" {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

// A Lease that was given back outlives its instance: it is shown only beside records
// of that instance. One whose holder died is shown: somebody should know.
func TestLeasesThatWereGivenBack(t *testing.T) {
	given := func(instance string) string {
		return strings.Replace(leaseOf(instance, time.Now().Add(-time.Hour), ""), `"holderIdentity":"one"`, `"holderIdentity":""`, 1)
	}
	for _, test := range []struct {
		name   string
		leases []string
		says   []string // of these instances
	}{
		{"another's", []string{given("old"), leaseOf("prod", time.Now(), "")}, []string{"prod"}},
		{"its own", []string{given("prod")}, []string{"prod"}},
		{"both", []string{given("old"), given("prod")}, []string{"prod"}},
		{"another's holder died", []string{leaseOf("old", time.Now().Add(-time.Hour), ""), given("prod")}, []string{"old", "prod"}},
	} {
		out := statusWith(t, map[string]string{leasesOfGames: leaseList(test.leases...)})
		for _, instance := range []string{"old", "prod"} {
			if said := strings.Contains(out, "instance "+instance+": "); said != slices.Contains(test.says, instance) {
				t.Errorf("%s: instance %s is shown: %t\n%s", test.name, instance, said, out)
			}
		}
	}
}

// Who may not list Leases may still read those of the instances that have plans there.
func TestStatusWithoutTheRightToListLeases(t *testing.T) {
	forbidden := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"leases is forbidden","code":403}`
	answers := map[string]string{leasesOfGames: forbidden, leasesOfGames + "/patchwave-prod": leaseOf("prod", time.Now(), "")}
	if out := statusWith(t, answers); !strings.HasPrefix(out, led) || !strings.Contains(out, "True") {
		t.Errorf("with the right to get them:\n%s", out)
	}
	answers[leasesOfGames+"/patchwave-prod"] = forbidden
	out := statusWith(t, answers)
	if !strings.HasPrefix(out, "Who leads is not known: reading the Lease games/patchwave-prod: leases is forbidden\n") || !strings.Contains(out, "True") {
		t.Errorf("without any right:\n%s", out)
	}
}

// One instance in several namespaces is one line, as long as it stands alike in all.
func TestOneLineAnInstance(t *testing.T) {
	now := time.Now()
	at := func(namespace, name string, renewed time.Time) cluster.Leader {
		return cluster.Leader{Instance: "prod", Namespace: namespace, Name: name, Since: now.Add(-time.Hour), Renewed: renewed, Until: renewed.Add(15 * time.Second)}
	}
	said := func(all ...cluster.Leader) string {
		var b strings.Builder
		leaders{all: all, now: now}.heading(&b)
		return b.String()
	}
	since := moment(now.Add(-time.Hour))
	one := fmt.Sprintf("instance prod: one leads since %s in ", since)
	for want, got := range map[string]string{
		one + "auth, games\n\n": said(at("auth", "one", now), at("games", "one", now.Add(-5*time.Second))),
		one + "auth\ninstance prod: nobody leads since " + since + " in chat, games\n\n": said(
			at("auth", "one", now), at("chat", "one", now.Add(-time.Hour)), at("games", "two", now.Add(-2*time.Hour))),
		one + "a, b, c, d, e, 2 more\n\n": said(
			at("a", "one", now), at("b", "one", now), at("c", "one", now), at("d", "one", now), at("e", "one", now), at("f", "one", now), at("g", "one", now)),
		"": said(),
	} {
		if got != want {
			t.Errorf("got:\n%swanted:\n%s", got, want)
		}
	}
}

// A record is printed alone, as it is kept, whoever leads; a list is one even when empty.
func TestStatusAsObjects(t *testing.T) {
	inCluster(t, 200, oneUpgrade)
	for format, begins := range map[string]string{"json": "{\n  \"kind\": \"Upgrade\",\n", "yaml": "apiVersion: patchwave.dev/v1alpha1\nkind: Upgrade\n"} {
		_, out, errs := patchwave(t, "status", "lobby", "-o", format)
		if !strings.HasPrefix(out, begins) || strings.HasSuffix(out, "\n\n") {
			t.Errorf("%s:\n%s%s", format, out, errs)
		}
	}
	inCluster(t, 200, `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradeList","items":[]}`)
	runs(t, anywhere, []line{
		{"json", "status -o json", 0, "{\n  \"apiVersion\": \"v1\",\n  \"items\": [],\n  \"kind\": \"List\"\n}\n", ""},
		{"yaml", "status -A -o yaml", 0, "apiVersion: v1\nitems: []\nkind: List\n", ""},
	})
}

func TestStatusOfANamespaceThatIsNotThere(t *testing.T) {
	empty := `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradeList","items":[]}`
	nope := strings.Replace(list, "games", "nope", 1)
	inClusterOf(t, map[string]string{nope: empty}, noSuchRecord)
	runs(t, anywhere, []line{
		{"as a table", "status -n nope", 2, "", "Error: namespace nope does not exist\n"},
		{"as a list", "status -n nope -o json", 2, "", "Error: namespace nope does not exist\n"},
	})
}
