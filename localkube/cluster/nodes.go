package cluster

import (
	"context"
	"fmt"
	"net/http"
)

type object = map[string]any

// newNode is the n-th simulated node, from 1. Zones come in turn. No taint: plain pods shall run there.
func newNode(n int) object {
	name := fmt.Sprintf("node-%d", n)
	return object{
		"apiVersion": "v1", "kind": "Node",
		"metadata": object{
			"name": name,
			"labels": object{
				"localkube/kubelet":           "simulated", // what the simulation looks for
				"kubernetes.io/hostname":      name,
				"kubernetes.io/os":            "linux",
				"topology.kubernetes.io/zone": "zone-" + string(rune('a'+(n-1)%3)),
			},
		},
		"status": object{"addresses": []object{
			{"type": "InternalIP", "address": fmt.Sprintf("10.64.%d.%d", n/250, n%250+1)},
			{"type": "Hostname", "address": name},
		}},
	}
}

// addNodes makes those that are missing.
func (s *state) addNodes(ctx context.Context, a api) error {
	for n := 1; n <= s.Nodes; n++ {
		code, err := a.do(ctx, http.MethodPost, s.apiURL()+"/api/v1/nodes", newNode(n), nil)
		if err != nil {
			return fmt.Errorf("making node %d: %w", n, err)
		}
		if code >= 300 && code != http.StatusConflict {
			return fmt.Errorf("making node %d: the API server answers %d; see %q", n, code, s.log("kube-apiserver"))
		}
	}
	return nil
}

// nodesReady counts the nodes whose Ready condition is True.
func (s *state) nodesReady(ctx context.Context, a api) int {
	var list struct {
		Items []struct {
			Status struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	if code, err := a.do(ctx, http.MethodGet, s.apiURL()+"/api/v1/nodes", nil, &list); err != nil || code != http.StatusOK {
		return 0
	}
	ready := 0
	for _, node := range list.Items {
		for _, c := range node.Status.Conditions {
			if c.Type == "Ready" && c.Status == "True" {
				ready++
			}
		}
	}
	return ready
}

// allNodes counts those there shall be.
func (s *state) allNodes() int {
	if s.Real {
		return s.Nodes + 1
	}
	return s.Nodes
}

func (s *state) nodesInWords() string {
	if s.Real {
		return fmt.Sprintf("%d simulated nodes and the real node %q", s.Nodes, realNode)
	}
	return fmt.Sprintf("%d simulated nodes", s.Nodes)
}
