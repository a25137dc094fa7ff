package reconciler

import "slices"

// The reasons of a plan one of whose pods under way does not come up: told at once, long
// before it has failed.
const (
	ImagePull = "ImagePull"
	CrashLoop = "CrashLoop"
	NotStarts = "ContainerNotStarting"
)

// pullReasons are the kubelet's reasons for an image that it does not get.
var pullReasons = []string{
	"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed",
}

// troubled are the pods under way of which a container waits with a reason of failure.
func (s scene) troubled() []*subject {
	return slices.DeleteFunc(having(s.pods, Patched, Settling), func(pod *subject) bool {
		_, ails := pod.trouble()
		return !ails
	})
}

// reason is what ails a pod, in a word.
func (s *subject) reason() string {
	trouble, _ := s.trouble()
	switch {
	case slices.Contains(pullReasons, trouble.Waiting) || s.unrun(trouble) != "":
		return ImagePull
	case trouble.Waiting == "CrashLoopBackOff":
		return CrashLoop
	}
	return NotStarts
}
