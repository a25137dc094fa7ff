package spec

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// The pages that browsers show of a repository: a folder or file of a branch, as
// GitHub, Gitea and GitLab write it, and what else GitHub has.
var (
	treePage = regexp.MustCompile(`^/([^/]+/[^/]+)/(tree|blob|commits|src/branch)/([^/]+)/?(.*)$`)
	dashPage = regexp.MustCompile(`^/(.+?)/-/(tree|blob|commits)/([^/]+)/?(.*)$`)
	sidePage = regexp.MustCompile(`^/([^/]+/[^/]+)/(pulls?|issues|actions|releases|wiki|settings|branches)(/.*)?$`)
)

// asRepository says what to write instead of a page's URL; "" where it is none.
func asRepository(page *url.URL) string {
	if strings.HasSuffix(page.Path, ".git") {
		return ""
	}
	for _, kind := range []*regexp.Regexp{treePage, dashPage} {
		if part := kind.FindStringSubmatch(page.Path); part != nil {
			return "is a page about the repository; write " + cloneURL(page, part[1]) + ", branch " + part[3] + inFolder(part[2], part[4])
		}
	}
	if part := sidePage.FindStringSubmatch(page.Path); part != nil {
		return "is a page about the repository; write " + cloneURL(page, part[1])
	}
	return ""
}

func cloneURL(page *url.URL, repository string) string {
	return (&url.URL{Scheme: page.Scheme, Host: page.Host, Path: "/" + repository + ".git"}).String()
}

// inFolder names the folder of a page, which may show a file in it.
func inFolder(kind, place string) string {
	if kind == "blob" || PlanFile(place) {
		place = path.Dir(place)
	}
	if place = strings.Trim(place, "/"); place == "" || place == "." {
		return ""
	}
	return ", path " + place
}
