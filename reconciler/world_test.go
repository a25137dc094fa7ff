package reconciler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/spec"
)

// epoch is when every story begins.
var epoch = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// world is a small cluster with a kubelet and a clock of its own. It shares no
// code with the heart: what it knows of a pod's life is written here again.
type world struct {
	t        *testing.T
	now      time.Time
	plan     Plan
	pods     []*simPod
	status   Status
	request  *Request
	budgets  func() []Budget
	closed   []string // spans in which law 5 lets no pod be started, as days and hours of March
	operator calendar.Hours
	rival    func(*simPod) // sees each of our patches
	wants    int           // pods that their workload is to have; 0 for bare pods
	pending  []event
	timeline []string
	seen     Memory
	shuffle  *rand.Rand // nil: in order

	effects int // writes done so far
	crashAt int // before which write the process dies, 0 for never
}

// simPod is a pod with what the world alone knows of it.
type simPod struct {
	Pod
	restarts int
	healthy  bool      // serving when its update was started
	jammed   bool      // its node cannot pull any image
	blind    bool      // its kubelet sees no patch
	image    string    // that its kubelet started last, or tries to
	syncing  bool      // its kubelet is at work
	drained  time.Time // since when it is not Ready with its gate closed
}

type event struct {
	at time.Time
	do func()
}

// manner is how an image behaves: by its tag.
func broken(image string) bool { return strings.Contains(image, ":bad") }

// deaf is an image in which no kubelet sees another one than that which runs.
func deaf(image string) bool { return strings.Contains(image, ":same") }

const (
	seeTime   = 20 * time.Millisecond
	killTime  = 300 * time.Millisecond
	startTime = time.Second
	readyLag  = 100 * time.Millisecond
)

func (w *world) tell(format string, args ...any) {
	w.timeline = append(w.timeline, fmt.Sprintf("%8.1fs  ", w.now.Sub(epoch).Seconds())+fmt.Sprintf(format, args...))
}

func (w *world) after(d time.Duration, do func()) {
	if w.shuffle != nil {
		d += time.Duration(w.shuffle.IntN(700)) * time.Millisecond
	}
	w.pending = append(w.pending, event{w.now.Add(d), do})
}

// run lives until nothing more happens.
func (w *world) run() {
	for range 10000 {
		again, wakeAt := w.look()
		if again {
			continue
		}
		if !w.advance(wakeAt) {
			return
		}
	}
	w.t.Fatalf("the story does not end:\n%s", strings.Join(w.timeline[max(0, len(w.timeline)-30):], "\n"))
}

// advance goes to the next event, or to wakeAt; false when there is neither.
func (w *world) advance(wakeAt time.Time) bool {
	slices.SortStableFunc(w.pending, func(a, b event) int { return a.at.Compare(b.at) })
	if len(w.pending) > 0 && (wakeAt.IsZero() || !wakeAt.Before(w.pending[0].at)) {
		next := w.pending[0]
		w.pending = w.pending[1:]
		w.now = next.at
		next.do()
		return true
	}
	if wakeAt.IsZero() {
		return false
	}
	if !wakeAt.After(w.now) {
		w.t.Fatalf("at %s Decide asks to be woken at %s, which has passed", w.now, wakeAt)
	}
	w.now = wakeAt
	return true
}

// look is one turn of the loop.
func (w *world) look() (again bool, wakeAt time.Time) {
	observed := Observed{Status: w.status, Request: w.request}
	if w.budgets != nil {
		observed.Budgets = w.budgets()
	}
	for _, pod := range w.pods {
		observed.Pods = append(observed.Pods, pod.Pod)
	}
	if w.wants > 0 {
		observed = ownedBy("lobby", w.wants, w.plan.Spec.Images, observed)
	}
	if w.shuffle != nil {
		w.shuffle.Shuffle(len(observed.Pods), func(i, j int) {
			observed.Pods[i], observed.Pods[j] = observed.Pods[j], observed.Pods[i]
		})
	}
	w.seen.Note(w.plan, observed, w.now)
	decision := Decide(w.plan, observed, w.now)
	w.checkQuiet(observed, decision)
	if !w.status.Same(decision.Status) {
		if w.crash() {
			return true, time.Time{}
		}
		for _, turn := range Turns(w.plan.Key(), w.status, decision.Status) {
			w.tell("%s: %s", turn.Reason, turn.Message)
		}
		w.status, again = decision.Status, true
	}
	for _, action := range decision.Actions {
		if w.crash() {
			return true, time.Time{}
		}
		w.apply(action)
		again = true
	}
	w.checkBudget()
	return again, decision.WakeAt
}

// crash counts a write, and tells whether the process dies before it: all that
// it remembered is lost.
func (w *world) crash() bool {
	w.effects++
	if w.effects == w.crashAt {
		w.seen = Memory{}
		return true
	}
	return false
}

func (w *world) apply(action Action) {
	pod := w.pod(action.Pod.Name)
	switch action.Verb {
	case Drain:
		w.checkHours(pod)
		w.checkRoom(pod)
		pod.healthy = true
		pod.Gate.Closed, pod.Gate.Since = true, w.now.Truncate(time.Second)
		pod.Drain = &action.Drain
		w.tell("drain  %s", pod.Name)
	case Reopen:
		pod.Gate.Closed, pod.Gate.Since = false, w.now.Truncate(time.Second)
		pod.Drain = nil
		w.tell("reopen %s", pod.Name)
	case Patch:
		w.checkGrace(pod)
		if !pod.Gate.Closed {
			w.checkHours(pod)
			w.checkRoom(pod)
		}
		pod.healthy = pod.healthy || pod.Ready.True
		w.tell("patch  %s %s", pod.Name, action.Images[0].Image)
		w.patch(pod, action)
	}
	w.seen.Acted(action, nil, w.now)
	w.after(readyLag, func() { w.follow(pod) })
}

// patch takes our marks and image; the kubelet kills, pulls and starts.
func (w *world) patch(pod *simPod, action Action) {
	pod.Marks = action.Marks
	if w.rival != nil {
		w.rival(pod)
	}
	w.write(pod, action.Images[0].Image, Writer)
}

// stray has somebody else write a pod's image.
func (w *world) stray(name, image, writer string) {
	w.tell("%s writes %s to %s", writer, image, name)
	w.write(w.pod(name), image, writer)
}

func (w *world) write(pod *simPod, image, writer string) {
	c := &pod.Containers[0]
	c.Image, c.Writer, c.WrittenAt = image, writer, w.now.Truncate(time.Second)
	pod.Generation++
	w.after(seeTime, func() { w.sync(pod) })
}

// sync is the kubelet's: it kills, pulls and starts what the spec said when it
// began, and then looks at the spec again.
func (w *world) sync(pod *simPod) {
	c := &pod.Containers[0]
	if pod.syncing || pod.blind || pod.Node == "" {
		return
	}
	pod.ObservedGeneration = pod.Generation
	if pod.image == c.Image || deaf(c.Image) {
		return
	}
	pod.syncing, pod.image = true, c.Image
	w.after(killTime-seeTime, func() { w.pull(pod, pod.image) })
}

func (w *world) pull(pod *simPod, image string) {
	c := &pod.Containers[0]
	c.Running, pod.ContainersReady = false, false
	w.follow(pod)
	if broken(image) || pod.jammed {
		c.Waiting, c.Message = "ErrImagePull", "manifest unknown"
		w.synced(pod)
		return
	}
	w.after(startTime, func() { w.started(pod, image); w.synced(pod) })
}

func (w *world) synced(pod *simPod) {
	pod.syncing = false
	w.sync(pod)
}

func (w *world) started(pod *simPod, image string) {
	c := &pod.Containers[0]
	pod.restarts++
	c.ID = fmt.Sprintf("containerd://%s-%d", pod.Name, pod.restarts)
	c.RunningImage, c.Running, c.Waiting, c.Message = image, true, "", ""
	c.StartedAt = w.now.Truncate(time.Second)
	pod.ContainersReady = true
	if strings.HasSuffix(image, ":crash") {
		c.Running, c.Waiting, c.Message, pod.ContainersReady = false, "CrashLoopBackOff", "back-off restarting failed container", false
	}
	w.follow(pod)
}

// follow lets Ready follow containers and gate.
func (w *world) follow(pod *simPod) {
	ready := pod.ContainersReady && !pod.Gate.Closed
	if ready != pod.Ready.True {
		pod.Ready = Condition{True: ready, Since: w.now.Truncate(time.Second)}
		if !ready {
			pod.drained = w.now
		}
	}
	if ready && len(pod.changesOf(w.plan)) == 0 {
		pod.healthy = false
	}
}

func (p *simPod) changesOf(plan Plan) []spec.Image { return p.changes(plan.Spec.Images) }

func (w *world) pod(name string) *simPod {
	for _, pod := range w.pods {
		if pod.Name == name {
			return pod
		}
	}
	w.t.Fatalf("no pod %s", name)
	return nil
}

// ask has a person ask something of the plan in force.
func (w *world) ask(verb RequestVerb, wave int) {
	w.request = &Request{ID: fmt.Sprint(verb, wave, w.now), Verb: verb, Digest: w.plan.Digest, Wave: wave, By: "ada", Reason: "INC-231"}
	w.tell("%s by ada", verb)
}

// at has something happen so long after the beginning.
func (w *world) at(since time.Duration, do func()) *world {
	w.pending = append(w.pending, event{epoch.Add(since), do})
	return w
}

// checkGrace is law 3.
func (w *world) checkGrace(pod *simPod) {
	grace := time.Duration(w.plan.Spec.GracePeriodSeconds) * time.Second
	if pod.Ready.True && pod.Gate.Type != "" && grace > 0 {
		w.t.Errorf("pod %s is patched while it serves", pod.Name)
	}
	if pod.Gate.Closed && w.now.Sub(pod.drained) < grace {
		w.t.Errorf("pod %s is patched %s after it was drained, its grace is %s", pod.Name, w.now.Sub(pod.drained), grace)
	}
}

// checkHours is law 5, by what the story itself says of time.
func (w *world) checkHours(pod *simPod) {
	for _, span := range w.closed {
		from, to, _ := strings.Cut(span, " to ")
		if !w.now.Before(march(from)) && w.now.Before(march(to)) {
			w.t.Errorf("pod %s is started at %s, which is in %s", pod.Name, w.now, span)
		}
	}
}

// march reads "2 15:04" as a moment of March 2026.
func march(text string) time.Time {
	at, err := time.Parse("2006-1 2 15:04:05", "2026-3 "+text)
	if err != nil {
		at, err = time.Parse("2006-1 2 15:04", "2026-3 "+text)
	}
	if err != nil {
		panic(err)
	}
	return at
}

// checkBudget is law 2a.
func (w *world) checkBudget() {
	if out, most := w.out(), w.most(); out > most {
		w.t.Errorf("at %s %d pods that served are under way, at most %d may be", w.now.Sub(epoch), out, most)
	}
}

// checkRoom is the part of law 2b that those who are not there have in it.
func (w *world) checkRoom(pod *simPod) {
	missing := max(0, w.wants-len(w.pods))
	if out, most := w.out()+missing+1, w.most(); pod.Ready.True && out > most {
		w.t.Errorf("at %s pod %s is started as number %d of those out, %d of them missing; at most %d may be", w.now.Sub(epoch), pod.Name, out, missing, most)
	}
}

// out counts the pods under way that served.
func (w *world) out() int {
	out := 0
	for _, pod := range w.pods {
		if pod.healthy && (!pod.Ready.True || pod.Gate.Closed) {
			out++
		}
	}
	return out
}

// most is how many pods may be unavailable, of those that are wanted.
func (w *world) most() int {
	wanted := w.wants
	if wanted == 0 {
		wanted = len(w.pods)
	}
	return w.plan.Spec.Unavailable(wanted)
}

// checkQuiet: with nothing new observed, Decide says the same at every instant
// before WakeAt.
func (w *world) checkQuiet(observed Observed, decision Decision) {
	if len(decision.Actions) > 0 || !observed.Status.Same(decision.Status) {
		return
	}
	span := time.Hour
	if !decision.WakeAt.IsZero() {
		span = decision.WakeAt.Sub(w.now)
	}
	for _, part := range []time.Duration{span / 3, span - 1} {
		other := Decide(w.plan, observed, w.now.Add(part))
		if len(other.Actions) > 0 || !other.Status.Same(decision.Status) {
			w.t.Fatalf("Decide at %s promised to be quiet until %s, and is not %s later:\n%+v", w.now, decision.WakeAt, part, other.Actions)
		}
	}
}
