// Package kubelet says what a kubelet would do next with a pod, and what the pod's status is then.
//
// A pod's way is a list of turns: the first that is due is played after its delay, and only it. The turn is read
// off the pod, so a restart of the simulation loses nothing but how long a turn has been under way (see Memory). A kubelet's own order is kept
// where patchwave could stumble over it: the generation is observed before the old container dies, the old container
// dies before the pull, and status keeps the old image and IDs when the pull fails.
package kubelet
