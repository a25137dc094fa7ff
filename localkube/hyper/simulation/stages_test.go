package simulation

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/utils/gotpl"
	"sigs.k8s.io/kwok/pkg/utils/lifecycle"

	"github.com/patchwave/patchwave/localkube/hyper/kubelet"
)

// kwok must understand our expressions and templates, and find the turn that package kubelet finds.
func TestKwokPlaysTheTurnThatIsDue(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", UID: "u-1", Generation: 1}}
	pod.Spec.NodeName = "node-1"
	pod.Spec.Containers = []corev1.Container{{Name: "c", Image: "a:v1"}}
	if _, status := playNext(t, "Pod", pod, "start", 50*time.Millisecond); status["podIP"] != "10.128.0.1" {
		t.Errorf("status %v", status)
	}
	pod.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	if deleted, _ := playNext(t, "Pod", pod, kubelet.Terminate, 30*time.Millisecond); !deleted {
		t.Error("a terminating pod was not deleted")
	}
}

func TestKwokRegistersNodesOnce(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-1", UID: "u-2"}}
	if _, status := playNext(t, "Node", node, registerTurn, 0); len(status["conditions"].([]any)) == 0 {
		t.Errorf("status %v", status)
	}
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionFalse}}
	if stage := match(t, "Node", node); stage != nil {
		t.Errorf("a node made to fail is taken up again by %q", stage.Name())
	}
}

// still is a memory for which no time passes.
func still() *kubelet.Memory {
	return kubelet.NewMemory(func() time.Time { return time.Unix(1000, 0) })
}

func match(t *testing.T, kind string, object metav1.Object) *lifecycle.Stage {
	t.Helper()
	known, err := lifecycle.NewLifecycle(stages(still())[internalversion.StageResourceRef{APIGroup: "v1", Kind: kind}])
	if err != nil {
		t.Fatal(err)
	}
	stage, err := known.Match(context.Background(), &lifecycle.Event{Data: object})
	if err != nil {
		t.Fatal(err)
	}
	return stage
}

func playNext(t *testing.T, kind string, object metav1.Object, want string, delay time.Duration) (deleted bool, status map[string]any) {
	t.Helper()
	stage := match(t, kind, object)
	if stage == nil || stage.Name() != want {
		t.Fatalf("matched %v, want %q", stage, want)
	}
	got, _, err := stage.Delay(context.Background(), &lifecycle.Event{Data: object}, time.Now())
	if err != nil || got != delay {
		t.Errorf("delay %v, %v, want %v", got, err, delay)
	}
	funcs := templateFuncs(still(), kubelet.NewAddresses())
	funcs["NodeIPWith"] = func(string) string { return "10.64.0.2" } // kwok's own
	_, err = stage.DoSteps(0, nil, object, gotpl.NewRenderer(funcs), nil,
		func() error { deleted = true; return nil },
		func(patch *lifecycle.Patch) error {
			var written struct{ Status map[string]any }
			err := json.Unmarshal(patch.Data, &written)
			status = written.Status
			return err
		}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return deleted, status
}
