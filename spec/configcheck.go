package spec

import (
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/patchwave/patchwave/schema"
)

// configLater is planLater for the configuration.
var configLater = []string{
	"/sources/*/auth/ssh",
	"/sources/*/auth/githubApp",
	"/sources/*/serviceAccount",
	"/sources/*/hooks",
	"/sources/*/signatures",
	"/sources/*/caFile",
	"/sources/*/proxy",
}

// configRules are planRules for the configuration.
var configRules = []func(config any) []schema.Violation{
	func(config any) []schema.Violation { return unique(config, "/sources", "name") },
	perSource("url", repositoryURL),
	perSource("branch", branchName),
	perSource("path", folderPath),
	perSource("interval", atLeastASecond),
	githubURLs,
	githubAuth,
	timing(""),
}

// perSource applies a check to one text field of every source; the check says
// what is wrong, or "".
func perSource(field string, check func(string) string) func(any) []schema.Violation {
	return func(config any) (found []schema.Violation) {
		each(config, "/sources", func(pointer string, source map[string]any) {
			found = append(found, complain(schema.Join(pointer, field), source[field], check)...)
		})
		return found
	}
}

func complain(pointer string, value any, check func(string) string) []schema.Violation {
	text, ok := value.(string)
	if !ok || text == "" {
		return nil
	}
	if complaint := check(text); complaint != "" {
		return []schema.Violation{wrong(pointer, "%s", complaint)}
	}
	return nil
}

// sshLike is an ssh URL, or git@host:path as scp writes it.
var sshLike = regexp.MustCompile(`^(ssh|git\+ssh)://|^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:`)

// repositoryURL never quotes the URL: it may hold a secret.
func repositoryURL(text string) string {
	if strings.HasPrefix(text, "/") {
		return ""
	}
	if sshLike.MatchString(text) {
		return "SSH is not supported yet by this version of patchwave; use an https URL"
	}
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		return "is not a URL that can be read"
	case parsed.User != nil:
		return "holds a user or a secret; put the token into a file and name it in auth.tokenFile"
	case parsed.Scheme == "file" && strings.HasPrefix(parsed.Path, "/"):
		return ""
	case parsed.Scheme != "http" && parsed.Scheme != "https", parsed.Host == "":
		return "is not an http, https or file URL, nor an absolute path"
	}
	return asRepository(parsed)
}

// branchName finds what the schema's pattern does not, of git check-ref-format.
func branchName(text string) string {
	for _, forbidden := range []string{"..", "//", "@{", "/."} {
		if strings.Contains(text, forbidden) {
			return "a branch cannot hold " + forbidden
		}
	}
	for _, forbidden := range []string{"/", ".", ".lock"} {
		if strings.HasSuffix(text, forbidden) {
			return "a branch cannot end in " + forbidden
		}
	}
	if name, ok := strings.CutPrefix(text, "refs/heads/"); ok && name != "" {
		return "is more than the branch's short name; write " + name
	}
	if strings.HasPrefix(text, "refs/") {
		return "is no branch"
	}
	return ""
}

func folderPath(text string) string {
	if fs.ValidPath(text) {
		return ""
	}
	if tidy := strings.TrimPrefix(path.Clean("/"+text), "/"); tidy != "" && !strings.Contains(text, "..") {
		return "is not a path inside the repository; write " + tidy
	}
	return "is not a path inside the repository; write it without a leading / and without .."
}

// atLeastASecond leaves what is no duration to the schema.
func atLeastASecond(text string) string {
	interval, err := time.ParseDuration(text)
	switch {
	case err != nil && unsigned.MatchString(text):
		return "is longer than can be counted with"
	case err == nil && interval >= 0 && interval < time.Second:
		return text + " is less than 1s"
	}
	return ""
}

func githubURLs(config any) (found []schema.Violation) {
	for _, pointer := range []string{"/github/baseURL", "/github/targetURL", "/github/proxy"} {
		found = append(found, complain(pointer, schema.At(config, pointer), webURL)...)
	}
	return found
}

// githubAuth wants one way to sign in.
func githubAuth(config any) []schema.Violation {
	github, ok := schema.At(config, "/github").(map[string]any)
	if !ok {
		return nil
	}
	token, app := github["tokenFile"] != nil, github["app"] != nil
	switch {
	case token && app:
		return []schema.Violation{wrong("/github", "there are both tokenFile and app; take one out")}
	case !token && !app:
		return []schema.Violation{wrong("/github", "neither a token's file (tokenFile) nor an App (app) is given")}
	}
	return nil
}

// webURL leaves the scheme to the schema.
func webURL(text string) string {
	parsed, err := url.Parse(text)
	switch {
	case !strings.HasPrefix(text, "http"):
		return ""
	case err != nil || parsed.Host == "":
		return "is not a URL that can be read"
	case parsed.User != nil:
		return "holds a user or a secret; take it out"
	}
	return ""
}
