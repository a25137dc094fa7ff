package githubtest

import (
	"maps"

	"github.com/getkin/kin-openapi/openapi3"
)

// object is what the API calls by that name.
type object = map[string]any

// of is the smallest object that the description's component allows, with some
// of its fields set. Most fields of an answer matter to nobody.
func (d *description) of(component string, fields object) object {
	schema := *d.schemas[component].Value
	schema.Nullable = false
	made := minimal(&schema).(object)
	maps.Copy(made, fields)
	return made
}

// minimal is a value that a schema allows: null where it may be, and else as
// little as there can be.
func minimal(schema *openapi3.Schema) any {
	switch {
	case schema.Nullable:
		return nil
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case len(schema.AllOf) > 0:
		return minimal(schema.AllOf[0].Value)
	case len(schema.OneOf) > 0:
		return minimal(schema.OneOf[0].Value)
	case len(schema.AnyOf) > 0:
		return minimal(schema.AnyOf[0].Value)
	case schema.Type.Is(openapi3.TypeString):
		return minimalText(schema.Format)
	case schema.Type.Is(openapi3.TypeInteger), schema.Type.Is(openapi3.TypeNumber):
		return 1
	case schema.Type.Is(openapi3.TypeBoolean):
		return false
	case schema.Type.Is(openapi3.TypeArray):
		return []any{}
	}
	made := object{}
	for _, name := range schema.Required {
		if property := schema.Properties[name]; property != nil {
			made[name] = minimal(property.Value)
		}
	}
	return made
}

func minimalText(format string) string {
	switch format {
	case "date-time":
		return "2026-01-01T00:00:00Z"
	case "uri":
		return "https://github.test/"
	case "email":
		return "ada@example.com"
	}
	return "none"
}
