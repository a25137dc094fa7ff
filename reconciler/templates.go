package reconciler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// noteTemplates keeps what the owners' templates are known to name. What they
// name while an alignment is under way, or as the plan wants it, is no news.
func (s Status) noteTemplates(plan Plan, owners []align.Owner) Status {
	before := s.known()
	var templates []Template
	for _, owner := range owners {
		known, seen := before[owner.UID]
		if !seen || owner.Mark != nil && !owner.Foreign() || !owner.Differs(plan.Spec.Images) {
			known = owner.Of(plan.Spec.Images)
		}
		i := slices.IndexFunc(templates, func(t Template) bool { return slices.Equal(t.Images, known) })
		if i < 0 {
			i, templates = len(templates), append(templates, Template{Images: known})
		}
		templates[i].Owners = append(templates[i].Owners, owner.UID)
	}
	s.Templates = templates
	return s
}

// Template is what the templates of some owners name. Most name the same, and a
// record has to be small.
type Template struct {
	Images []spec.Image `json:"images"`
	Owners []string     `json:"owners"` // UIDs
}

// known are the templates' images by their owners' UIDs.
func (s Status) known() map[string][]spec.Image {
	known := map[string][]spec.Image{}
	for _, template := range s.Templates {
		for _, owner := range template.Owners {
			known[owner] = template.Images
		}
	}
	return known
}

// TemplateChanged is why a plan stalls until Git changes or a person says resume.
const TemplateChanged = "TemplateChanged"

// overtaken is a template that somebody else has changed to other images: which
// of the two is wanted is for a person to say.
func (s scene) overtaken() Objection {
	known := s.recorded.known()
	for _, owner := range s.observed.Owners {
		if owner.Differs(known[owner.UID]) {
			objection := stalled(TemplateChanged, fmt.Sprintf("the template of %s was changed to %s, and the plan wants %s; "+
				"change the plan in Git, or let %s bring the pods to the plan", owner,
				images(owner.Of(s.plan.Spec.Images)), images(s.plan.Spec.Images), command(ResumePlan, s.plan.Key())))
			objection.GivesBack = true
			return objection
		}
	}
	return Objection{}
}

func images(images []spec.Image) string {
	var all []string
	for _, image := range images {
		all = append(all, image.Container+"="+image.Image)
	}
	return strings.Join(all, ", ")
}
