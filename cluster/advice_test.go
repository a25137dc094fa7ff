package cluster

import (
	"context"
	"net/http"
	"strings"
	"testing"

	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An API server that does not serve a kind says so in bare text; the clients make an
// error of it, one of which names no group.
func TestAdviceOnAKindThatIsNotServed(t *testing.T) {
	c := &Cluster{}
	serve(t, c, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "404 page not found", http.StatusNotFound) })
	const advice = "the cluster does not know upgrades.patchwave.dev: apply what `patchwave install` prints"
	_, records := c.records("games").List(context.Background(), v1.ListOptions{})
	if err := explained(records, "games"); err == nil || !strings.Contains(err.Error(), advice) {
		t.Errorf("records: got %v, want %q in it", err, advice)
	}
	_, deployments := c.kube.AppsV1().Deployments("games").List(context.Background(), v1.ListOptions{})
	if err := explained(deployments, "games"); err == nil || strings.Contains(err.Error(), advice) {
		t.Errorf("Deployments: got %v, want no advice on records", err)
	}
}
