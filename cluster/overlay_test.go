package cluster

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
)

// TestOverlay plays a line each: "wrote A@7" is what our write returned,
// "shows A@5: A@7" what the informer has and what is then observed, "forget A"
// a deletion, "ahead" the written objects that are still remembered.
func TestOverlay(t *testing.T) {
	for name, story := range map[string]string{
		"never older than our own write": `
			wrote A@7
			shows A@5: A@7
			shows A@6: A@7
			shows A@7: A@7
			shows A@8: A@8`,
		"never back, for a reader that holds what the informer had": `
			wrote A@7
			shows A@8: A@8
			shows A@5: A@8
			ahead`,
		"versions are numbers": `
			wrote A@10
			shows A@9: A@10
			shows A@11: A@11`,
		"not ahead once the informer caught up": `
			wrote A@7
			ahead A@7
			shows A@7: A@7
			ahead`,
		"the newer of two writes stands": `
			wrote A@7
			wrote A@9
			wrote A@8
			shows A@5: A@9`,
		"each object by itself": `
			wrote A@7
			shows B@5: B@5
			shows A@5: A@7`,
		"deleted": `
			wrote A@7
			forget A
			ahead
			shows A@5: A@5`,
		"deleted, and missed by the watch": `
			wrote A@7
			missed A
			ahead`,
		"versions that cannot be compared": `
			wrote A@x
			shows A@5: A@5`,
		"nothing written": `
			forget A
			shows A@5: A@5`,
	} {
		t.Run(name, func(t *testing.T) {
			var o overlay[*corev1.Pod]
			for line := range strings.Lines(strings.TrimSpace(story)) {
				verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
				if got, want := tell(&o, verb, rest); got != want {
					t.Fatalf("%s %s: got %q", verb, rest, got)
				}
			}
		})
	}
}

func tell(o *overlay[*corev1.Pod], verb, rest string) (got, want string) {
	switch verb {
	case "wrote":
		o.wrote(version(rest))
	case "shows":
		cached, want, _ := strings.Cut(rest, ": ")
		return written(o.newest(version(cached))), want
	case "ahead":
		for _, pod := range o.ahead() {
			got += written(pod)
		}
		return got, rest
	case "forget":
		forget(o, version(rest))
	case "missed":
		forget(o, cache.DeletedFinalStateUnknown{Key: "games/p", Obj: version(rest)})
	}
	return "", ""
}

// version reads "A@7", a UID and a resourceVersion.
func version(text string) *corev1.Pod {
	uid, version, _ := strings.Cut(text, "@")
	return pod("p", func(p *corev1.Pod) { p.UID, p.ResourceVersion = types.UID(uid), version })
}

func written(p *corev1.Pod) string { return string(p.UID) + "@" + p.ResourceVersion }
