package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const notPulled = "not pulled"

// look is what was seen of one container.
type look struct {
	Name, State, ID, Image, Digest, Last string
	Started, Ready                       bool
	Restarts                             int
}

// sight is what was seen of a pod at one moment, its IDs by age: two pods' sights can be equal.
type sight struct {
	Phase             string
	Observed, Deleted bool
	Ready, AllReady   string
	Containers        []look
}

func (s seenState) word() string {
	switch {
	case s.Running != nil:
		return "running"
	case s.Waiting != nil && (s.Waiting.Reason == "ErrImagePull" || s.Waiting.Reason == "ImagePullBackOff"):
		return notPulled // the two alternate, at moments of the kubelet's own
	case s.Waiting != nil:
		return s.Waiting.Reason
	case s.Terminated != nil:
		return fmt.Sprintf("%s %d", s.Terminated.Reason, s.Terminated.ExitCode)
	}
	return "none"
}

func (s sight) String() string {
	words := []string{s.Phase, "Ready=" + cmp.Or(s.Ready, "none"), "ContainersReady=" + cmp.Or(s.AllReady, "none")}
	if !s.Observed {
		words = append(words, "not observed")
	}
	if s.Deleted {
		words = append(words, "deleted")
	}
	for _, c := range s.Containers {
		words = append(words, "| "+c.String())
	}
	return strings.Join(words, " ")
}

func (c look) String() string {
	text := fmt.Sprintf("%s %s, %s container, %s of %s digest, restarts %d, last %s", c.Name, c.State, c.ID, c.Image, c.Digest, c.Restarts, c.Last)
	if !c.Started {
		text += ", not started"
	}
	if !c.Ready {
		text += ", not ready"
	}
	return text
}

// without forgets how programs ended where that is chance.
func (s sight) without(last bool) sight {
	s.Containers = slices.Clone(s.Containers)
	for i := range s.Containers {
		if last {
			s.Containers[i].Last = "any"
		}
	}
	return s
}

// onTheWay: a container was started or has ended, and something follows. Leaving that out is safe: a kubelet looks at
// its containers once a second and writes what it finds then, so a program may be ready, replaced or started again
// before anybody hears that it ran or ended, and a probe may or may not find a program that is being killed. A busy
// kubelet may tell of a patch only together with the new container. Nobody can rely on seeing that; what a pod
// rests in is compared, and so is what it is like at a time that the case names.
func (s sight) onTheWay() bool {
	return !s.Observed || slices.ContainsFunc(s.Containers, func(c look) bool {
		return c.State == "running" && !c.Ready || c.State == "Error 1"
	})
}
