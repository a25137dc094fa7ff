package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// question is what a person asks of one plan.
type question struct {
	// request is written for the plan as it stands now, or refused.
	request func(u cluster.Upgrade, now time.Time) (reconciler.Request, error)
	// answer tells what came of it, by the record as it was and as it is now.
	answer func(before, after cluster.Upgrade, now time.Time) string
}

// askCommand lays a request at a plan's record, and waits until it is heeded.
func askCommand(access *access, use, short string, q *question) *cobra.Command {
	var namespace string
	cmd := &cobra.Command{
		Use: use + " NAME", Short: short, Args: oneAtMost("plan"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return q.onPlan(cmd, access, args, namespace, q.ask)
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the plan (default: the context's)")
	return cmd
}

// onPlan connects, and does something to the plan that is named. Where none is, it says
// which plans the question fits.
func (q *question) onPlan(cmd *cobra.Command, access *access, args []string, namespace string,
	do func(context.Context, *cluster.Connection, spec.Key, io.Writer) error,
) error {
	if len(args) == 0 {
		return nobodyNamed(cmd, access, namespace, q)
	}
	connection, err := access.connect()
	if err != nil {
		return err
	}
	plan, err := planOf(args[0], namespace, connection.Namespace)
	if err != nil {
		return err
	}
	return do(cmd.Context(), connection, plan, cmd.OutOrStdout())
}

// ask lays the request at the plan's record, and prints what came of it.
func (q *question) ask(ctx context.Context, connection *cluster.Connection, plan spec.Key, out io.Writer) error {
	found, err := find(ctx, connection, plan)
	if err != nil {
		return err
	}
	request, err := q.request(found, connection.Now())
	if err != nil {
		return fmt.Errorf("plan %s: %w", plan, err)
	}
	id, err := connection.Ask(ctx, found, request)
	if err != nil {
		return err
	}
	heeded, err := connection.Heeded(ctx, plan.Namespace, plan.Name, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "plan %s: %s\n", plan, report.Visible(q.answer(found, heeded, connection.Now())))
	return err
}

func approveCommand(access *access) *cobra.Command {
	wave := 0
	cmd := askCommand(access, "approve", "Let a roll-out go on after a wave that waits for approval", &question{
		request: func(u cluster.Upgrade, _ time.Time) (reconciler.Request, error) {
			awaits := u.Status.Wave.AwaitsApproval
			if awaits == 0 || wave != 0 && wave != awaits {
				return reconciler.Request{}, fmt.Errorf("no such approval is awaited: %s", message(u))
			}
			return reconciler.Request{Verb: reconciler.Approve, Digest: u.Spec.Digest, Wave: awaits}, nil
		},
		answer: approved,
	})
	cmd.Flags().IntVar(&wave, "wave", 0, "refuse unless this wave is the one that waits")
	return cmd
}

// approved tells by whom the wave was approved that was waiting, or what it waits for
// now, where it waits for that no more.
func approved(before, after cluster.Upgrade, _ time.Time) string {
	for _, approval := range after.Status.Attempt.Approvals {
		if approval.Wave == before.Status.Wave.AwaitsApproval {
			return fmt.Sprintf("wave %d of %d approved by %s", approval.Wave, after.Status.Wave.Of, approval.By)
		}
	}
	if before.Spec.Digest != after.Spec.Digest {
		return "not approved: another plan has come into force meanwhile"
	}
	return "not approved: it does not wait for that any more: " + message(after)
}

func retryCommand(access *access) *cobra.Command {
	return askCommand(access, "retry", "Try a plan again that has failed", &question{
		request: func(u cluster.Upgrade, _ time.Time) (reconciler.Request, error) {
			if !u.Status.Retriable() {
				return reconciler.Request{}, fmt.Errorf("it has not failed: %s", message(u))
			}
			return reconciler.Request{Verb: reconciler.Retry, Digest: u.Spec.Digest}, nil
		},
		answer: func(_, u cluster.Upgrade, _ time.Time) string {
			return fmt.Sprintf("retry %d begins", u.Status.Attempt.Retry)
		},
	})
}

func suspendCommand(access *access) *cobra.Command {
	var reason string
	var lasts lasting
	cmd := askCommand(access, "suspend", "Start no more pods of a plan, whatever Git says; pods under way are finished", &question{
		request: func(cluster.Upgrade, time.Time) (reconciler.Request, error) {
			return reconciler.Request{Verb: reconciler.SuspendPlan, Reason: reason, For: time.Duration(lasts)}, nil
		},
		answer: suspended,
	})
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("for") && time.Duration(lasts) < time.Second {
			return fmt.Errorf("--for: %s is less than 1s; leave --for out to suspend until `patchwave resume NAME`, which also ends a suspension at once", lasts.String())
		}
		return nil
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, shown in the status")
	cmd.Flags().Var(&lasts, "for", "how long, such as 2h (default: to the end of the suspension that there is, else until it is resumed)")
	return cmd
}

// suspended tells until when, and where that is the end of a suspension before this one.
func suspended(before, after cluster.Upgrade, _ time.Time) string {
	was, is := before.Status.Suspension, after.Status.Suspension
	if is == nil {
		return "suspended, and resumed since"
	}
	text := "suspended " + is.String()
	if was != nil && !is.Until.IsZero() && is.Until.Equal(was.Until) {
		text += ", as before; --for sets another end"
	}
	return text
}

// resumable are the reasons of a stalled plan that a person's resume ends.
var resumable = []string{reconciler.TemplateChanged, reconciler.Fight, reconciler.Alternating}

func resumeCommand(access *access) *cobra.Command {
	return askCommand(access, "resume", "End what `suspend` began, or go on although somebody has changed pods back or the owner's template", &question{
		request: func(u cluster.Upgrade, now time.Time) (reconciler.Request, error) {
			stalled, _ := u.Status.Condition("Stalled")
			if u.Status.Suspension != nil || slices.Contains(resumable, stalled.Reason) {
				return reconciler.Request{Verb: reconciler.ResumePlan}, nil
			}
			return reconciler.Request{}, errors.New(cmp.Or(suspendedInGit(u, now), "it is not suspended"))
		},
		answer: func(_, u cluster.Upgrade, now time.Time) string {
			if inGit := suspendedInGit(u, now); inGit != "" {
				return "resumed, but " + inGit
			}
			return "resumed"
		},
	})
}

// suspendedInGit says that the plan itself keeps its pods from being started now, and
// what ends that; "" where it does not.
func suspendedInGit(u cluster.Upgrade, now time.Time) string {
	suspend := u.Spec.Plan.Suspend
	switch {
	case suspend == nil:
		return ""
	case suspend.Until == nil:
		return "the plan in Git suspends it, and only a commit ends that: take `suspend` out there"
	case !now.Before(*suspend.Until):
		return ""
	}
	return fmt.Sprintf("the plan in Git suspends it until %s, and only a commit ends that before: take `suspend` out there", suspend.Until.Format(time.RFC3339))
}

// message is what the record says in one line.
func message(u cluster.Upgrade) string {
	ready, _ := u.Status.Condition("Ready")
	return ready.Message
}
