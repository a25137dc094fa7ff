package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// adoptCommand hands a plan's record to another instance.
func adoptCommand(access *access) *cobra.Command {
	var namespace, instance string
	fits := &question{request: func(u cluster.Upgrade, _ time.Time) (reconciler.Request, error) {
		return reconciler.Request{}, adoptable(u, instance)
	}}
	cmd := &cobra.Command{
		Use: "adopt NAME --instance INSTANCE", Short: "Hand a plan to another instance, with its history, approvals and suspension", Args: oneAtMost("plan"),
		Long: "Hand a plan to another instance, with its history, approvals and suspension. The instance that has it must be stopped,\n" +
			"with nothing of the plan under way. It needs your rights to patch upgrades, and to list pods and workloads.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if instance == "" {
				return errors.New("--instance is missing: name the instance that gets the plan, as its `name` in the configuration, or its --name, says")
			}
			return fits.onPlan(cmd, access, args, namespace, func(ctx context.Context, connection *cluster.Connection, plan spec.Key, out io.Writer) error {
				return adopt(ctx, connection, plan, instance, out)
			})
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the plan (default: the context's)")
	cmd.Flags().StringVar(&instance, "instance", "", "name of the instance that gets the plan")
	return cmd
}

// adopt hands over one plan's record, and says who will look at it.
func adopt(ctx context.Context, connection *cluster.Connection, plan spec.Key, instance string, out io.Writer) error {
	found, err := find(ctx, connection, plan)
	if err != nil {
		return err
	}
	if err := adoptable(found, instance); err != nil {
		return fmt.Errorf("plan %s: %w", plan, err)
	}
	if err := letGo(ctx, connection, found); err != nil {
		return fmt.Errorf("plan %s: %w", plan, err)
	}
	if err := connection.Adopt(ctx, found, instance); err != nil {
		return err
	}
	said := fmt.Sprintf("handed from instance %s to instance %s", found.Spec.Instance, instance)
	heir, err := connection.Leader(ctx, plan.Namespace, instance)
	if err == nil && !heir.Leads(connection.Now()) {
		said += ", which nobody leads in this namespace now"
	}
	_, err = fmt.Fprintf(out, "plan %s: %s\n", plan, said)
	return err
}

// adoptable says by the record alone why a plan cannot be handed over, nil where it can.
func adoptable(u cluster.Upgrade, instance string) error {
	switch under := u.Status.Pods.UnderWay; {
	case u.Spec.Instance == "":
		return errors.New("it belongs to no instance: the first that has it in Git takes it")
	case u.Spec.Instance == instance:
		return fmt.Errorf("it belongs to instance %s already", instance)
	case under > 0:
		return underWay(u, fmt.Sprintf("%d of its pods are under way", under))
	}
	return nil
}

// letGo says what of a plan its instance has not let go of yet, nil for nothing.
func letGo(ctx context.Context, connection *cluster.Connection, u cluster.Upgrade) error {
	leader, err := connection.Leader(ctx, u.Namespace, u.Spec.Instance)
	if err != nil {
		return fmt.Errorf("seeing that instance %s is stopped: %w", u.Spec.Instance, err)
	}
	if leader.Leads(connection.Now()) {
		return fmt.Errorf("process %s leads instance %s in its namespace since %s; stop that, and try again: one that was killed counts as gone after 15 s",
			printable(leader.Name), u.Spec.Instance, moment(leader.Since))
	}
	held, err := connection.Holds(ctx, u)
	if err != nil {
		return err
	}
	if len(held) > 0 {
		return underWay(u, "instance "+u.Spec.Instance+" holds "+strings.Join(held[:min(mostListed, len(held))], ", "))
	}
	return nil
}

func underWay(u cluster.Upgrade, what string) error {
	return fmt.Errorf("%s, and no other instance would finish that: run instance %s until nothing is, and try again; `patchwave suspend %s -n %s` has it start no more",
		what, u.Spec.Instance, u.Name, u.Namespace)
}
