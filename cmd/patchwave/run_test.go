package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

const wrongConfig = `name: prod
sources:
  - {name: games, url: "git@github.com:acme/plans.git", interval: 1ms}
extra: 1
`

func TestRunRefusesWhatIsWrong(t *testing.T) {
	folder := files(t, map[string]string{"bad.yaml": wrongConfig, "good.yaml": "sources: [{name: games, url: /srv/plans, namespaces: [games]}]\n"})
	const (
		flags  = "run --url https://github.com/acme/plans --namespaces games "
		dns    = " is not a DNS label: at most 40 lower-case letters, digits and \"-\", with a letter or digit at both ends\n"
		secret = "--url: holds a user or a secret; put the token into a file and name it in --token-file\n"
	)
	runs(t, folder, []line{
		{
			"a wrong file", "run --config DIR/bad.yaml", 2, "",
			"DIR/bad.yaml:3:24: sources[0].url: SSH is not supported yet by this version of patchwave; use an https URL\n" +
				"DIR/bad.yaml:3:67: sources[0].interval: 1ms is less than 1s\n" +
				"DIR/bad.yaml:4:1: unknown field \"extra\"\n",
		},
		{"a good file, but no cluster", "run --config DIR/good.yaml", 2, "", noCluster},
		{"good flags, but no cluster", flags, 2, "", noCluster},
		{"every good flag, but no cluster", flags + "--name prod --branch release/1 --path a/b --interval 30s --token-file t --github-url https://ghe.example.com/api/v3/ --github-token-file t", 2, "", noCluster},
		{"no interval", flags + "--interval 0", 2, "", noCluster},
		{"a short interval", flags + "--interval 10ms", 2, "", "--interval: 10ms is less than 1s\n"},
		{"a wrong name", flags + "--name Prod_1", 2, "", "--name: \"Prod_1\"" + dns},
		{"a wrong path", flags + "--path ../x", 2, "", "--path: is not a path inside the repository; write it without a leading / and without ..\n"},
		{"a wrong branch", flags + "--branch a..b", 2, "", "--branch: a branch cannot hold ..\n"},
		{"a wrong address of GitHub", flags + "--github-token-file t --github-url ghe", 2, "", "--github-url: \"ghe\" is not an http or https URL\n"},
		{"no token for GitHub", flags + "--github-url https://ghe.example.com/api/v3/", 2, "", "--github-token-file: neither a token's file (tokenFile) nor an App (app) is given\n"},
		{"a secret, and more", "run --url https://u:p@example.com/a/b --namespaces games --name -", 2, "", "--name: \"-\"" + dns + secret},
	})
}

func TestFlagsAreAConfiguration(t *testing.T) {
	f := runFlags{name: "prod", interval: 30e9, source: spec.Source{URL: "/srv/plans", Branch: "main", Path: "prod", Namespaces: []string{"games"}}}
	f.source.Auth.TokenFile, f.github.TokenFile = "token", "other"
	text, err := f.asConfig()
	if err != nil {
		t.Fatal(err)
	}
	got, problems := spec.LoadConfig("flags", text)
	source := f.source
	source.Name, source.Interval = "prod", spec.Duration(30e9)
	want := spec.Config{Name: "prod", Sources: []spec.Source{source}, GitHub: &spec.GitHub{BaseURL: spec.DefaultGitHubURL, TokenFile: "other", Forks: spec.ForksSchemaOnly, Preview: spec.PreviewFull}}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("problems %v, configuration (-want +got):\n%s", problems, diff)
	}
}

func TestNamespacesAreNamedOnce(t *testing.T) {
	config := spec.Config{Sources: []spec.Source{{Namespaces: []string{"games", "chat"}}, {}, {Namespaces: []string{"chat", "auth"}}}}
	if diff := cmp.Diff([]string{"auth", "chat", "games"}, namespaces(config)); diff != "" {
		t.Errorf("namespaces (-want +got):\n%s", diff)
	}
}

// The audience remembers former tips, each once, and not for ever.
func TestPastTips(t *testing.T) {
	a := newAudience(spec.Config{Name: "prod"}, nil, nil, nil)
	at := func(commits ...string) (past []string) {
		for _, commit := range commits {
			past = a.past([]reconciler.Reading{{Source: "games", Commit: commit}})["games"]
		}
		return past
	}
	if diff := cmp.Diff([]string{"a", "b"}, at("a", "a", "b", "a")); diff != "" {
		t.Errorf("tips (-want +got):\n%s", diff)
	}
	config := spec.Config{Sources: []spec.Source{{Name: "games", URL: "https://github.com/acme/plans"}, {Name: "chat"}}}
	all := newAudience(config, nil, nil, nil).all([]reconciler.Reading{{Source: "chat", Commit: "a"}})
	want := []reconciler.Reading{{Source: "games", Repository: "acme/plans"}, {Source: "chat", Commit: "a"}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("readings, with a source that was not read yet (-want +got):\n%s", diff)
	}
	many := "cdefghijklmnopqrstuvwxyz"
	for i := range many {
		at(many[i : i+1])
	}
	if past := at("z"); len(past) != rememberedTips || past[len(past)-1] != "z" || past[0] != "g" {
		t.Errorf("tips %v", past)
	}
}
