package spec

import (
	"io/fs"
	"net/url"
	"path"
	"strings"
)

// Repository is the "owner/name" by which GitHub knows the source, taken from
// the last two parts of its URL's path; "" where there are not as many, or
// where the source is no http or https URL.
func (s Source) Repository() string {
	parsed, err := url.Parse(s.URL)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return ""
	}
	parts := strings.Split(strings.TrimSuffix(strings.Trim(parsed.Path, "/"), ".git"), "/")
	if len(parts) < 2 {
		return ""
	}
	return strings.Join(parts[len(parts)-2:], "/")
}

// Load reads the plans of a commit that the source may have, and all that is
// wrong with others. files is the source's folder; positions are of the repository.
func (s Source) Load(files fs.FS) ([]Plan, []Problem) {
	plans, problems := Load(files)
	for i := range plans {
		plans[i].Position.File = path.Join(s.Path, plans[i].Position.File)
		plans[i].NamespaceAt.File = plans[i].Position.File
	}
	for i := range problems {
		problems[i].File = path.Join(s.Path, problems[i].File)
	}
	admitted, refused := s.Admit(plans)
	return admitted, append(problems, refused...)
}

// Absent is the problem of a commit without the source's folder; nothing where it
// has one, that is without a reason.
func (s Source) Absent(why error) []Problem {
	if why == nil {
		return nil
	}
	return []Problem{{Position: Position{s.Path, 1, 1}, Message: why.Error()}}
}

// Admit keeps the plans whose namespaces the source may touch, and refuses the
// others where they stand.
func (s Source) Admit(plans []Plan) (admitted []Plan, refused []Problem) {
	allowed := map[string]bool{}
	for _, namespace := range s.Namespaces {
		allowed[namespace] = true
	}
	for _, plan := range plans {
		if allowed[plan.Metadata.Namespace] {
			admitted = append(admitted, plan)
			continue
		}
		refused = append(refused, Problem{Position: plan.NamespaceAt, Plan: plan.Key(), Message: "namespace " + plan.Metadata.Namespace +
			" is not one that source " + s.Name + " may touch; add it to the source's namespaces in the configuration, or to --namespaces"})
	}
	return admitted, refused
}
