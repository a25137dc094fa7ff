package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// record is what an observer reads of an Upgrade. It shares no code with
// those who write it.
type record struct {
	Metadata struct{ Generation int64 } `json:"metadata"`
	Status   struct {
		ObservedGeneration int64 `json:"observedGeneration"`
		Conditions         []metav1.Condition
		Attempt            struct {
			Digest, Result string
			Images         []struct{ Container, Image string }
			Failure        *struct{ Pod, Container, Reason, Message string }
		}
		Pods struct{ Matched, Updated, Failed, Unreachable int }
	} `json:"status"`
}

// condition is a condition's status and message.
func (r record) condition(kind string) (status, message string) {
	for _, c := range r.Status.Conditions {
		if c.Type == kind {
			return string(c.Status), c.Message
		}
	}
	return "", ""
}

// records passes on each state of the plan's record, until the test ends.
func (r *real) records() <-chan record {
	r.t.Helper()
	source, err := r.Dynamic.Resource(upgrades).Namespace(r.Namespace).Watch(r.ctx, metav1.ListOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(source.Stop)
	records := make(chan record, 10_000)
	go func() {
		defer close(records)
		for event := range source.ResultChan() {
			var read record
			if text, err := json.Marshal(event.Object); err == nil && json.Unmarshal(text, &read) == nil {
				records <- read
			}
		}
	}()
	return records
}

// observer asks the programs themselves at the moment that patchwave says
// something of them: that pods are updated, or by opening a gate, that a pod is.
type observer struct {
	r         *real
	addresses map[string]string // of the program that is rolled out to, by pod

	mu      sync.Mutex
	closed  map[string]bool // the gates, by pod
	done    map[string]bool // the tags whose roll-out was said to be complete
	checked int
	wrong   []string
}

func (r *real) observe() *observer {
	r.t.Helper()
	o := &observer{r: r, addresses: map[string]string{}, closed: map[string]bool{}, done: map[string]bool{}}
	for name, pod := range r.pods() {
		o.addresses[name] = pod.ip + ":8080"
	}
	records, states := r.records(), r.watch()
	go func() {
		for record := range records {
			o.hear(record)
		}
	}()
	go func() {
		for state := range states {
			o.see(state.Pod)
		}
	}()
	return o
}

// roll leaves a file beside each program before it commits the next image: a
// container made anew has none, whatever version it says it is.
func (o *observer) roll(tag string, lines ...string) string {
	o.r.t.Helper()
	for name, address := range o.addresses {
		if said, good := answer(http.MethodPut, "http://"+address+"/data/before-"+tag, "old"); !good {
			o.r.t.Fatalf("the program of pod %s should run on until %s is committed: %s", name, tag, said)
		}
	}
	return o.r.roll(tag, lines...)
}

// isNew tells whether a pod's program is one that was started for a tag.
func (o *observer) isNew(name, tag string) (bool, string) {
	address := o.addresses[name]
	want, _, _ := strings.Cut(tag, "_")
	if said := version(address); said != want {
		return false, fmt.Sprintf("pod %s says %s", name, said)
	}
	_, old := answer(http.MethodGet, "http://"+address+"/data/before-"+tag, "")
	return !old, fmt.Sprintf("pod %s still runs the container before", name)
}

// hear checks what a record says of the plan that it mirrors.
func (o *observer) hear(said record) {
	s := said.Status
	if s.Pods.Updated == 0 || len(s.Attempt.Images) == 0 || s.ObservedGeneration != said.Metadata.Generation {
		return
	}
	tag := s.Attempt.Images[0].Image[strings.LastIndex(s.Attempt.Images[0].Image, ":")+1:]
	news, others := 0, ""
	for name := range o.addresses {
		if is, why := o.isNew(name, tag); is {
			news++
		} else {
			others += "; " + why
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checked++
	if news < s.Pods.Updated {
		o.wrong = append(o.wrong, fmt.Sprintf("%d pods were said to be updated to %s, %d are%s", s.Pods.Updated, tag, news, others))
	}
	if ready, _ := said.condition("Ready"); ready == "True" {
		o.done[tag] = true
	}
}

// see checks a pod whose gate has opened again.
func (o *observer) see(pod *corev1.Pod) {
	closed := gateOf(pod) == corev1.ConditionFalse
	o.mu.Lock()
	opened := o.closed[pod.Name] && !closed
	o.closed[pod.Name] = closed
	o.mu.Unlock()
	image := imageOf(pod, "server")
	if !opened {
		return
	}
	is, why := o.isNew(pod.Name, image[strings.LastIndex(image, ":")+1:])
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checked++
	if !is {
		o.wrong = append(o.wrong, "a gate was opened too early: "+why)
	}
}

// untilDone waits until the record says that a tag is rolled out, and gives
// the observer's verdict on all that was said so far.
func (o *observer) untilDone(tag string) {
	o.r.t.Helper()
	o.r.until("the record says that "+tag+" is rolled out", func() (bool, string) {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.done[tag], fmt.Sprintf("%d claims checked", o.checked)
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	o.r.t.Logf("%s: %d claims checked so far", tag, o.checked)
	for _, wrong := range o.wrong {
		o.r.t.Error(wrong)
	}
	o.wrong = nil
}

// gateOf is the state of a pod's readiness gate, "" where it has none.
func gateOf(pod *corev1.Pod) corev1.ConditionStatus {
	return conditionOf(pod, "patchwave.dev/InPlaceReady")
}

func conditionOf(pod *corev1.Pod, kind corev1.PodConditionType) corev1.ConditionStatus {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == kind {
			return condition.Status
		}
	}
	return ""
}

// imageOf is the image that a pod's spec asks for.
func imageOf(pod *corev1.Pod, container string) string {
	for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
		if c.Name == container {
			return c.Image
		}
	}
	return ""
}

// statusOf is what the kubelet says of a container.
func statusOf(pod *corev1.Pod, container string) corev1.ContainerStatus {
	for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if status.Name == container {
			return status
		}
	}
	return corev1.ContainerStatus{}
}
