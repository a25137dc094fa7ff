package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// manner is one case: a pod, and what is done to it.
type manner struct {
	name    string
	alone   bool // it takes the kubelet away
	pod     func(p *player) object
	passing func(sight) bool // sights that may or may not be seen, beside those of all cases
	noLast  bool             // how a program ended is chance
	script  func(p *player)
}

// player does to one pod what the case says.
type player struct {
	l      *lab
	c      manner
	node   string // real or simulated
	pod    string
	number int
	record *record
}

func newPlayer(l *lab, w *watcher, c manner, node string) *player {
	name := strings.NewReplacer(" ", "-", ",", "").Replace(strings.ToLower(c.name)) + "-" + node
	return &player{l: l, c: c, node: node, pod: name, number: number(c), record: w.of(name)}
}

func number(c manner) int {
	for i := range cases {
		if cases[i].name == c.name {
			return i
		}
	}
	return -1
}

func (p *player) play() {
	p.send(http.MethodPost, "/api/v1/namespaces/default/pods", p.placed())
	p.await(func(s sight) bool { return s.Phase == "Running" && s.AllReady == "True" })
	p.c.script(p)
}

// placed is the case's pod on the node.
func (p *player) placed() object {
	spec := p.c.pod(p)
	selector := object{"localkube/kubelet": "simulated"}
	if p.node == "real" {
		selector = object{"localkube/node": "real"}
	}
	spec["nodeSelector"] = selector
	spec["tolerations"] = []object{{"key": "localkube/real", "operator": "Exists"}}
	if spec["terminationGracePeriodSeconds"] == nil {
		spec["terminationGracePeriodSeconds"] = 10
	}
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": p.pod}, "spec": spec}
}

// ref gives each case digests of its own: containerd names an image of two tags by either.
func (p *player) ref(tag string) string {
	version, again, found := strings.Cut(tag, "_")
	ref := fmt.Sprintf("%s/game:%s-%d", registry, version, p.number)
	if found {
		ref += "_" + again
	}
	return ref
}

// image patches containers by name: image("app", "v2", "side", "v2").
func (p *player) image(kind string, pairs ...string) {
	p.record.did(fmt.Sprint("patched ", pairs))
	p.patch(kind, pairs...)
}

func (p *player) patch(kind string, pairs ...string) {
	var containers []object
	for i := 0; i < len(pairs); i += 2 {
		containers = append(containers, object{"name": pairs[i], "image": p.ref(pairs[i+1])})
	}
	p.send(http.MethodPatch, "/api/v1/namespaces/default/pods/"+p.pod, object{"spec": object{kind: containers}})
}

func (p *player) gate(status string) {
	p.record.did("gate " + status)
	p.send(http.MethodPatch, "/api/v1/namespaces/default/pods/"+p.pod+"/status", object{"status": object{"conditions": []object{{
		"type": gateType, "status": status, "lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
	}}}})
}

func (p *player) delete() {
	p.record.did("deleted")
	p.send(http.MethodDelete, "/api/v1/namespaces/default/pods/"+p.pod, nil)
}

// later splits a step by time, for what is to last.
func (p *player) later(d time.Duration) {
	time.Sleep(d)
	p.record.did(fmt.Sprintf("%s later", d))
}

// kubelet takes the node's kubelet away, or gives it back.
func (p *player) kubelet(there bool) {
	p.record.did(fmt.Sprint("kubelet there: ", there))
	if p.node == "real" {
		if err := HoldKubelet(p.l.t.Context(), p.l.s.dir, !there, io.Discard); err != nil {
			p.l.t.Error(err)
		}
		return
	}
	label := any(nil)
	if there {
		label = "simulated"
	}
	p.send(http.MethodPatch, "/api/v1/nodes/node-1", object{"metadata": object{"labels": object{"localkube/kubelet": label}}})
}

// nodeReady says of the node what controllers would, who here hear nothing of a kubelet's end, or its kubelet.
func (p *player) nodeReady(status string) {
	name := map[string]string{"real": realNode, "simulated": "node-1"}[p.node]
	p.send(http.MethodPatch, "/api/v1/nodes/"+name+"/status", object{"status": object{"conditions": []object{{
		"type": "Ready", "status": status, "reason": "Test",
	}}}})
}

// vain is what a wait notes that nothing came of.
const vain = "waited in vain"

// await notes what did not come: then it is a difference, and not the test's end.
func (p *player) await(done func(sight) bool) {
	if !p.record.until(done) {
		p.record.did(vain)
	}
}

func (p *player) send(method, path string, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		p.l.t.Error(err)
		return
	}
	request, err := http.NewRequestWithContext(p.l.t.Context(), method, p.l.s.apiURL()+path, bytes.NewReader(data))
	if err != nil {
		p.l.t.Error(err)
		return
	}
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/strategic-merge-patch+json")
	}
	response, err := p.l.a.client.Do(request)
	if err != nil {
		p.l.t.Error(err)
		return
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		p.l.t.Errorf("%s %s %s: %s", method, path, data, response.Status)
	}
}
