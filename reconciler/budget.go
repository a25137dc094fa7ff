package reconciler

import "slices"

// maxInFlight bounds the pods under way at once, whatever the budget allows:
// beyond it each pod only waits longer for the API server and its kubelet.
const maxInFlight = 64

// pick chooses the pods to start now, within the budget and the pace.
//
// A pod that serves is started only while fewer pods than maxUnavailable are
// unavailable or under way; a broken pod takes nothing away and needs no room.
func pick(plan Plan, pods []subject, progress progress) []subject {
	room := plan.Spec.Unavailable(len(pods)) - len(occupants(pods))
	pace := maxInFlight - underWay(pods)
	var starts []subject
	for _, pod := range progress.candidates() {
		switch {
		case len(starts) >= pace:
			return starts
		case !pod.Ready.True:
			starts = append(starts, pod)
		case room > 0:
			starts = append(starts, pod)
			room--
		}
	}
	return starts
}

// occupants are the pods that use the budget: unavailable for any cause, or
// under way. Failures within maxFailures do not eat it for ever.
func occupants(pods []subject) []subject {
	return slices.DeleteFunc(slices.Clone(pods), func(s subject) bool {
		idle := s.Phase == Outdated || s.Phase == Strayed
		return s.Phase == Failed || s.Phase == Updated || idle && s.available
	})
}
