package cluster

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"k8s.io/client-go/util/jsonpath"

	"github.com/patchwave/patchwave/reconciler"
)

// crdSchema is the schema as the API server gets it.
func crdSchema(t *testing.T) object {
	t.Helper()
	text, err := json.Marshal(CRD())
	if err != nil {
		t.Fatal(err)
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct{ OpenAPIV3Schema object }
			}
		}
	}
	if err := json.Unmarshal(text, &crd); err != nil || len(crd.Spec.Versions) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	return crd.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// What the API server asks of a structural schema, by hand.
func TestTheSchemaIsStructural(t *testing.T) {
	seen := 0
	walk(crdSchema(t), "", func(at string, node object) {
		seen++
		for _, complaint := range complaints(node) {
			t.Errorf("%s: %s", at, complaint)
		}
	})
	if seen < 20 {
		t.Errorf("only %d fields were looked at", seen)
	}
}

func walk(node object, at string, visit func(at string, node object)) {
	visit(at, node)
	properties, _ := node["properties"].(object)
	for name, property := range properties {
		walk(property.(object), at+"."+name, visit)
	}
	for _, inner := range []string{"items", "additionalProperties"} {
		if nested, ok := node[inner].(object); ok {
			walk(nested, at+"["+inner+"]", visit)
		}
	}
}

var (
	primitives = []any{"object", "array", "string", "integer", "number", "boolean"}
	keywords   = []string{
		"description", "type", "properties", "items", "additionalProperties", "required", "enum", "minimum", "maximum",
		"minItems", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields",
	}
)

func complaints(node object) (found []string) {
	for keyword := range node {
		if !slices.Contains(keywords, keyword) {
			found = append(found, "holds "+keyword)
		}
	}
	if description, there := node["description"]; there && fmt.Sprintf("%T", description) != "string" {
		found = append(found, "its description is no text")
	}
	_, either := node["x-kubernetes-int-or-string"]
	if typed := slices.Contains(primitives, node["type"]); typed == either {
		found = append(found, fmt.Sprintf("its type is %v", node["type"]))
	}
	properties, named := node["properties"].(object)
	additional, open := node["additionalProperties"]
	if _, isSchema := additional.(object); open && (!isSchema || named) {
		found = append(found, fmt.Sprintf("additionalProperties %v beside properties %v", additional, named))
	}
	if _, items := node["items"].(object); items != (node["type"] == "array") {
		found = append(found, "items belong to an array, and an array has them")
	}
	required, _ := node["required"].([]any)
	for _, name := range required {
		if _, there := properties[name.(string)]; !there {
			found = append(found, fmt.Sprintf("%s is required, and not there", name))
		}
	}
	return found
}

// Each column of kubectl get points at something that a record holds.
func TestTheColumnsAreThere(t *testing.T) {
	ready := reconciler.StatusCondition{Type: "Ready", Status: "True", Reason: "Completed", Message: "all"}
	upgrade := upgradeOf(complete(t), "7", reconciler.Status{Conditions: []reconciler.StatusCondition{ready}})
	upgrade.CreationTimestamp = past
	sent, err := upgrade.toUnstructured()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range columns {
		path := one.(object)["jsonPath"].(string)
		parsed := jsonpath.New(path)
		if err := parsed.Parse("{" + path + "}"); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if found, err := parsed.FindResults(sent.Object); err != nil || len(found) != 1 || len(found[0]) != 1 {
			t.Errorf("column %v finds %v, %v", one, found, err)
		}
	}
}
