package kubelet

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// hour is a memory and its clock.
func hour() (*Memory, *time.Time) {
	now := time.Unix(1000, 0)
	return NewMemory(func() time.Time { return now }), &now
}

func TestAWriteDoesNotStartAWaitAnew(t *testing.T) {
	m, now := hour()
	w := newWorld(t, "a:v1")
	w.settle()
	w.set(0, "a:v2")
	w.turn()
	w.turn()
	w.expect("waiting", m.Delay(w.pod), time.Second)
	*now = now.Add(700 * time.Millisecond)
	w.gate(corev1.ConditionTrue)
	w.expect("left", m.Delay(w.pod), 300*time.Millisecond)
	*now = now.Add(time.Hour)
	w.expect("left when late", m.Delay(w.pod), time.Duration(0))
}

func TestAKillIsFollowedByWhatItWasBegunFor(t *testing.T) {
	m, now := hour()
	w := newWorld(t, "a:v1-stop3s")
	w.settle()
	w.set(0, "a:v2")
	w.turn()
	w.expect("kill", m.Delay(w.pod), 3230*time.Millisecond)
	*now = now.Add(time.Second)
	w.set(0, "a:v3")
	w.expect("still", m.Next(w.pod), kill)
	w.expect("left", m.Delay(w.pod), 2230*time.Millisecond)
	w.merge(m.Play(kill, w.pod, w.host))
	w.expect("second", w.status(0).Image, "a:v2")
	w.expect("observed", w.pod.Status.ObservedGeneration, int64(2))
	w.expect("then", m.Next(w.pod), "observe")
	w.turn()
	w.expect("at last", m.Delay(w.pod), 230*time.Millisecond)
	w.merge(m.Play(kill, w.pod, w.host))
	w.expect("third", w.status(0).Image, "a:v3")
	w.expect("restarts", w.status(0).RestartCount, int32(2))
}

func TestADeletionBreaksOffAKill(t *testing.T) {
	m, _ := hour()
	w := newWorld(t, "a:v1-stop3s")
	w.settle()
	w.set(0, "a:v2")
	w.turn()
	m.Delay(w.pod)
	w.pod.DeletionTimestamp = &w.host.Now
	w.expect("next", m.Next(w.pod), "end")
}
