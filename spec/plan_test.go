package spec

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/calendar"
)

func loadOne(t testing.TB, text string) Plan {
	t.Helper()
	plans, problems := Load(folder(map[string]string{"a.yaml": text}))
	if len(plans) != 1 || len(problems) > 0 {
		t.Fatalf("got %d plans and %v", len(plans), problems)
	}
	return plans[0]
}

func TestLoadKeepsEveryField(t *testing.T) {
	got := loadOne(t, `# A comment first.
apiVersion: patchwave.dev/v1alpha1
kind: UpgradePlan
metadata: {name: lobby, namespace: games}
spec:
  target:
    kind: Deployment
    selector: {matchLabels: {app: lobby}, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}
  images: [{container: server, image: lobby:2}]
  waves: [{pods: 1, soak: 1h30m}, {pods: 50%, approval: Required}]
  partition: 0
  maxUnavailable: 3
  gracePeriodSeconds: 4
  requireReadinessGate: true
  minReadySeconds: 5
  progressDeadlineSeconds: 6
  onFailure: RollBack
  maxFailures: 7
  order: {topologyKey: zone, policy: OneDomainAtATime}
  windows: [{start: "0 2 * * 1-5", duration: 3h, timeZone: Europe/Paris}]
  freezes: [{from: 2026-12-01T08:00:00Z, to: 2026-12-01T08:00:00.5Z, reason: year end}]
  drift: {mode: Report, schedule: "*/15 * * * *"}
  suspend: {reason: INC-231, until: 2026-12-01T08:00:00Z}
  template: Leave
`)
	none, most, deadline := Count(0), Count(3), 6
	paris, err := calendar.Zone("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	until := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	want := Plan{
		APIVersion: APIVersion, Kind: PlanKind,
		Metadata: Metadata{Name: "lobby", Namespace: "games"},
		Spec: PlanSpec{
			Target: Target{Kind: "Deployment", Selector: &Selector{
				MatchLabels:      map[string]string{"app": "lobby"},
				MatchExpressions: []SelectorRequirement{{"tier", "In", []string{"a", "b"}}},
			}},
			Images:    []Image{{"server", "lobby:2"}},
			Waves:     []Wave{{Pods: Count(1), Soak: Duration(90 * 60e9)}, {Pods: Percent(50), Approval: ApprovalRequired}},
			Partition: &none, MaxUnavailable: &most,
			GracePeriodSeconds: 4, RequireReadinessGate: true, MinReadySeconds: 5, ProgressDeadlineSeconds: &deadline,
			OnFailure: RollBack, MaxFailures: 7, Template: "Leave",
			Order: &Order{"zone", OneDomainAtATime}, Suspend: &Suspend{"INC-231", &until},
			Windows: []calendar.Window{{Start: cron(t, "0 2 * * 1-5"), Duration: 3 * time.Hour, Zone: paris}},
			Drift:   &Drift{DriftReport, cron(t, "*/15 * * * *")},
			Freezes: []calendar.Freeze{{From: until, To: until.Add(time.Second / 2), Reason: "year end"}},
		},
		Position: Position{"a.yaml", 2, 1}, NamespaceAt: Position{"a.yaml", 4, 36},
	}
	asText := cmp.Comparer(func(a, b calendar.Cron) bool { return a.String() == b.String() })
	byName := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Amount{}), asText, byName); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func cron(t *testing.T, text string) calendar.Cron {
	t.Helper()
	c, err := calendar.ParseCron(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDigestIsOfTheContentOnly(t *testing.T) {
	const quoted = `
# The same plan in other words, and in another order.
spec:
  progressDeadlineSeconds: 600
  minReadySeconds: 10
  gracePeriodSeconds: 30   # half a minute
  maxUnavailable: "25%"
  freezes: []
  waves:
    - {"soak": "600s", "pods": 1}
    - {pods: '25%'}
    - {pods: 100%}
  images:
    - {image: 'registry.example.com/games/lobby:1.8.1', container: "server"}
    - container: relay
      image: >-
        relay:2
  target: {name: lobby, kind: Deployment}
metadata: {namespace: games, name: lobby}
kind: "UpgradePlan"
apiVersion: 'patchwave.dev/v1alpha1'
`
	first := loadOne(t, base).Digest()
	if again := loadOne(t, quoted).Digest(); again != first {
		t.Errorf("the same content has two digests, %s and %s", first, again)
	}
	if other := loadOne(t, strings.Replace(base, "1.8.1", "1.8.2", 1)).Digest(); other == first {
		t.Error("another image has the same digest")
	}
}

func TestProblemsNameTheirPlan(t *testing.T) {
	lobby := Key{"games", "lobby"}
	for _, row := range []struct {
		name, old, new string
		want           Key
	}{
		{"a bad field", "pods: 25%", "pods: 140%", lobby},
		{"a bad name", "name: lobby\n", "name: Lobby\n", Key{"games", "Lobby"}},
		{"no spec", "spec:", "spek:", lobby},
		{"another version", "v1alpha1", "v2", lobby},
		{"a misspelt kind", "UpgradePlan", "UpgradePlam", lobby},
		{"a syntax error below the name", "gracePeriodSeconds: 30", "\tgracePeriodSeconds: 30", lobby},
		{"a syntax error above the name", "kind: UpgradePlan", "kind: UpgradePlan: x", Key{}},
		{"no name", "  name: lobby\n  namespace", "  namespace", Key{}},
		{"no namespace", "  namespace: games\n", "", Key{}},
		{"a workload", "apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan", "apiVersion: v1\nkind: Pod", Key{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, problems := Load(folder(map[string]string{"a.yaml": strings.Replace(base, row.old, row.new, 1)}))
			if len(problems) == 0 {
				t.Fatal("got no problem")
			}
			for _, problem := range problems {
				if problem.Plan != row.want {
					t.Errorf("got plan %q for %v", problem.Plan, problem)
				}
			}
		})
	}
}
