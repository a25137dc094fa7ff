package kubelet

import (
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Memory is what a kubelet knows of pods that they do not say themselves: which turns have begun, and when. Without
// it each write to a pod would start a wait anew, and a patch would change what a kill under way is followed by. As a
// kubelet that is started anew, a Memory made anew begins again with what the pod says.
type Memory struct {
	mu    sync.Mutex
	now   func() time.Time
	begun map[types.UID]map[string]begun
}

// begun is a turn under way. It is void once a container has changed otherwise.
type begun struct {
	at     time.Time
	meant  *corev1.Pod
	before string
}

// NewMemory knows nothing.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, begun: map[types.UID]map[string]begun{}}
}

// Next names the turn that is due, or nothing. A kill under way is not broken off for another patch.
func (m *Memory) Next(pod *corev1.Pod) string {
	name := Next(pod)
	if _, killing := m.under(kill, pod); killing && !terminating(pod) && name != "" {
		return kill
	}
	return name
}

// Delay is what is left of the turn's time. It begins with the first that asks.
func (m *Memory) Delay(pod *corev1.Pod) time.Duration {
	name := m.Next(pod)
	b, known := m.under(name, pod)
	if !known {
		b = m.begin(name, pod)
	}
	for _, t := range turns {
		if t.name == name {
			return max(0, t.delay(b.meant)-m.now().Sub(b.at))
		}
	}
	return 0
}

// Play makes the status patch of a turn, and forgets its beginning. A kill is followed by what it was begun for: the
// kubelet makes v2 although v3 has been asked for meanwhile, and then v3.
func (m *Memory) Play(name string, pod *corev1.Pod, host Host) ([]byte, error) {
	meant := pod
	if b, known := m.under(name, pod); known && name == kill {
		meant = b.meant
	}
	m.mu.Lock()
	delete(m.begun[pod.UID], name)
	m.mu.Unlock()
	return play(name, pod, meant, host)
}

func (m *Memory) under(name string, pod *corev1.Pod) (begun, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, known := m.begun[pod.UID][name]
	return b, known && b.before == containers(pod)
}

func (m *Memory) begin(name string, pod *corev1.Pod) begun {
	m.mu.Lock()
	defer m.mu.Unlock()
	if name == Terminate || name == "" {
		delete(m.begun, pod.UID)
		return begun{m.now(), pod, ""}
	}
	if m.begun[pod.UID] == nil {
		m.begun[pod.UID] = map[string]begun{}
	}
	b := begun{m.now(), pod.DeepCopy(), containers(pod)}
	m.begun[pod.UID][name] = b
	return b
}

// containers tells one state of all containers from another.
func containers(pod *corev1.Pod) string {
	text := ""
	each(pod, func(_ corev1.Container, s *corev1.ContainerStatus, _ bool) {
		text += fmt.Sprintln(s.Name, s.ContainerID, s.Ready, s.State.String())
	})
	return text
}
