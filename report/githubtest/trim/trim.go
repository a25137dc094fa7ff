package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

type object = map[string]any

// trim returns the description of the operations alone, with the components
// they refer to, directly or through others.
func trim(full object) (object, error) {
	paths, err := pick(full)
	if err != nil {
		return nil, err
	}
	strip(paths)
	components := object{}
	if err := collect(full, paths, components); err != nil {
		return nil, err
	}
	return object{
		"openapi": full["openapi"], "info": full["info"], "servers": full["servers"],
		"paths": paths, "components": components,
	}, nil
}

func pick(full object) (object, error) {
	paths := object{}
	for _, operation := range operations {
		method, path := operation[0], operation[1]
		item, _ := full["paths"].(object)[path].(object)
		if item[method] == nil {
			return nil, fmt.Errorf("%s has no %s %s: mend the list of operations", source, method, path)
		}
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path].(object)[method] = item[method]
	}
	return paths, nil
}

// strip removes examples and vendor extensions in place: most of the size, and
// nothing that a request or a response is checked against.
func strip(node any) {
	switch node := node.(type) {
	case object:
		maps.DeleteFunc(node, func(key string, value any) bool { return ballast(key, value) })
		for _, value := range node {
			strip(value)
		}
	case []any:
		for _, value := range node {
			strip(value)
		}
	}
}

// ballast knows keys by their value, too: a schema may have a property that is
// called "example" or "description", and that one is an object.
func ballast(key string, value any) bool {
	_, isObject := value.(object)
	switch key {
	case "example":
		return !isObject
	case "examples":
		return isObject
	case "externalDocs":
		return true
	}
	return strings.HasPrefix(key, "x-github") || strings.HasPrefix(key, "x-octokit") || key == "x-multi-segment"
}

// collect copies every component that node refers to into components, and goes
// on with what those refer to.
func collect(full object, node any, components object) error {
	switch node := node.(type) {
	case object:
		if reference, ok := node["$ref"].(string); ok {
			return adopt(full, reference, components)
		}
		for _, key := range slices.Sorted(maps.Keys(node)) {
			if err := collect(full, node[key], components); err != nil {
				return err
			}
		}
	case []any:
		for _, value := range node {
			if err := collect(full, value, components); err != nil {
				return err
			}
		}
	}
	return nil
}

func adopt(full object, reference string, components object) error {
	parts := strings.Split(reference, "/") // #/components/<kind>/<name>
	if len(parts) != 4 || parts[1] != "components" {
		return fmt.Errorf("following %q: not a component", reference)
	}
	kind, name := parts[2], parts[3]
	known, _ := components[kind].(object)
	if known[name] != nil {
		return nil
	}
	of, _ := full["components"].(object)[kind].(object)
	if of[name] == nil {
		return fmt.Errorf("following %q: it is missing", reference)
	}
	if known == nil {
		known = object{}
		components[kind] = known
	}
	known[name] = of[name]
	strip(of[name])
	return collect(full, of[name], components)
}
