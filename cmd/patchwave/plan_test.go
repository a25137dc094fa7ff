package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// lists are the kinds that a process watches, by the end of their paths.
var lists = map[string]string{
	"/pods": "v1 PodList", "/nodes": "v1 NodeList", "/poddisruptionbudgets": "policy/v1 PodDisruptionBudgetList",
	"/deployments": "apps/v1 DeploymentList", "/replicasets": "apps/v1 ReplicaSetList", "/statefulsets": "apps/v1 StatefulSetList",
	"/daemonsets": "apps/v1 DaemonSetList", "/controllerrevisions": "apps/v1 ControllerRevisionList",
	"/horizontalpodautoscalers": "autoscaling/v2 HorizontalPodAutoscalerList",
	"/upgrades":                 "patchwave.dev/v1alpha1 UpgradeList",
	"/evictionrequests":         "lifecycle.k8s.io/v1alpha1 EvictionRequestList",
}

// holding names the kubeconfig of a cluster with one namespace, games, that holds these
// objects, by the end of their lists' paths. Nothing ever changes in it.
func holding(t *testing.T, objects map[string]string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("watch") {
			if r.URL.Query().Has("sendInitialEvents") { // lists are asked for instead
				http.Error(w, "not supported", http.StatusBadRequest)
				return
			}
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		place := r.URL.Path[strings.LastIndex(r.URL.Path, "/"):]
		kind, isList := lists[place]
		switch {
		case isList:
			version, kind, _ := strings.Cut(kind, " ")
			fmt.Fprintf(w, `{"apiVersion":%q,"kind":%q,"metadata":{"resourceVersion":"1"},"items":[%s]}`, version, kind, objects[place])
		case strings.HasSuffix(r.URL.Path, "/namespaces/games"):
			fmt.Fprint(w, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"games"}}`)
		case strings.HasSuffix(r.URL.Path, "/lifecycle.k8s.io/v1alpha1") && objects["/evictionrequests"] != "":
			fmt.Fprint(w, `{"kind":"APIResourceList","groupVersion":"lifecycle.k8s.io/v1alpha1","resources":[{"name":"evictionrequests","kind":"EvictionRequest","namespaced":true}]}`)
		case place == "/version":
			fmt.Fprint(w, `{"major":"1","minor":"36"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"apiVersion":"v1","kind":"Status","status":"Failure","reason":"NotFound","code":404,"message":"not found"}`)
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	t.Setenv("KUBECONFIG", filepath.Join(files(t, map[string]string{"kubeconfig": kubeconfig(server.URL)}), "kubeconfig"))
}

// deployed is a Deployment with so many pods, each with a server on app:v1.
func deployed(name string, replicas int) map[string]string {
	template := `{"metadata":{"labels":{"app":"` + name + `"}},"spec":{"containers":[{"name":"server","image":"app:v1"}]}}`
	object := func(kind, called, owner, more string) string {
		text := `{"metadata":{"name":"` + called + `","namespace":"games","uid":"` + kind + called + `","generation":1` + owner + `},` + more + `}`
		if !json.Valid([]byte(text)) {
			panic("no JSON: " + text)
		}
		return text
	}
	owned := func(kind, by string) string {
		return `,"labels":{"app":"` + name + `"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"` + kind + `","name":"` + by + `","uid":"` + kind + by + `","controller":true}]`
	}
	shape := fmt.Sprintf(`"spec":{"replicas":%d,"template":%s},"status":{"observedGeneration":1,"replicas":%d,"updatedReplicas":%d}`, replicas, template, replicas, replicas)
	objects := map[string]string{
		"/deployments": object("Deployment", name, "", shape),
		"/replicasets": object("ReplicaSet", name+"-1", owned("Deployment", name), shape),
		"/nodes":       `{"metadata":{"name":"node-1"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}`,
	}
	var pods []string
	for i := range replicas {
		pods = append(pods, object("Pod", fmt.Sprintf("%s-1-%d", name, i), owned("ReplicaSet", name+"-1"),
			`"spec":{"nodeName":"node-1","containers":[{"name":"server","image":"app:v1"}]},"status":{"phase":"Running","observedGeneration":1,
			"conditions":[{"type":"Ready","status":"True"},{"type":"ContainersReady","status":"True"}],
			"containerStatuses":[{"name":"server","image":"app:v1","containerID":"c","started":true,"state":{"running":{}}}]}`))
	}
	objects["/pods"] = strings.Join(pods, ",")
	return objects
}

// A plan that does not fit the cluster is told from one with nothing to do: by words,
// and by the exit code.
func TestPlansThatDoNotFit(t *testing.T) {
	for name, test := range map[string]struct {
		objects  map[string]string
		change   []string // of the sound plan's text
		second   []string // the same of another plan beside it
		code     int
		out, err string
	}{
		"there is something to do": {deployed("lobby", 2), nil, nil, 1, "games/lobby: 2 of 2 pods to upgrade in place", ""},
		"there is nothing to do":   {deployed("lobby", 2), []string{"app:v2", "app:v1"}, nil, 0, "games/lobby: 0 of 2 pods to upgrade in place", ""},
		"scaled to none":           {deployed("lobby", 0), nil, nil, 0, "games/lobby: 0 of 0 pods to upgrade in place", ""},
		"no such workload": {
			deployed("lobbi", 2), nil, nil, 2, "games/lobby: cannot be carried out: TargetNotUsable: Deployment lobby does not exist in namespace games\n", "",
		},
		"no such kind": {
			deployed("lobby", 2),
			[]string{"kind: Deployment", "kind: StatefulSet"},
			nil, 2,
			"games/lobby: cannot be carried out: TargetNotUsable: StatefulSet lobby does not exist in namespace games; there is Deployment lobby\n", "",
		},
		"no such container": {
			deployed("lobby", 2),
			[]string{"container: server", "container: srv"},
			nil, 2,
			`blocked now: ContainerNotFound: pod lobby-1-0 has no container "srv", which the plan names; it has server`, "",
		},
		"no such container, and no pods": {
			deployed("lobby", 0),
			[]string{"container: server", "container: srv"},
			nil, 2,
			`games/lobby: cannot be carried out: ContainerNotFound: Deployment lobby has no pods, and its template has no container "srv", which the plan names; it has server`, "",
		},
		"no such namespace": {
			nil,
			[]string{"namespace: games", "namespace: game"},
			nil, 2, "",
			"a.yaml:1:1: plan game/lobby: the cluster has no namespace game; create it, or correct metadata.namespace\n",
		},
		"a gate that is not there": {
			deployed("lobby", 1),
			[]string{"spec:", "spec:\n  requireReadinessGate: true"},
			nil, 2,
			"add it to the template, which replaces the pods, or take requireReadinessGate out of the plan\n", "",
		},
		"two plans for one container": {
			deployed("lobby", 1), nil,
			[]string{"name: lobby, n", "name: other, n", "name: lobby}", "selector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}"},
			2,
			"games/other: 1 of 1 pods to upgrade in place, at most 1 unavailable at once\n" +
				"  wave 1 of 1 (100%)\n    lobby-1-0 on node-1: server: app:v1 -> app:v2\n" +
				"  blocked now: Contested: plan games/lobby claims container server of pod lobby-1-0, too; take it out of one of the two\n", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			holding(t, test.objects)
			folder := map[string]string{"a.yaml": strings.NewReplacer(test.change...).Replace(soundPlan)}
			if test.second != nil {
				folder["b.yaml"] = strings.NewReplacer(test.second...).Replace(soundPlan)
			}
			code, out, errs := patchwave(t, "plan", files(t, folder))
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(errs, test.err) {
				t.Errorf("exit code %d, out:\n%s\nerr:\n%s", code, out, errs)
			}
		})
	}
}
