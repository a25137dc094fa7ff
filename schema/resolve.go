package schema

import "maps"

// PlanResolved returns the plan's schema, decoded, with every $ref replaced by
// what it refers to and without $defs, as a CustomResourceDefinition needs it.
// Words beside a $ref win over those of the definition. The value is the
// caller's to change.
func PlanResolved() map[string]any {
	text := decode(planText).(map[string]any)
	definitions, _ := text["$defs"].(map[string]any)
	delete(text, "$defs")
	return resolve(text, definitions).(map[string]any)
}

func resolve(node any, definitions map[string]any) any {
	switch node := node.(type) {
	case map[string]any:
		return resolveObject(node, definitions)
	case []any:
		list := make([]any, len(node))
		for i := range node {
			list[i] = resolve(node[i], definitions)
		}
		return list
	}
	return node
}

func resolveObject(node, definitions map[string]any) map[string]any {
	object := make(map[string]any, len(node))
	if reference, ok := node["$ref"].(string); ok {
		definition := definitions[reference[len("#/$defs/"):]]
		maps.Copy(object, resolve(definition, definitions).(map[string]any))
	}
	for key, value := range node {
		if key != "$ref" {
			object[key] = resolve(value, definitions)
		}
	}
	return object
}
