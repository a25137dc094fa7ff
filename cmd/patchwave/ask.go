package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
)

// question is what a person asks of one plan.
type question struct {
	// request is written for the plan as it stands, or refused.
	request func(cluster.Upgrade) (reconciler.Request, error)
	// answer tells what came of it.
	answer func(cluster.Upgrade) string
}

// askCommand lays a request at a plan's record, and waits until it is heeded.
func askCommand(access *access, use, short string, q *question) *cobra.Command {
	var namespace string
	cmd := &cobra.Command{
		Use: use + " NAME", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			connection, err := access.connect()
			if err != nil {
				return err
			}
			if namespace == "" {
				namespace = connection.Namespace
			}
			found, err := connection.Upgrades(cmd.Context(), namespace, args[0])
			if err != nil {
				return err
			}
			request, err := q.request(found[0])
			if err != nil {
				return fmt.Errorf("plan %s/%s: %w", namespace, args[0], err)
			}
			id, err := connection.Ask(cmd.Context(), found[0], request)
			if err != nil {
				return err
			}
			heeded, err := connection.Heeded(cmd.Context(), namespace, args[0], id)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "plan %s/%s: %s\n", namespace, args[0], q.answer(heeded))
			return err
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the plan (default: the context's)")
	return cmd
}

func approveCommand(access *access) *cobra.Command {
	wave := 0
	cmd := askCommand(access, "approve", "Let a roll-out go on after a wave that waits for approval", &question{
		request: func(u cluster.Upgrade) (reconciler.Request, error) {
			awaits := u.Status.Wave.AwaitsApproval
			if awaits == 0 || wave != 0 && wave != awaits {
				return reconciler.Request{}, fmt.Errorf("no such approval is awaited: %s", message(u))
			}
			return reconciler.Request{Verb: reconciler.Approve, Digest: u.Spec.Digest, Wave: awaits}, nil
		},
		answer: func(u cluster.Upgrade) string {
			if approvals := u.Status.Attempt.Approvals; len(approvals) > 0 {
				last := approvals[len(approvals)-1]
				return fmt.Sprintf("wave %d of %d approved by %s", last.Wave, u.Status.Wave.Of, last.By)
			}
			return "not approved: another plan has come into force meanwhile"
		},
	})
	cmd.Flags().IntVar(&wave, "wave", 0, "refuse unless this wave is the one that waits")
	return cmd
}

func retryCommand(access *access) *cobra.Command {
	return askCommand(access, "retry", "Try a plan again that has failed", &question{
		request: func(u cluster.Upgrade) (reconciler.Request, error) {
			if !u.Status.Retriable() {
				return reconciler.Request{}, fmt.Errorf("it has not failed: %s", message(u))
			}
			return reconciler.Request{Verb: reconciler.Retry, Digest: u.Spec.Digest}, nil
		},
		answer: func(u cluster.Upgrade) string { return fmt.Sprintf("retry %d begins", u.Status.Attempt.Retry) },
	})
}

func suspendCommand(access *access) *cobra.Command {
	var reason string
	var lasts time.Duration
	cmd := askCommand(access, "suspend", "Start no more pods of a plan, whatever Git says; pods under way are finished", &question{
		request: func(cluster.Upgrade) (reconciler.Request, error) {
			request := reconciler.Request{Verb: reconciler.SuspendPlan, Reason: reason, For: lasts}
			if lasts < 0 {
				return request, errors.New("--for must not be negative")
			}
			return request, nil
		},
		answer: func(u cluster.Upgrade) string { return "suspended " + u.Status.Suspension.String() },
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why, shown in the status")
	cmd.Flags().DurationVar(&lasts, "for", 0, "how long (default: until it is resumed)")
	return cmd
}

func resumeCommand(access *access) *cobra.Command {
	return askCommand(access, "resume", "End what `suspend` began, or go on although somebody has changed pods back or the owner's template", &question{
		request: func(u cluster.Upgrade) (reconciler.Request, error) {
			stalled, _ := u.Status.Condition("Stalled")
			switch {
			case u.Status.Suspension != nil || stalled.Reason == reconciler.TemplateChanged || stalled.Reason == reconciler.Fight:
				return reconciler.Request{Verb: reconciler.ResumePlan}, nil
			case u.Spec.Plan.Suspend != nil:
				return reconciler.Request{}, errors.New("the plan itself says suspend; take that out in Git")
			}
			return reconciler.Request{}, errors.New("it is not suspended")
		},
		answer: func(cluster.Upgrade) string { return "resumed" },
	})
}

// message is what the record says in one line.
func message(u cluster.Upgrade) string {
	ready, _ := u.Status.Condition("Ready")
	return ready.Message
}
