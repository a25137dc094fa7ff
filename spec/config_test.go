package spec

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const baseConfig = `name: prod
sources:
  - name: games
    url: https://github.com/acme/plans.git
    branch: main
    path: prod
    interval: 30s
    auth: {tokenFile: token}
    namespaces: [games]
github: {tokenFile: token}
`

var spoiledConfigs = []row{
	{"sound", "prod", "prod", ""},
	{"unknown field", "branch:", "brunch:", `c.yaml:5:5: sources[0]: unknown field "brunch" (did you mean "branch"?)`},
	{"the token itself", "tokenFile: token}\n    n", "token: abc}\n    n", `c.yaml:8:12: sources[0].auth: unknown field "token" (did you mean "tokenFile"?)`},
	{"one namespace", "[games]", "games", `c.yaml:9:17: sources[0].namespaces: "games" is text, but a list is wanted; write namespaces: [games]`},
	{"one source", "  - name: games\n    url: https://github.com/acme/plans.git\n    branch: main\n    path: prod\n    interval: 30s\n    auth: {tokenFile: token}\n    namespaces: [games]\n", "  name: games\n  url: /srv/plans\n", `c.yaml:3:3: sources: is a mapping, but a list is wanted; write sources: [{name: games, url: "/srv/plans"}]`},
	{"a token for a mapping", "auth: {tokenFile: token}", "auth: token", `c.yaml:8:11: sources[0].auth: "token" is text, but a mapping of fields is wanted, such as {tokenFile: "/etc/patchwave/git-token"}`},
	{"another name for a field", "path:", "folder:", `c.yaml:6:5: sources[0]: unknown field "folder" (did you mean "path"?)`},
	{"a name that kubectl reads otherwise", "prod\n", "no\n", `c.yaml:1:7: name: no is read as false by some programs; write "no"`},
	{"an App by its number in quotes", "github: {tokenFile: token", "github: {app: {appID: \"1\", installationID: 2, privateKeyFile: key}", `c.yaml:10:23: github.app.appID: "1" is text, but a whole number is wanted; write 1`},
	{"missing field", "    url: https://github.com/acme/plans.git\n", "", `c.yaml:3:5: sources[0]: missing field "url"`},
	{"no sources", "sources:\n", "source:\n", "c.yaml:1:1: missing field \"sources\"\nc.yaml:2:1: unknown field \"source\" (did you mean \"sources\"?)"},
	{"instance name", "prod\n", "the instance\n", `c.yaml:1:7: name: "the instance" is not a DNS label: at most 40 lower-case letters, digits and "-", with a letter or digit at both ends`},
	{"long instance name", "prod\n", strings.Repeat("p", 41) + "\n", `c.yaml:1:7: name: has 41 characters, but 40 are the most`},
	{"namespace", "[games]", "[games, Other]", `c.yaml:9:25: sources[0].namespaces[1]: "Other" has capital letters; write a DNS label: at most 63 lower-case letters, digits and "-", with a letter or digit at both ends`},
	{"equal source names", "github:", "  - {name: games, url: /srv/plans}\ngithub:", `c.yaml:10:12: sources[1].name: "games" is taken already, by sources[0]`},
	{"several sources", "github:", "  - {name: other, url: /srv/plans}\n  - {name: third, url: \"file:///srv/plans\", path: a/b}\ngithub:", ""},
	{"a secret in the URL", "https://github", "https://bot:hunter2@github", `c.yaml:4:10: sources[0].url: holds a user or a secret; put the token into a file and name it in auth.tokenFile`},
	{"SSH URL", "https://github.com/", "ssh://git@github.com/", `c.yaml:4:10: sources[0].url: SSH is not supported yet by this version of patchwave; use an https URL`},
	{"SSH as scp writes it", "https://github.com/", "git@github.com:", `c.yaml:4:10: sources[0].url: SSH is not supported yet by this version of patchwave; use an https URL`},
	{"a browser's URL", "acme/plans.git", "acme/plans/tree/main/plans", `c.yaml:4:10: sources[0].url: is a page about the repository; write https://github.com/acme/plans.git, branch main, path plans`},
	{"a browser's URL of a branch", "acme/plans.git", "acme/plans/tree/main", `c.yaml:4:10: sources[0].url: is a page about the repository; write https://github.com/acme/plans.git, branch main`},
	{"a browser's URL of a file", "acme/plans.git", "acme/plans/blob/main/env/prod/lobby.yaml?plain=1#L3", `c.yaml:4:10: sources[0].url: is a page about the repository; write https://github.com/acme/plans.git, branch main, path env/prod`},
	{"a browser's URL of Gitea", "acme/plans.git", "acme/plans/src/branch/main/env/lobby.yaml", `c.yaml:4:10: sources[0].url: is a page about the repository; write https://github.com/acme/plans.git, branch main, path env`},
	{"a browser's URL of GitLab", "acme/plans.git", "acme/eu/plans/-/tree/main/env/", `c.yaml:4:10: sources[0].url: is a page about the repository; write https://github.com/acme/eu/plans.git, branch main, path env`},
	{"a pull request's URL", "acme/plans.git", "acme/plans/pull/7/files", `c.yaml:4:10: sources[0].url: is a page about the repository; write https://github.com/acme/plans.git`},
	{"a repository called like a page", "acme/plans.git", "acme/plans/tree/main.git", ""},
	{"without .git", "acme/plans.git", "acme/pulls", ""},
	{"relative path for a URL", "https://github.com/", "", `c.yaml:4:10: sources[0].url: is not an http, https or file URL, nor an absolute path`},
	{"unreadable URL", "https://github.com/", "https://[::1/", `c.yaml:4:10: sources[0].url: is not a URL that can be read`},
	{"short interval", "30s", "900ms", `c.yaml:7:15: sources[0].interval: 900ms is less than 1s`},
	{"the shortest interval", "30s", "1s", ""},
	{"long interval", "30s", "9999999999h", `c.yaml:7:15: sources[0].interval: is longer than can be counted with`},
	{"interval without a unit", "30s", "30", `c.yaml:7:15: sources[0].interval: "30" has no unit; write a duration such as "90s", "10m" or "1h30m"`},
	{"path upwards", "path: prod", "path: ../prod", `c.yaml:6:11: sources[0].path: is not a path inside the repository; write it without a leading / and without ..`},
	{"absolute path", "path: prod", "path: /prod/", `c.yaml:6:11: sources[0].path: is not a path inside the repository; write prod`},
	{"branch with a space", "branch: main", "branch: my main", `c.yaml:5:13: sources[0].branch: "my main" is not the short name of a branch, such as main or release/1.8`},
	{"branch with its prefix", "branch: main", "branch: refs/heads/main", `c.yaml:5:13: sources[0].branch: is more than the branch's short name; write main`},
	{"a tag for a branch", "branch: main", "branch: refs/tags/v1", `c.yaml:5:13: sources[0].branch: is no branch`},
	{"branch with dots", "branch: main", "branch: a..b", `c.yaml:5:13: sources[0].branch: a branch cannot hold ..`},
	{"locked branch", "branch: main", "branch: a.lock", `c.yaml:5:13: sources[0].branch: a branch cannot end in .lock`},
	{"GitHub URL", "github: {", "github: {baseURL: ghe.example.com, ", `c.yaml:10:19: github.baseURL: "ghe.example.com" is not an http or https URL`},
	{"GitHub URL with a secret", "github: {", `github: {baseURL: "https://a:b@ghe.example.com/", `, `c.yaml:10:19: github.baseURL: holds a user or a secret; take it out`},
	{"SSH key", "{tokenFile: token}\n    n", "{ssh: {keyFile: key, knownHostsFile: hosts}}\n    n", `c.yaml:8:12: sources[0].auth.ssh is not supported yet by this version of patchwave; remove it`},
	{"GitHub App", "github: {tokenFile: token", "github: {app: {appID: 1, installationID: 2, privateKeyFile: key}", ""},
	{"GitHub App and token", "github: {", "github: {app: {appID: 1, installationID: 2, privateKeyFile: key}, ", `c.yaml:10:9: github: there are both tokenFile and app; take one out`},
	{"no way into GitHub", "github: {tokenFile: token}", "github: {forks: Preview}", `c.yaml:10:9: github: neither a token's file (tokenFile) nor an App (app) is given`},
	{"forks", "github: {", "github: {forks: SchemaOnly, preview: Summary, ", ""},
	{"a webhook", "github: {", "github: {webhook: {address: \":8080\", secretFile: secret}, ", ""},
	{"a webhook without a secret", "github: {", "github: {webhook: {address: \":8080\"}, ", `c.yaml:10:10: github.webhook: missing field "secretFile"`},
	{"a webhook without a port", "github: {", "github: {webhook: {address: localhost, secretFile: secret}, ", `c.yaml:10:29: github.webhook.address: "localhost" is not a host, which may be left out, and a port, such as ":8080"`},
	{"a proxy with a password", "github: {", "github: {proxy: \"http://a:b@proxy\", ", `c.yaml:10:17: github.proxy: holds a user or a secret; take it out`},
	{"service account", "    path", "    serviceAccount: bot\n    path", `c.yaml:6:5: sources[0].serviceAccount is not supported yet by this version of patchwave; remove it`},
	{"hooks", "    path", "    hooks: {hosts: [\"prometheus.monitoring:9090\"]}\n    path", `c.yaml:6:5: sources[0].hooks is not supported yet by this version of patchwave; remove it`},
	{"freezes and windows", "github:", "freezes: [{from: 2026-12-20T00:00:00Z, to: 2027-01-04T00:00:00Z}]\nwindows: [{start: \"0 2 * * *\", duration: 1h}]\ngithub:", ""},
	{"a freeze that ends before it begins", "github:", "freezes: [{from: 2026-12-20T00:00:00Z, to: 2025-01-04T00:00:00Z}]\ngithub:", `c.yaml:10:44: freezes[0].to: is not after from, 2026-12-20T00:00:00Z; the freeze would never stand`},
	{"a window that never opens", "github:", "windows:\n  - start: \"0 0 31 11 *\"\n    duration: 1h\ngithub:", `c.yaml:11:12: windows[0].start: "0 0 31 11 *" names a day that no year has`},
	{"no freezes and no windows", "github:", "freezes: []\nwindows: []\ngithub:", ""},
	{"a second document that is broken", "github:", "---\ngithub: {\ngithub:", `c.yaml:10:1: the file cannot be read: it holds more than one document`},
	{"two documents", "github:", "---\ngithub:", `c.yaml:11:1: the file cannot be read: it holds more than one document`},
	{"syntax", "github: {", "github: {{", `c.yaml:10:1: YAML syntax: did not find expected ',' or '}'`},
	{"empty", baseConfig, "# nothing\n", `c.yaml:1:1: the file cannot be read: it is empty; at least sources are needed`},
	{"too large", baseConfig, strings.Repeat("#", maxFileSize+1), `c.yaml:1:1: the file cannot be read: it is larger than 1024 KiB; split it`},
	{"binary", "prod", "\x00", `c.yaml:1:7: the file holds the invisible character U+0000; take it out`},
}

func TestLoadConfigSaysWhatIsWrongAndWhere(t *testing.T) {
	for _, row := range spoiledConfigs {
		t.Run(row.name, func(t *testing.T) {
			config, problems := LoadConfig("c.yaml", []byte(strings.Replace(baseConfig, row.old, row.new, 1)))
			if diff := cmp.Diff(row.want, written(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if sound := row.want == ""; sound != (config.Name != "") {
				t.Errorf("got %+v", config)
			}
		})
	}
}

func TestLoadConfigFillsInDefaults(t *testing.T) {
	got, problems := LoadConfig("flags", []byte(`{"sources":[{"name":"games","url":"/srv/plans"}],"github":{"tokenFile":"token"}}`))
	want := Config{
		Name:    "patchwave",
		Sources: []Source{{Name: "games", URL: "/srv/plans", Branch: "main", Path: ".", Interval: Duration(time.Minute)}},
		GitHub:  &GitHub{BaseURL: "https://api.github.com/", TokenFile: "token", Forks: "SchemaOnly", Preview: "Full"},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("problems %v, configuration (-want +got):\n%s", problems, diff)
	}
}

// A configuration that was put together from flags can be checked by writing it
// down and loading it.
func TestLoadConfigReadsWhatItsTypesWrite(t *testing.T) {
	want, _ := LoadConfig("c.yaml", []byte(baseConfig))
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, problems := LoadConfig("flags", text)
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("problems %v, configuration (-want +got):\n%s", problems, diff)
	}
}
