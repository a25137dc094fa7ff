package cluster

import (
	"github.com/patchwave/patchwave/schema"
)

// CRD is the CustomResourceDefinition of Upgrade. What it shares with the plan
// comes from the plan's own schema.
func CRD() map[string]any {
	return object{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   object{"name": upgrades.Resource + "." + upgrades.Group},
		"spec": object{
			"group": upgrades.Group,
			"scope": "Namespaced",
			"names": object{"kind": UpgradeKind, "listKind": UpgradeKind + "List", "plural": upgrades.Resource, "singular": "upgrade"},
			"versions": []any{object{
				"name": upgrades.Version, "served": true, "storage": true,
				"subresources":             object{"status": object{}},
				"additionalPrinterColumns": columns,
				"schema":                   object{"openAPIV3Schema": upgradeSchema()},
			}},
		},
	}
}

// columns are what `kubectl get upgrades` shows.
var columns = []any{
	column("Ready", "string", `.status.conditions[?(@.type=="Ready")].status`, 0),
	column("Reason", "string", `.status.conditions[?(@.type=="Ready")].reason`, 0),
	column("Wave", "integer", ".status.wave.finished", 0),
	column("Of", "integer", ".status.wave.of", 0),
	column("Updated", "string", ".status.pods.shown", 0),
	column("Failed", "integer", ".status.pods.failed", 0),
	column("Age", "date", ".metadata.creationTimestamp", 0),
	column("Revision", "string", ".status.attempt.revision", 1),
	column("Message", "string", `.status.conditions[?(@.type=="Ready")].message`, 1),
}

// column is one column; those above priority 0 are shown by -o wide alone.
func column(name, kind, path string, priority int) any {
	return object{"name": name, "type": kind, "jsonPath": path, "priority": priority}
}

func upgradeSchema() object {
	plan, _ := schema.PlanResolved()["properties"].(map[string]any)
	return object{
		"description": "The record that patchwave keeps of one upgrade plan. Written by patchwave alone; change the plan in Git.",
		"type":        "object",
		"properties": object{
			"spec": object{
				"description": "The plan in force, as it was read from Git.",
				"type":        "object",
				"properties": object{
					"instance": object{"type": "string", "description": "The instance of patchwave whose record it is."},
					"source":   object{"type": "string", "description": "The configured source of the plan."},
					"digest":   object{"type": "string", "description": "The digest of the plan; a mirror that does not match it is not acted on."},
					"plan":     structural(plan["spec"].(map[string]any)),
				},
			},
			"status": object{
				"description":                          "How the plan stands.",
				"type":                                 "object",
				"x-kubernetes-preserve-unknown-fields": true,
			},
		},
	}
}

// shared are the keywords that mean the same in a structural schema.
var shared = []string{"description", "type", "enum", "minimum", "maximum", "minItems", "required"}

// structural turns a JSON Schema into what the API server accepts: the checks
// it cannot hold were made when the plan was read from Git.
func structural(in map[string]any) object {
	out := object{}
	for _, keyword := range shared {
		if value, ok := in[keyword]; ok {
			out[keyword] = value
		}
	}
	if _, several := in["type"].([]any); several {
		return object{"description": in["description"], "x-kubernetes-int-or-string": true}
	}
	if properties, ok := in["properties"].(map[string]any); ok {
		kept := object{}
		for name, property := range properties {
			kept[name] = structural(property.(map[string]any))
		}
		out["properties"] = kept
	}
	for _, nested := range []string{"items", "additionalProperties"} {
		if inner, ok := in[nested].(map[string]any); ok {
			out[nested] = structural(inner)
		}
	}
	return out
}
