package spec

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRepository(t *testing.T) {
	for url, want := range map[string]string{
		"https://github.com/acme/plans.git":            "acme/plans",
		"https://github.com/acme/plans":                "acme/plans",
		"https://github.com/acme/plans/":               "acme/plans",
		"https://ghe.example.com:8443/acme/plans.git":  "acme/plans",
		"https://example.com/git/acme/plans.git":       "acme/plans",
		"http://127.0.0.1:8080/acme/plans.git?depth=1": "acme/plans",
		"https://github.com/acme/my.github.io":         "acme/my.github.io",
		"https://github.com/plans.git":                 "",
		"https://github.com/":                          "",
		"https://github.com":                           "",
		"file:///srv/git/acme/plans.git":               "",
		"/srv/git/acme/plans.git":                      "",
		"https://[::1/acme/plans":                      "",
		"":                                             "",
	} {
		if got := (Source{URL: url}).Repository(); got != want {
			t.Errorf("%q is %q, want %q", url, got, want)
		}
	}
}

func TestAdmit(t *testing.T) {
	at := func(namespace, name string, line int) Plan {
		return Plan{Metadata: Metadata{Namespace: namespace, Name: name}, Position: Position{"plans.yaml", line, 3}, NamespaceAt: Position{"plans.yaml", line + 2, 24}}
	}
	lobby, chat, system := at("games", "lobby", 1), at("chat", "chat", 11), at("kube-system", "dns", 21)
	refusal := func(plan Plan) Problem {
		return Problem{Position: plan.NamespaceAt, Plan: plan.Key(), Message: "namespace " + plan.Metadata.Namespace +
			" is not one that source prod may touch; add it to the source's namespaces in the configuration, or to --namespaces"}
	}
	for name, test := range map[string]struct {
		namespaces []string
		admitted   []Plan
		refused    []Problem
	}{
		"all of them":         {[]string{"chat", "games", "kube-system"}, []Plan{lobby, chat, system}, nil},
		"some, in order":      {[]string{"kube-system", "games"}, []Plan{lobby, system}, []Problem{refusal(chat)}},
		"none by default":     {nil, nil, []Problem{refusal(lobby), refusal(chat), refusal(system)}},
		"no part of a name":   {[]string{"game", "kube", "*"}, nil, []Problem{refusal(lobby), refusal(chat), refusal(system)}},
		"one that has no pod": {[]string{"games", "other"}, []Plan{lobby}, []Problem{refusal(chat), refusal(system)}},
	} {
		admitted, refused := Source{Name: "prod", Namespaces: test.namespaces}.Admit([]Plan{lobby, chat, system})
		if diff := cmp.Diff(test.admitted, admitted); diff != "" {
			t.Errorf("%s: admitted (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(test.refused, refused); diff != "" {
			t.Errorf("%s: refused (-want +got):\n%s", name, diff)
		}
	}
}
