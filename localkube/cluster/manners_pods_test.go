package cluster

import "fmt"

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

func hooked(p *player) object {
	app := p.container("app", "v1", 8080)
	app["lifecycle"] = object{"preStop": object{"sleep": object{"seconds": 6}}}
	return object{"containers": []object{app}}
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
