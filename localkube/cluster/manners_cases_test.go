package cluster

import (
	"fmt"
	"time"
)

// cases are what the README names. Each begins with its pod Ready, and each step ends with the pod at rest.
var cases = []manner{
	{name: "image patched", pod: one("v1"), script: func(p *player) {
		p.image(plain, "app", "v2")
		p.await(ready("app", "new"))
	}},
	{name: "gate closed around a patch", pod: gated, script: func(p *player) {
		p.gate("True")
		p.await(func(s sight) bool { return s.Ready == "True" })
		p.gate("False")
		p.await(func(s sight) bool { return s.Ready == "False" })
		p.image(plain, "app", "v2")
		p.await(func(s sight) bool { return s.is("app", "new") && s.AllReady == "True" })
		p.gate("True")
		p.await(ready("app", "new"))
	}},
	// A real kubelet forgets the pull's reason when the image changes, and may name another for a moment.
	{name: "missing tag, fixed forward", pod: one("v1"), passing: fixing, script: func(p *player) {
		p.image(plain, "app", "v2-bad")
		p.await(func(s sight) bool { return s.state("app") == notPulled })
		p.image(plain, "app", "v3")
		p.await(ready("app", "new"))
	}},
	{name: "crash loop, fixed forward", pod: one("v1"), script: func(p *player) {
		p.image(plain, "app", "v2-start5s-crash")
		p.await(func(s sight) bool { return s.state("app") == "CrashLoopBackOff" })
		p.image(plain, "app", "v3")
		p.await(func(s sight) bool { return s.Ready == "True" })
	}},
	{name: "same digest, other tag", pod: one("v1"), script: func(p *player) {
		p.image(plain, "app", "v1_again")
		p.await(ready("app", "new"))
	}},
	{name: "two containers, one patched", pod: two("v1"), script: func(p *player) {
		p.image(plain, "side", "v2")
		p.await(ready("side", "new"))
	}},
	{name: "two containers, both patched", pod: two("v1-stop1s"), script: func(p *player) {
		p.image(plain, "app", "v2", "side", "v2")
		p.await(func(s sight) bool { return s.is("app", "new") && s.is("side", "new") && s.Ready == "True" })
	}},
	{name: "native sidecar patched", pod: withInit(object{"restartPolicy": "Always"}), script: func(p *player) {
		p.image(initial, "first", "v2")
		p.await(ready("first", "new"))
	}},
	{name: "plain init container patched", pod: withInit(object{"command": []string{"/game", "sleep", "100ms"}}), script: func(p *player) {
		p.image(initial, "first", "v2")
		p.await(func(s sight) bool { return s.Observed })
	}},
	// The second program is told to end as soon as it runs: a probe may still reach it, and the signal may come before
	// it listens, and then it is killed when its grace is over.
	{
		name: "two quick patches", passing: is("app", "new"), noLast: true,
		pod: one("v1-stop6s"), script: func(p *player) {
			p.image(plain, "app", "v2")
			p.await(observed)
			p.image(plain, "app", "v3")
			p.later(time.Second)
			p.await(ready("app", "newer"))
		},
	},
	{name: "slow start", pod: one("v1"), script: func(p *player) {
		p.image(plain, "app", "v2-start5s")
		p.await(is("app", "new"))
		p.record.did("then")
		p.await(ready("app", "new"))
	}},
	{name: "slow stop", pod: one("v1-stop6s"), script: func(p *player) {
		p.image(plain, "app", "v2")
		p.await(observed)
		p.record.did("then")
		p.await(ready("app", "new"))
	}},
	{name: "deaf to the signal to stop", pod: with(one("v1-deaf"), "terminationGracePeriodSeconds", 6), script: func(p *player) {
		p.image(plain, "app", "v2")
		p.await(observed)
		p.record.did("then")
		p.await(ready("app", "new"))
	}},
	{name: "restart policy Never", pod: with(one("v1"), "restartPolicy", "Never"), script: func(p *player) {
		p.image(plain, "app", "v2")
		p.await(ready("app", "new"))
	}},
	{name: "restart policy Never, crash", pod: with(one("v1"), "restartPolicy", "Never"), script: func(p *player) {
		p.image(plain, "app", "v2-start5s-crash")
		p.await(func(s sight) bool { return s.Phase == "Failed" })
	}},
	{name: "slow pull", alone: true, pod: one("v1"), script: func(p *player) {
		p.image(plain, "app", "v2-slow8s")
		p.later(6 * time.Second)
		p.await(ready("app", "new"))
	}},
	// A program that ends at once may be gone before its kubelet has said that it knows.
	{name: "deleted", pod: one("v1"), passing: func(s sight) bool { return s.Observed && s.Phase == "Running" }, script: func(p *player) {
		p.delete()
		p.await(func(sight) bool { return false })
	}},
	{name: "deleted, slow stop", pod: one("v1-stop6s"), script: func(p *player) {
		p.delete()
		p.await(func(s sight) bool { return s.Deleted && s.Observed })
		p.record.did("then")
		p.await(func(sight) bool { return false })
	}},
	{name: "patched while the kubelet is away", alone: true, pod: one("v1"), script: func(p *player) {
		p.kubelet(false)
		p.image(plain, "app", "v2")
		p.later(2 * time.Second)
		p.kubelet(true)
		p.await(ready("app", "new"))
	}},
}

const (
	plain   = "containers"
	initial = "initContainers"
)

func one(tag string) func(*player) object {
	return func(p *player) object { return object{"containers": []object{p.container("app", tag, 8080)}} }
}

func two(tag string) func(*player) object {
	return func(p *player) object {
		return object{"containers": []object{p.container("app", tag, 8080), p.container("side", tag, 8081)}}
	}
}

func gated(p *player) object {
	spec := one("v1")(p)
	spec["readinessGates"] = []object{{"conditionType": gateType}}
	return spec
}

func withInit(more object) func(*player) object {
	return func(p *player) object {
		spec := one("v1")(p)
		first := object{
			"name": "first", "image": p.ref("v1"), "env": []object{{"name": "GAME_ADDRESS", "value": ":8081"}},
		}
		for key, value := range more {
			first[key] = value
		}
		spec["initContainers"] = []object{first}
		return spec
	}
}

func with(pod func(*player) object, key string, value any) func(*player) object {
	return func(p *player) object {
		spec := pod(p)
		spec[key] = value
		return spec
	}
}

// container has a probe each second, as the simulated kubelet pretends.
func (p *player) container(name, tag string, probed int) object {
	return object{
		"name": name, "image": p.ref(tag), "env": []object{{"name": "GAME_ADDRESS", "value": fmt.Sprint(":", probed)}},
		"readinessProbe": object{"httpGet": object{"path": "/healthz", "port": probed}, "periodSeconds": 1},
	}
}

// observed is a patch that the kubelet knows of; where the old program is slow to end, it serves on.
func observed(s sight) bool { return s.Observed }

func ready(container, age string) func(sight) bool {
	return func(s sight) bool { return s.is(container, age) && s.Ready == "True" }
}

func is(container, age string) func(sight) bool {
	return func(s sight) bool { return s.is(container, age) }
}

// fixing is the wait after a pull in vain, under any name.
func fixing(s sight) bool {
	return s.Observed && (s.state("app") == "CrashLoopBackOff" || s.state("app") == notPulled)
}

func (s sight) is(container, age string) bool {
	for _, c := range s.Containers {
		if c.Name == container {
			return c.ID == age && c.State == "running"
		}
	}
	return false
}

func (s sight) state(container string) string {
	for _, c := range s.Containers {
		if c.Name == container {
			return c.State
		}
	}
	return ""
}
