package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
)

// leaders are who leads which instances in the namespaces looked at.
type leaders struct {
	all    []cluster.Leader
	unread error // why that is not known
	now    time.Time
}

// whoLeads reads the Leases of a namespace, "" for all. Who may not list them may still
// read those of the instances that some records belong to.
func whoLeads(ctx context.Context, connection *cluster.Connection, namespace string, upgrades []cluster.Upgrade) leaders {
	var l leaders
	l.all, l.unread = connection.Leaders(ctx, namespace)
	if cluster.IsForbidden(l.unread) && len(upgrades) > 0 {
		l.all, l.unread = leadersOf(ctx, connection, upgrades)
	}
	l.all = slices.DeleteFunc(l.all, func(leader cluster.Leader) bool { return leader.Name == "" && !concerns(leader, upgrades) })
	for _, u := range upgrades {
		if u.Spec.Instance != "" && l.of(u) == nil { // there is no Lease
			l.all = append(l.all, cluster.Leader{Instance: u.Spec.Instance, Namespace: u.Namespace})
		}
	}
	l.now = connection.Now()
	return l
}

func leadersOf(ctx context.Context, connection *cluster.Connection, upgrades []cluster.Upgrade) ([]cluster.Leader, error) {
	var l leaders
	for _, u := range upgrades {
		if u.Spec.Instance == "" || l.of(u) != nil {
			continue
		}
		leader, err := connection.Leader(ctx, u.Namespace, u.Spec.Instance)
		if err != nil {
			return nil, err
		}
		l.all = append(l.all, leader)
	}
	return l.all, nil
}

// of is who leads a record's instance, or led it last; nil where that is not known. A
// record without an instance is everybody's.
func (l leaders) of(u cluster.Upgrade) *cluster.Leader {
	var newest *cluster.Leader
	for i, leader := range l.all {
		if isOf(leader, u) && (newest == nil || leader.Renewed.After(newest.Renewed)) {
			newest = &l.all[i]
		}
	}
	return newest
}

// isOf reports whether the leader's instance may work on a record.
func isOf(leader cluster.Leader, u cluster.Upgrade) bool {
	return leader.Namespace == u.Namespace && (u.Spec.Instance == "" || leader.Instance == u.Spec.Instance)
}

// concerns reports whether any of the records is the leader's. A Lease outlives its
// instance: one that was given back says nothing where there are none.
func concerns(leader cluster.Leader, upgrades []cluster.Upgrade) bool {
	return slices.ContainsFunc(upgrades, func(u cluster.Upgrade) bool { return isOf(leader, u) })
}

// unseen says why what a record says may not be so any more, "" where it is.
func (l leaders) unseen(u cluster.Upgrade) string {
	leader := l.of(u)
	switch {
	case l.unread != nil:
		return ""
	case leader == nil:
		return "nobody leads in namespace " + u.Namespace
	case l.now.Sub(leader.Renewed) >= reconciler.UnseenTime:
		return l.nobody(*leader) + " in namespace " + u.Namespace
	}
	return l.unsourced(*leader, u)
}

// unsourced says of a record whose leader is at work what that knows of its source, where
// the record does not say it itself.
func (l leaders) unsourced(leader cluster.Leader, u cluster.Upgrade) string {
	ready, _ := u.Status.Condition("Ready")
	_, stalled := u.Status.Condition("Stalled")
	for _, source := range leader.Sources {
		failing := source.Name == u.Spec.Source && source.Error != "" && l.now.Sub(source.Since) >= reconciler.UnseenTime
		if failing && !stalled && ready.Reason != reconciler.SourceUnreadable {
			return fmt.Sprintf("source %s cannot be read since %s", printable(source.Name), moment(source.Since))
		}
	}
	if leader.Lacks(u.Spec.Source) && ready.Reason != reconciler.SourceRemoved {
		return fmt.Sprintf("source %s is not in the configuration of the running instance", printable(u.Spec.Source))
	}
	return ""
}

func (l leaders) nobody(leader cluster.Leader) string {
	if leader.Renewed.IsZero() {
		return fmt.Sprintf("instance %s: nobody leads, and nobody has led", printable(leader.Instance))
	}
	return fmt.Sprintf("instance %s: nobody leads since %s", printable(leader.Instance), moment(leader.Renewed))
}

// heading prints a line for each instance: who leads it, and how its sources stand. It
// is more than one where an instance does not stand alike in all namespaces.
func (l leaders) heading(out io.Writer) {
	if l.unread != nil {
		fmt.Fprintf(out, "Who leads is not known: %s\n\n", printable(l.unread.Error()))
		return
	}
	byInstance := func(a, b []cluster.Leader) int { return cmp.Compare(a[0].Instance, b[0].Instance) }
	alike := slices.SortedStableFunc(slices.Values(l.alike()), byInstance)
	for _, same := range alike {
		fmt.Fprintln(out, l.line(same))
	}
	if len(alike) > 0 {
		fmt.Fprintln(out)
	}
}

// alike are the leaders by instance and process. All who do not lead are one of these.
func (l leaders) alike() (alike [][]cluster.Leader) {
	for _, leader := range l.all {
		at := slices.IndexFunc(alike, func(same []cluster.Leader) bool {
			leads := leader.Leads(l.now)
			return same[0].Instance == leader.Instance && same[0].Leads(l.now) == leads && (!leads || same[0].Name == leader.Name)
		})
		if at < 0 {
			alike, at = append(alike, nil), len(alike)
		}
		alike[at] = append(alike[at], leader)
	}
	return alike
}

// line tells of leaders that stand alike.
func (l leaders) line(same []cluster.Leader) string {
	newest := slices.MaxFunc(same, func(a, b cluster.Leader) int { return a.Renewed.Compare(b.Renewed) })
	said := l.nobody(newest)
	if newest.Leads(l.now) {
		first := slices.MinFunc(same, func(a, b cluster.Leader) int { return a.Since.Compare(b.Since) })
		said = fmt.Sprintf("instance %s: %s leads since %s", printable(newest.Instance), printable(newest.Name), moment(first.Since))
	}
	said += " in " + namespacesOf(same)
	for _, source := range newest.Sources {
		said += "; source " + printable(source.Name) + " " + l.read(source)
	}
	return said
}

// read says how a source stands.
func (leaders) read(source cluster.SourceState) string {
	said := "not read yet"
	if !source.ReadAt.IsZero() {
		said = fmt.Sprintf("at %s, read at %s", printable(source.Revision), moment(source.ReadAt))
	}
	if source.Error != "" {
		said += fmt.Sprintf(", cannot be read since %s: %s", moment(source.Since), printable(source.Error))
	}
	return said
}

func namespacesOf(same []cluster.Leader) string {
	var names []string
	for _, leader := range same[:min(mostListed, len(same))] {
		names = append(names, leader.Namespace)
	}
	if more := len(same) - len(names); more > 0 {
		names = append(names, strconv.Itoa(more)+" more")
	}
	return strings.Join(names, ", ")
}

func moment(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// printable is a text that whoever may write a Lease has put there, on one line.
func printable(text string) string {
	const most = 400 // characters
	runes := []rune(report.Visible(text))
	if len(runes) > most {
		runes = append(runes[:most], '…')
	}
	return string(runes)
}
