package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// mistakes are command lines that are wrong in themselves, and what is said of them:
// what is wrong, where, and what to write or do instead.
var mistakes = []line{
	{"apply", "apply -f plan.yaml", 2, "", `there is no command "apply": plans are applied by a push to the branch that patchwave follows; what they would do first: patchwave plan FOLDER`},
	{"apply, with a flag of every command", "apply --context c", 2, "", `there is no command "apply": plans are applied by a push to the branch that patchwave follows; what they would do first: patchwave plan FOLDER`},
	{"create", "create plan", 2, "", `there is no command "create": plans are files in Git; what they would do: patchwave plan FOLDER`},
	{"delete", "delete lobby -n games", 2, "", `there is no command "delete": a plan ends when its file is taken out in Git`},
	{"describe", "describe lobby", 2, "", `there is no command "describe": patchwave status NAME -o yaml, or kubectl describe upgrade NAME`},
	{"diff", "diff plans/", 2, "", `there is no command "diff": patchwave plan FOLDER`},
	{"get", "get upgrades", 2, "", `there is no command "get": patchwave status, or kubectl get upgrades`},
	{"history", "history lobby", 2, "", `there is no command "history": git log shows the plans, and patchwave status NAME -o yaml the attempts of one`},
	{"pause", "pause lobby", 2, "", `there is no command "pause": patchwave suspend NAME -n NAMESPACE`},
	{"promote", "promote lobby", 2, "", `there is no command "promote": patchwave approve NAME -n NAMESPACE`},
	{"rollback", "rollback lobby", 2, "", `there is no command "rollback": revert the commit in Git: that is the roll-back`},
	{"undo", "undo", 2, "", `there is no command "undo": revert the commit in Git: that is the roll-back`},
	{"rollout", "rollout status lobby", 2, "", `there is no command "rollout": patchwave status NAME, and suspend, resume, approve and retry`},
	{"sync", "sync", 2, "", `there is no command "sync": patchwave run reads Git again by itself, each minute by default`},
	{"watch", "watch --interval 1s", 2, "", `there is no command "watch": kubectl get upgrades --watch; patchwave status shows how plans stand now`},
	{"a slip", "statsu", 2, "", `there is no command "statsu"; did you mean status?`},
	{"half a command", "suspe", 2, "", `there is no command "suspe"; did you mean suspend?`},
	{"another word", "frobnicate", 2, "", "there is no command \"frobnicate\"; see `patchwave --help`"},

	{"a flag of another command", "status --watch", 2, "", "there is no flag --watch; see `patchwave status --help`"},
	{"a flag of no command", "--watch", 2, "", "there is no flag --watch; see `patchwave --help`"},
	{"a short flag", "status -w", 2, "", "there is no flag -w; see `patchwave status --help`"},
	{"a flag without its value", "suspend lobby --for", 2, "", "a value is missing after --for; see `patchwave suspend --help`"},
	{"a short flag without its value", "suspend lobby -n", 2, "", "a value is missing after -n; see `patchwave suspend --help`"},
	{"a number that is none", "approve lobby --wave two", 2, "", "--wave: \"two\" is not a whole number; see `patchwave approve --help`"},
	{"one namespace and all", "status -n games -A", 2, "", "--all-namespaces and --namespace exclude each other: take one out; see `patchwave status --help`"},
	{"an output format", "status -o xml", 2, "", `there is no output format "xml"; use wide, json or yaml`},
	{"days", "suspend lobby --for 1d", 2, "", "--for: \"1d\" has days; write 24h; see `patchwave suspend --help`"},
	{"many days", "suspend lobby --for 14d", 2, "", "--for: \"14d\" has days; write 336h; see `patchwave suspend --help`"},
	{"days and hours", "suspend lobby --for 2d12h", 2, "", "--for: \"2d12h\" has days; write 60h; see `patchwave suspend --help`"},
	{"a week", "suspend lobby --for 1w", 2, "", "--for: \"1w\" has weeks; write 168h; see `patchwave suspend --help`"},
	{"all units", "suspend lobby --for 1w1.5d1h30m", 2, "", "--for: \"1w1.5d1h30m\" has weeks; write 205h30m; see `patchwave suspend --help`"},
	{"too many days", "suspend lobby --for 99999999999d", 2, "", "--for: \"99999999999d\" is not a duration such as \"90s\", \"10m\" or \"1h30m\"; see `patchwave suspend --help`"},
	{"no unit", "suspend lobby --for 2", 2, "", "--for: \"2\" has no unit; write a duration such as \"90s\", \"10m\" or \"1h30m\"; see `patchwave suspend --help`"},
	{"a time in words", "suspend lobby --for ever", 2, "", "--for: \"ever\" is not a duration such as \"90s\", \"10m\" or \"1h30m\"; see `patchwave suspend --help`"},
	{"a time in the past", "suspend lobby --for -1h", 2, "", "--for: \"-1h\" is negative; write a duration such as \"90s\", \"10m\" or \"1h30m\"; see `patchwave suspend --help`"},
	{"no time", "suspend lobby --for 0", 2, "", "--for: 0s is less than 1s; leave --for out to suspend until `patchwave resume NAME`, which also ends a suspension at once"},
	{"no time, with a unit", "suspend --for 0h", 2, "", "--for: 0s is less than 1s; leave --for out to suspend until `patchwave resume NAME`, which also ends a suspension at once"},
	{"next to no time", "suspend lobby --for 1ms", 2, "", "--for: 1ms is less than 1s; leave --for out to suspend until `patchwave resume NAME`, which also ends a suspension at once"},
	{"an interval in words", "run --url /srv/plans --namespaces games --interval soon", 2, "", "--interval: \"soon\" is not a duration such as \"90s\", \"10m\" or \"1h30m\"; see `patchwave run --help`"},
	{"an interval without a unit", "run --url /srv/plans --namespaces games --interval 30", 2, "", "--interval: \"30\" has no unit; write a duration such as \"90s\", \"10m\" or \"1h30m\"; see `patchwave run --help`"},

	{"run alone", "run", 2, "", "give --config FILE, or --url URL and --namespaces NAMESPACE[,NAMESPACE]"},
	{"run with a file", "run config.yaml", 2, "", "did you mean --config config.yaml?"},
	{"run with a folder", "run plans/", 2, "", "run takes nothing but flags, and not \"plans/\"; see `patchwave run --help`"},
	{"run for nobody", "run --url https://github.com/acme/plans", 2, "", "--namespaces is missing: name those whose pods the plans may upgrade, such as --namespaces games,chat"},
	{"a file and an interval", "run --config config.yaml --interval 30s", 2, "", "--interval belongs into config.yaml, as sources[].interval: leave the flag out"},
	{"a file and a URL", "run --config config.yaml --url /srv/plans", 2, "", "--url belongs into config.yaml, as sources[].url: leave the flag out"},
	{"a file and a token", "run --config config.yaml --github-token-file t", 2, "", "--github-token-file belongs into config.yaml, as github.tokenFile: leave the flag out"},
	{"no such file", "run --config none.yaml", 2, "", "reading the configuration: none.yaml: no such file or directory"},
	{"install for nobody", "install", 2, "", "--namespaces is missing: name those whose pods the plans may upgrade, such as --namespaces games,chat"},
	{"install for all", "install --namespaces *", 2, "", `"*" is not the name of a namespace; write each by its name: rights are given in these alone`},
	{"install in no namespace", "install --namespaces games -n Ops", 2, "", `"Ops" is not the name of a namespace; write each by its name: rights are given in these alone`},
	{"words after version", "version 2", 2, "", "version takes nothing but flags, and not \"2\"; see `patchwave version --help`"},
	{"words after install", "install games", 2, "", "install takes nothing but flags, and not \"games\"; see `patchwave install --help`"},

	{"two folders", "validate good bad", 2, "", "validate takes one folder or file at a time, and 2 are named"},
	{"two plans", "status lobby chat", 2, "", "status takes one plan at a time, and 2 are named"},
	{"two plans approved", "approve lobby chat", 2, "", "approve takes one plan at a time, and 2 are named"},
	{"approve nobody", "approve", 2, "", "name the plan: patchwave approve NAME -n NAMESPACE"},
	{"suspend nobody", "suspend --for 1h", 2, "", "name the plan: patchwave suspend NAME -n NAMESPACE"},

	{"no cluster to ask", "status", 2, "", "there is no kubeconfig; name one by --kubeconfig or $KUBECONFIG"},
	{"no cluster to approve in", "approve lobby", 2, "", "there is no kubeconfig; name one by --kubeconfig or $KUBECONFIG"},
	{"no such kubeconfig", "status --kubeconfig /none", 2, "", "reading the kubeconfig: /none: no such file or directory; name one by --kubeconfig or $KUBECONFIG"},
}

func TestMistakes(t *testing.T) {
	cases := slices.Clone(mistakes)
	for i := range cases {
		cases[i].errs = "Error: " + cases[i].errs + "\n"
	}
	runs(t, anywhere, cases)
}

// Each command that asks a cluster says what is the matter with it, and what to do.
func TestClustersThatDoNotAnswer(t *testing.T) {
	folder := files(t, map[string]string{"lobby.yaml": soundPlan})
	commands := []string{"status", "status lobby", "approve lobby", "suspend lobby", "resume lobby", "retry lobby", "plan " + folder}
	inCluster(t, 401, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","message":"Unauthorized","code":401}`)
	for _, args := range append(commands, "run --data "+t.TempDir()+" --namespaces games --url "+folder) {
		var errs strings.Builder
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // run would go on for ever
		code := execute(ctx, strings.Fields(args), io.Discard, &errs)
		cancel()
		if code != failed || !strings.Contains(errs.String(), "does not accept the credentials of context c; they may have expired\n") {
			t.Errorf("turned away: %s: exit code %d, %s", args, code, errs.String())
		}
	}
	t.Setenv("KUBECONFIG", filepath.Join(files(t, map[string]string{"kubeconfig": kubeconfig("http://127.0.0.1:1")}), "kubeconfig"))
	for _, args := range commands {
		code, _, errs := patchwave(t, strings.Fields(args)...)
		if code != failed || !strings.HasSuffix(errs, "connection refused; see that the cluster is up, and is the one that --kubeconfig and --context name\n") {
			t.Errorf("away: %s: exit code %d, %s", args, code, errs)
		}
	}
}

const (
	noSuchRecord = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","message":"upgrades.patchwave.dev \"lobby\" not found","code":404}`
	everywhere   = "/apis/patchwave.dev/v1alpha1/upgrades"
)

func waiting(namespace, name string) string {
	return strings.NewReplacer(`"lobby","namespace":"games"`, `"`+name+`","namespace":"`+namespace+`"`, `"finished":1`, `"finished":1,"awaitsApproval":1`).Replace(oneUpgrade)
}

// A plan that is not where it was looked for is named where it is.
func TestPlansElsewhere(t *testing.T) {
	answers := map[string]string{everywhere: `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradeList","items":[` + waiting("shop", "lobby") + `]}`}
	inClusterOf(t, answers, noSuchRecord)
	const there = "Error: there is no plan lobby in namespace games, but shop/lobby: use -n shop\n"
	runs(t, anywhere, []line{
		{"approve", "approve lobby", 2, "", there},
		{"suspend", "suspend lobby", 2, "", there},
		{"status", "status lobby", 2, "", there},
		{"by namespace and name", "retry games/lobby", 2, "", there},
		{"two namespaces", "approve games/lobby -n shop", 2, "", "Error: games/lobby is a plan of namespace games, and -n says shop; leave out one of the two\n"},
		{"no name", "approve shop/", 2, "", "Error: \"shop/\" names no plan; write NAME, or NAMESPACE/NAME\n"},
		{"too many names", "approve a/b/c", 2, "", "Error: \"a/b/c\" names no plan; write NAME, or NAMESPACE/NAME\n"},
	})
	answers[everywhere] = `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradeList","items":[]}`
	answers["/api/v1/namespaces/games"] = `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"games"}}`
	runs(t, anywhere, []line{{"nowhere", "approve lobby", 2, "", "Error: there is no plan lobby in namespace games; `patchwave status -A` shows all there are\n"}})
	runs(t, anywhere, []line{{"in no namespace", "approve lobby -n nope", 2, "", "Error: namespace nope does not exist\n"}})
}

// A command that names no plan tells which ones it is for.
func TestPlansToChooseFrom(t *testing.T) {
	answers := map[string]string{everywhere: `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradeList","items":[` + oneUpgrade + "," + waiting("shop", "cart") + `]}`}
	inClusterOf(t, answers, noSuchRecord)
	runs(t, anywhere, []line{
		{"approve", "approve", 2, "", "Error: name the plan: patchwave approve NAME -n NAMESPACE; it may be shop/cart\n"},
		{"suspend", "suspend", 2, "", "Error: name the plan: patchwave suspend NAME -n NAMESPACE; it may be games/lobby, shop/cart\n"},
		{"resume", "resume", 2, "", "Error: name the plan: patchwave resume NAME -n NAMESPACE; there is none that it would do anything for\n"},
	})
	items := strings.Repeat(waiting("shop", "cart")+",", 6) + waiting("shop", "cart")
	answers[everywhere] = `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradeList","items":[` + items + `]}`
	runs(t, anywhere, []line{{
		"many", "approve", 2, "",
		"Error: name the plan: patchwave approve NAME -n NAMESPACE; it may be shop/cart, shop/cart, shop/cart, shop/cart, shop/cart, 2 more\n",
	}})
}

// All commands take a plan by namespace and name.
func TestPlansByNamespaceAndName(t *testing.T) {
	one := map[string]string{strings.Replace(list, "games", "shop", 1) + "/cart": waiting("shop", "cart")}
	inClusterOf(t, one, noSuchRecord)
	code, out, errs := patchwave(t, "status", "shop/cart")
	if code != 0 || !strings.Contains(out, "shop        cart") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
	runs(t, anywhere, []line{
		{"approve another wave", "approve shop/cart --wave 2", 2, "", "Error: plan shop/cart: no such approval is awaited: wave 2 of 3: 1 of 4 pods updated\n"},
		{"retry", "retry shop/cart -n shop", 2, "", "Error: plan shop/cart: it has not failed: wave 2 of 3: 1 of 4 pods updated\n"},
		{"resume", "resume shop/cart", 2, "", "Error: plan shop/cart: it is not suspended\n"},
	})
}

// Names in a list may have blanks around them.
func TestInstallReadsListsWithBlanks(t *testing.T) {
	_, want, _ := patchwave(t, "install", "--namespaces", "games,chat")
	code, got, errs := patchwave(t, "install", "--namespaces", "games, chat ")
	if code != 0 || got != want {
		t.Errorf("exit code %d, %s", code, errs)
	}
}
