package cluster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// An autoscaler matters where its controller multiplies the number of Ready pods, of a
// workload of the plan, and may scale down.
func TestAutoscalers(t *testing.T) {
	const (
		lobby     = `"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"lobby"}`
		queue     = `"metrics":[{"type":"External","external":{"metric":{"name":"players"},"target":{"type":"Value","value":"100"}}}]`
		perPod    = `{"type":"External","external":{"metric":{"name":"players"},"target":{"type":"AverageValue","averageValue":"100"}}}`
		described = `"metric":{"name":"hits"},"describedObject":{"apiVersion":"v1","kind":"Service","name":"lobby"}`
		cpu       = `{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}`
	)
	ofObject := func(target string) string {
		return `"metrics":[{"type":"Object","object":{` + described + `,"target":{` + target + `}}}]`
	}
	for name, test := range map[string]struct {
		spec []string
		want string // window and least number; "" for an autoscaler that does not matter
	}{
		"external, with defaults":         {[]string{lobby, queue}, "5m0s 1"},
		"of an object":                    {[]string{lobby, ofObject(`"type":"Value","value":"10k"`)}, "5m0s 1"},
		"beside another metric":           {[]string{lobby, `"metrics":[` + cpu + `,` + strings.TrimPrefix(queue, `"metrics":[`)}, "5m0s 1"},
		"another version of the group":    {[]string{strings.Replace(lobby, "apps/v1", "apps/v1beta2", 1), queue}, "5m0s 1"},
		"a window of its own":             {[]string{lobby, queue, `"behavior":{"scaleDown":{"stabilizationWindowSeconds":900}}`}, "15m0s 1"},
		"no window":                       {[]string{lobby, queue, `"behavior":{"scaleDown":{"stabilizationWindowSeconds":0}}`}, "0s 1"},
		"a behavior for scaling up":       {[]string{lobby, queue, `"behavior":{"scaleUp":{"stabilizationWindowSeconds":900,"selectPolicy":"Disabled"}}`}, "5m0s 1"},
		"a least number":                  {[]string{lobby, queue, `"minReplicas":4`}, "5m0s 4"},
		"never scales down":               {[]string{lobby, queue, `"behavior":{"scaleDown":{"selectPolicy":"Disabled"}}`}, ""},
		"by pod":                          {[]string{lobby, `"metrics":[` + perPod + `]`}, ""},
		"of an object, by pod":            {[]string{lobby, ofObject(`"type":"AverageValue","averageValue":"1k"`)}, ""},
		"of an object, by pod, with both": {[]string{lobby, ofObject(`"type":"AverageValue","averageValue":"1k","value":"10k"`)}, ""},
		"by use of the CPU":               {[]string{lobby, `"metrics":[` + cpu + `]`}, ""},
		"without metrics":                 {[]string{lobby}, ""},
		"an unknown kind of metric":       {[]string{lobby, `"metrics":[{"type":"External"}]`}, ""},
		"of another workload":             {[]string{strings.Replace(lobby, `"lobby"`, `"match"`, 1), queue}, ""},
		"of another kind":                 {[]string{strings.Replace(lobby, `Deployment`, `StatefulSet`, 1), queue}, ""},
		"of another group":                {[]string{strings.Replace(lobby, `apps/v1`, `apps.kruise.io/v1alpha1`, 1), queue}, ""},
		"of no group":                     {[]string{strings.Replace(lobby, `"apiVersion":"apps/v1",`, ``, 1), queue}, ""},
		"of a version that is none":       {[]string{strings.Replace(lobby, `apps/v1`, `apps/v1/x`, 1), queue}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := autoscalersFrom(t, http.StatusOK, `{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscalerList","items":[
				{"metadata":{"name":"by-load","namespace":"games"},"spec":{"maxReplicas":10,`+strings.Join(test.spec, ",")+`}}]}`)
			if err != nil {
				t.Fatal(err)
			}
			var told []string
			for _, a := range got {
				told = append(told, fmt.Sprint(a.Window, " ", a.Least))
				if a.Name != "by-load" || a.Owner.Name != "lobby" {
					t.Errorf("it is %s of %s", a.Name, a.Owner)
				}
			}
			if strings.Join(told, ", ") != test.want {
				t.Errorf("got %q, want %q", told, test.want)
			}
		})
	}
}

// The right to read autoscalers is nobody's duty to give.
func TestAutoscalersThatCannotBeRead(t *testing.T) {
	for name, test := range map[string]struct {
		answer metav1.Status
		fails  bool
	}{
		"no right":           {refusing(http.StatusForbidden, metav1.StatusReasonForbidden), false},
		"not served":         {refusing(http.StatusNotFound, metav1.StatusReasonNotFound), false},
		"the server is ill":  {refusing(http.StatusInternalServerError, metav1.StatusReasonInternalError), true},
		"we are turned away": {refusing(http.StatusUnauthorized, metav1.StatusReasonUnauthorized), true},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(test.answer)
			if err != nil {
				t.Fatal(err)
			}
			got, err := autoscalersFrom(t, int(test.answer.Code), string(text))
			if len(got) > 0 || (err != nil) != test.fails {
				t.Errorf("got %v, %v", got, err)
			}
			if test.fails && !strings.Contains(err.Error(), "reading horizontalpodautoscalers in namespace games: ") {
				t.Errorf("it does not say what could not be read: %v", err)
			}
		})
	}
}

// autoscalersFrom is what is seen of a Deployment lobby where this is the answer.
func autoscalersFrom(t *testing.T, code int, answer string) ([]reconciler.Autoscaler, error) {
	t.Helper()
	c := showing(t)
	serve(t, c, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/apis/autoscaling/v2/namespaces/games/horizontalpodautoscalers" || r.URL.Query().Has("watch") {
			t.Errorf("asked for %s %s", r.Method, r.URL)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		fmt.Fprint(w, answer)
	})
	owner := align.Owner{Kind: "Deployment", Namespace: "games", Name: "lobby", Wanted: 10}
	return c.Autoscalers(t.Context(), planFor(spec.Target{Kind: "Deployment", Name: "lobby"}), reconciler.Observed{Owners: []align.Owner{owner}})
}

// Nobody asks for the autoscalers of bare pods.
func TestBarePodsHaveNoAutoscalers(t *testing.T) {
	c := showing(t)
	serve(t, c, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL) })
	got, err := c.Autoscalers(t.Context(), planFor(spec.Target{Kind: "Pod", Name: "p"}), reconciler.Observed{})
	if len(got) > 0 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}
