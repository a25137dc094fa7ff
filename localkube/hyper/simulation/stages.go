package simulation

import (
	"encoding/json"
	"fmt"
	"maps"
	"text/template"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/utils/cel"

	"github.com/patchwave/patchwave/localkube/hyper/kubelet"
)

// nodeSelector finds the nodes whose kubelet is simulated. Taking the label off a node is stopping its kubelet. A
// label and not an annotation, since the watch itself must tell of a node that loses it.
const nodeSelector = "localkube/kubelet=simulated"

const (
	// turnFunc and delayFunc are what the stages' expressions call on the object at hand.
	turnFunc  = "Turn"
	delayFunc = "TurnDelay"
	playFunc  = "Play"

	registerTurn = "register"
)

// stages are kwok's view of the kubelet's turns: the expressions only ask package kubelet, which decides in Go. At
// most one turn is due at a time, so that kwok never has to choose.
func stages(memory *kubelet.Memory) map[internalversion.StageResourceRef][]*internalversion.Stage {
	registerExpressions(memory)
	pod := internalversion.StageResourceRef{APIGroup: "v1", Kind: "Pod"}
	node := internalversion.StageResourceRef{APIGroup: "v1", Kind: "Node"}
	made := map[internalversion.StageResourceRef][]*internalversion.Stage{
		node: {stage(node, registerTurn, patch(`{{ PlayNode . }}`))},
	}
	for _, turn := range kubelet.Turns() {
		made[pod] = append(made[pod], stage(pod, turn, step(turn)))
	}
	return made
}

func step(turn string) internalversion.StageStep {
	if turn == kubelet.Terminate {
		return internalversion.StageStep{Delete: true}
	}
	return patch(fmt.Sprintf(`{{ %s %q . (NodeIPWith .spec.nodeName) }}`, playFunc, turn))
}

// patch writes what the template makes. It holds the UID, so that it can never reach a namesake born since.
func patch(text string) internalversion.StageStep {
	return internalversion.StageStep{Patch: &internalversion.StagePatch{Subresource: "status", Template: text}}
}

func stage(ref internalversion.StageResourceRef, turn string, step internalversion.StageStep) *internalversion.Stage {
	due := fmt.Sprintf("self.%s() == %q", turnFunc, turn)
	delay := fmt.Sprintf("self.%s()", delayFunc)
	return &internalversion.Stage{
		ObjectMeta: metav1.ObjectMeta{Name: turn},
		Spec: internalversion.StageSpec{
			ResourceRef: ref,
			Selector: &internalversion.StageSelector{MatchExpressions: []internalversion.MatchExpression{
				{CEL: &internalversion.ExpressionCEL{Expression: due}},
			}},
			Delay: &internalversion.StageDelay{DurationFrom: &internalversion.ExpressionFrom{
				CEL: &internalversion.ExpressionCEL{Expression: delay},
			}},
			Steps: []internalversion.StageStep{step},
		},
	}
}

// registerExpressions adds our functions to those kwok's expressions know.
func registerExpressions(memory *kubelet.Memory) {
	maps.Copy(cel.DefaultFuncs, map[string][]any{
		turnFunc:  {memory.Next, nodeTurn},
		delayFunc: {memory.Delay, func(*corev1.Node) time.Duration { return 0 }},
	})
}

func nodeTurn(node *corev1.Node) string {
	if kubelet.Registered(node) {
		return ""
	}
	return registerTurn
}

// templateFuncs are what the stages' templates call. JSON is YAML, so the answer needs no templating.
func templateFuncs(memory *kubelet.Memory, pool *kubelet.Addresses) template.FuncMap {
	return template.FuncMap{
		playFunc: func(turn string, object any, hostIP string) (string, error) {
			pod := &corev1.Pod{}
			if err := retype(object, pod); err != nil {
				return "", err
			}
			patch, err := memory.Play(turn, pod, kubelet.Host{Now: metav1.Now(), IP: hostIP, Addresses: pool})
			return string(patch), err
		},
		"PlayNode": func(object any) (string, error) {
			node := &corev1.Node{}
			if err := retype(object, node); err != nil {
				return "", err
			}
			patch, err := kubelet.Register(node, metav1.Now())
			return string(patch), err
		},
	}
}

// retype undoes kwok's conversion of the object to plain maps.
func retype(object, into any) error {
	data, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("reading the object of a stage: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading the object of a stage: %w", err)
	}
	return nil
}
