package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/spec"
)

// planOf is the plan that an argument names, NAME or NAMESPACE/NAME. given is the
// namespace by flag, and usual the context's.
func planOf(argument, given, usual string) (spec.Key, error) {
	namespace, name, both := strings.Cut(argument, "/")
	switch {
	case !both && given != "":
		return spec.Key{Namespace: given, Name: argument}, nil
	case !both:
		return spec.Key{Namespace: usual, Name: argument}, nil
	case namespace == "" || name == "" || strings.Contains(name, "/"):
		return spec.Key{}, fmt.Errorf("%q names no plan; write NAME, or NAMESPACE/NAME", argument)
	case given != "" && given != namespace:
		return spec.Key{}, fmt.Errorf("%s is a plan of namespace %s, and -n says %s; leave out one of the two", argument, namespace, given)
	}
	return spec.Key{Namespace: namespace, Name: name}, nil
}

// find reads one plan's record. Where there is none, it says where one is.
func find(ctx context.Context, connection *cluster.Connection, plan spec.Key) (cluster.Upgrade, error) {
	found, err := connection.Upgrades(ctx, plan.Namespace, plan.Name)
	if err == nil {
		return found[0], nil
	}
	if !cluster.IsMissing(err) {
		return cluster.Upgrade{}, err
	}
	message := fmt.Sprintf("there is no plan %s in namespace %s", plan.Name, plan.Namespace)
	others, err := connection.Upgrades(ctx, "", plan.Name)
	switch {
	case err == nil && len(others) > 0:
		return cluster.Upgrade{}, fmt.Errorf("%s, but %s: use -n %s", message, listed(others), others[0].Namespace)
	case connection.Lacks(ctx, plan.Namespace):
		return cluster.Upgrade{}, fmt.Errorf("namespace %s does not exist", plan.Namespace)
	}
	return cluster.Upgrade{}, fmt.Errorf("%s; `patchwave status -A` shows all there are", message)
}

// mostListed bounds how many plans a message names.
const mostListed = 5

func listed(upgrades []cluster.Upgrade) string {
	var names []string
	for _, u := range upgrades[:min(mostListed, len(upgrades))] {
		names = append(names, u.Namespace+"/"+u.Name)
	}
	if more := len(upgrades) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// nobodyNamed is the complaint of a command line that should name a plan: it names
// those that the command is for, as far as they can be read.
func nobodyNamed(cmd *cobra.Command, access *access, namespace string, q *question) error {
	message := fmt.Sprintf("name the plan: %s NAME -n NAMESPACE", cmd.CommandPath())
	connection, err := access.connect()
	if err != nil {
		return fmt.Errorf("%s", message)
	}
	all, err := connection.Upgrades(cmd.Context(), namespace)
	if err != nil {
		return fmt.Errorf("%s", message)
	}
	var fitting []cluster.Upgrade
	for _, u := range all {
		if _, err := q.request(u, connection.Now()); err == nil {
			fitting = append(fitting, u)
		}
	}
	if len(fitting) == 0 {
		return fmt.Errorf("%s; there is none that it would do anything for", message)
	}
	return fmt.Errorf("%s; it may be %s", message, listed(fitting))
}
