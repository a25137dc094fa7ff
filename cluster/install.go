package cluster

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

// Manifests are what an installation needs, as YAML documents for `kubectl
// apply -f -`: the CRD, a namespace, a service account, and its rights, which
// reach no further than the namespaces named.
func Manifests(install string, namespaces []string) (string, error) {
	for _, name := range append([]string{install}, namespaces...) {
		if len(validation.IsDNS1123Label(name)) > 0 {
			return "", fmt.Errorf("%q is not the name of a namespace; write each by its name: rights are given in these alone", name)
		}
	}
	objects := []any{
		CRD(),
		object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": install}},
		object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": object{"name": FieldManager, "namespace": install}},
		object{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
			"metadata": object{"name": "patchwave-nodes"}, "rules": nodeRules,
		},
		object{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
			"metadata": object{"name": install + "-nodes"}, "roleRef": roleRef("ClusterRole", "patchwave-nodes"), "subjects": subjects(install),
		},
	}
	for _, namespace := range namespaces {
		objects = append(objects, role(namespace, FieldManager, workRules), binding(namespace, FieldManager, install))
	}
	var documents []string
	for _, o := range objects {
		text, err := yaml.Marshal(o)
		if err != nil {
			return "", fmt.Errorf("writing the manifests: %w", err)
		}
		documents = append(documents, string(text))
	}
	return strings.Join(documents, "---\n"), nil
}

var (
	read      = []string{"get", "list", "watch"}
	nodeRules = []any{rule("", "nodes", read...)}
	workRules = []any{
		rule("", "pods", append(read, "patch")...),
		rule("", "pods/status", "patch"),
		rule("apps", "deployments", append(read, "patch")...),
		rule("apps", "replicasets", append(read, "patch")...),
		rule("apps", "statefulsets", append(read, "patch")...),
		rule("apps", "daemonsets", append(read, "patch")...),
		rule("apps", "controllerrevisions", read...),
		rule("policy", "poddisruptionbudgets", read...),
		rule("patchwave.dev", "upgrades", append(read, "create", "update", "delete")...),
		rule("patchwave.dev", "upgrades/status", "update"),
		rule("", "events", "create", "patch"),
		rule("coordination.k8s.io", "leases", "get", "create", "update"),
	}
)

func rule(group, resource string, verbs ...string) object {
	return object{"apiGroups": []string{group}, "resources": []string{resource}, "verbs": verbs}
}

func role(namespace, name string, rules []any) object {
	return object{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
		"metadata": object{"name": name, "namespace": namespace}, "rules": rules,
	}
}

func binding(namespace, name, install string) object {
	return object{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
		"metadata": object{"name": install + "-" + name, "namespace": namespace}, "roleRef": roleRef("Role", name), "subjects": subjects(install),
	}
}

func roleRef(kind, name string) object {
	return object{"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
}

func subjects(install string) []any {
	return []any{object{"kind": "ServiceAccount", "name": FieldManager, "namespace": install}}
}
