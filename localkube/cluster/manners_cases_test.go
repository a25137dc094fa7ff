package cluster

import "time"

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
	// Each pod is restarted once its first patch is done. A real kubelet then takes the kill before the pull for a crash.
	{name: "registry answers 500, fixed forward", pod: one("v1"), passing: fixing, script: func(p *player) {
		p.image(plain, "app", "v2-error")
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
	{name: "hook before the stop", pod: hooked, script: func(p *player) {
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
		p.later(30 * time.Second)
		p.kubelet(true)
		p.await(ready("app", "new"))
	}},
	{name: "node not ready, and back", alone: true, pod: one("v1"), script: func(p *player) {
		p.kubelet(false)
		p.nodeReady("False")
		p.image(plain, "app", "v2")
		p.later(10 * time.Second) // the controllers look at nodes each 5 s
		p.kubelet(true)
		p.nodeReady("True") // a real one says so itself
		p.await(ready("app", "new"))
	}},
}
