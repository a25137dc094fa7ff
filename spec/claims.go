package spec

import (
	"encoding/json"
	"fmt"

	"github.com/patchwave/patchwave/schema"
)

// claim is one container of what a plan names as its target.
type claim struct{ namespace, target, container string }

// claimed is where a document makes a claim.
type claimed struct {
	*document

	pointer string
}

// refuseRivals refuses all plans that name one container of the same target: run would
// stop both, whichever came first. Targets that only overlap show in the cluster alone.
func refuseRivals(documents []*document) {
	claims := map[claim][]claimed{}
	for _, d := range documents {
		target, err := json.Marshal(schema.At(d.value, "/spec/target"))
		if len(d.problems) > 0 || err != nil {
			continue
		}
		each(d.value, "/spec/images", func(pointer string, image map[string]any) {
			container, _ := image["container"].(string)
			c := claim{d.key.Namespace, string(target), container}
			claims[c] = append(claims[c], claimed{d, pointer + "/container"})
		})
	}
	for c, rivals := range claims {
		for i, one := range rivals {
			if len(rivals) > 1 {
				other := rivals[(i+1)%len(rivals)]
				one.contest(c, other, len(rivals)-2)
			}
		}
	}
}

// contest says which other plan makes the same claim, and how many more do.
func (d claimed) contest(c claim, other claimed, more int) {
	text := fmt.Sprintf("plan %s at %s", other.key, other.locate(other.pointer, false))
	if more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	d.refuseAll([]schema.Violation{wrong(d.pointer, "%s names container %s of the same target, too; both would stop, so none of them is used: take it out of one",
		text, short(c.container))})
}
