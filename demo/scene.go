package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/e2e/stage"
)

const replicas = 6 // of the example

// pods lists the lobby's, by name.
func (d *demo) pods(ctx context.Context) ([]corev1.Pod, error) {
	list, err := d.stage.Kube.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=lobby"})
	if err != nil {
		return nil, fmt.Errorf("listing the pods: %w", err)
	}
	return list.Items, nil
}

// running waits until so many pods run.
func (d *demo) running(ctx context.Context, n int) ([]row, error) {
	var rows []row
	err := stage.Until(ctx, "the pods run", func(ctx context.Context) (bool, string) {
		pods, err := d.pods(ctx)
		rows = nil
		for _, pod := range pods {
			if isTrue(&pod, corev1.ContainersReady) {
				rows = append(rows, rowOf(&pod))
			}
		}
		return len(rows) == n, fmt.Sprintf("%d of %d, %v", len(rows), n, err)
	})
	return rows, err
}

// becomes checks that the pods are as they should be now.
func (d *demo) becomes(ctx context.Context, want []row) error {
	d.want = want
	have, err := d.rows(ctx)
	if err != nil {
		return err
	}
	if wrong := differences(want, have); len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "; "))
	}
	return nil
}

func (d *demo) rows(ctx context.Context) ([]row, error) {
	pods, err := d.pods(ctx)
	var rows []row
	for _, pod := range pods {
		rows = append(rows, rowOf(&pod))
	}
	return rows, err
}

// commit merges the plan with another image.
func (d *demo) commit(message, image string) (string, error) {
	commit, err := d.stage.Plans.Commit(message, d.with(image))
	if err != nil {
		return "", err
	}
	return commit, d.show(commit)
}

// show tells what a commit changes.
func (d *demo) show(commit string) error {
	text, err := d.stage.Plans.Git("show", "--format=%h  %s", "--unified=0", commit)
	if err != nil {
		return err
	}
	for i, line := range strings.Split(text, "\n") {
		if sign, image, found := strings.Cut(line, " image: "); i == 0 {
			d.tell("git", line)
		} else if found {
			d.tell("git", "         "+strings.TrimSpace(sign)+" image: "+image)
		}
	}
	return nil
}
