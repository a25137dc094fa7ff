package reconciler

import "time"

// sightings remembers since when this process has seen a pod not Ready with
// its gate closed. A new process begins anew: a grace gets longer by it, never
// shorter.
type sightings map[string]time.Time

// note dates the pods, and forgets those that are drained no more.
func (s sightings) note(pods []Pod, now time.Time) {
	for i, pod := range pods {
		if !pod.Gate.Closed || pod.Ready.True {
			delete(s, pod.UID)
			continue
		}
		if _, seen := s[pod.UID]; !seen {
			s[pod.UID] = now
		}
		pods[i].SeenDrained = s[pod.UID]
	}
}
