package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// manifest is as much of a document as is looked at.
type manifest struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Rules    []struct{ APIGroups, Resources, Verbs []string }
	RoleRef  struct{ APIGroup, Kind, Name string }
	Subjects []struct{ Kind, Name, Namespace string }
}

func manifests(t *testing.T, install string, namespaces ...string) []manifest {
	t.Helper()
	text, err := Manifests(install, namespaces)
	if err != nil {
		t.Fatal(err)
	}
	var all []manifest
	for document := range strings.SplitSeq(text, "---\n") {
		var m manifest
		if err := yaml.Unmarshal([]byte(document), &m); err != nil || m.Kind == "" || m.Metadata.Name == "" {
			t.Fatalf("%v in document:\n%s", err, document)
		}
		all = append(all, m)
	}
	return all
}

func TestManifestsNameOnlyTheGivenNamespaces(t *testing.T) {
	got := map[string]int{}
	for _, m := range manifests(t, "system", "games", "chat") {
		if m.Metadata.Namespace != "" {
			got[m.Kind+" in "+m.Metadata.Namespace]++
		}
		for _, subject := range m.Subjects {
			if subject.Kind != "ServiceAccount" || subject.Namespace != "system" {
				t.Errorf("%s %s gives rights to %+v", m.Kind, m.Metadata.Name, subject)
			}
		}
	}
	want := map[string]int{"ServiceAccount in system": 1}
	for _, namespace := range []string{"games", "chat"} {
		want["Role in "+namespace], want["RoleBinding in "+namespace] = 1, 1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

// Outside its namespaces patchwave reads nodes, and nothing else.
func TestManifestsGiveNoMoreThanIsNeeded(t *testing.T) {
	for _, m := range manifests(t, "system", "games") {
		for _, rule := range m.Rules {
			all := slices.Concat(rule.APIGroups, rule.Resources, rule.Verbs)
			if strings.Contains(strings.Join(all, " "), "*") || len(rule.Resources) == 0 || len(rule.Verbs) == 0 {
				t.Errorf("%s %s allows %v", m.Kind, m.Metadata.Name, rule)
			}
			if m.Kind == "ClusterRole" && fmt.Sprint(rule.Resources, rule.Verbs) != "[nodes] [get list watch]" {
				t.Errorf("everywhere it allows %v", rule)
			}
			if slices.Contains(rule.Resources, "secrets") || slices.Contains(rule.Verbs, "impersonate") {
				t.Errorf("%s %s allows %v", m.Kind, m.Metadata.Name, rule)
			}
		}
	}
}

// Every role is bound, and every binding finds its role.
func TestManifestsBindTheirRoles(t *testing.T) {
	roles, bound := map[string]bool{}, map[string]bool{}
	for _, m := range manifests(t, "system", "games") {
		switch m.Kind {
		case "Role", "ClusterRole":
			roles[m.Kind+" "+m.Metadata.Namespace+"/"+m.Metadata.Name] = true
		case "RoleBinding", "ClusterRoleBinding":
			bound[m.RoleRef.Kind+" "+m.Metadata.Namespace+"/"+m.RoleRef.Name] = true
		}
	}
	if diff := cmp.Diff(roles, bound); diff != "" || len(roles) != 2 {
		t.Errorf("roles and what is bound:\n%s", diff)
	}
}
