#!/usr/bin/env bash
# k8s.io/apimachinery v0.36.3, strategic merge patch of a pod's containers (key: name).
#
# One would guess: elements are found by their key, so a patch that names two containers changes their
#   images and leaves the live list in its order.
# What happens: the elements that the patch names are brought into the patch's order; the rest stays
#   where it was. The same patch with the names in the pod's own order changes images alone.
# Why it matters here: the API server lets nothing of a running pod change but images (and little else),
#   and compares the lists by place. So a patch that is right by content is refused with 422 for a pod
#   whose containers stand in another order, as they do wherever a sidecar is injected before the server.
# Source: k8s.io/apimachinery/pkg/util/strategicpatch (package documentation speaks of $setElementOrder,
#   and not of a patch without it); seen on kube-apiserver 1.36.3 as well.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

func order(patch string) (names string) {
	live := `{"spec":{"containers":[{"name":"sidecar","image":"s:1"},{"name":"server","image":"a:1"},{"name":"log","image":"l:1"}]}}`
	patched, err := strategicpatch.StrategicMergePatch([]byte(live), []byte(patch), corev1.Pod{})
	if err != nil {
		panic(err)
	}
	var pod corev1.Pod
	if err := json.Unmarshal(patched, &pod); err != nil {
		panic(err)
	}
	for _, c := range pod.Spec.Containers {
		names += c.Name + "=" + c.Image + " "
	}
	return names
}

func main() {
	other := order(`{"spec":{"containers":[{"name":"server","image":"a:2"},{"name":"sidecar","image":"s:2"}]}}`)
	same := order(`{"spec":{"containers":[{"name":"sidecar","image":"s:2"},{"name":"server","image":"a:2"}]}}`)
	fmt.Println("before:                       sidecar=s:1 server=a:1 log=l:1")
	fmt.Println("patched in the pod's order:  ", same)
	fmt.Println("patched in another order:    ", other)
	if same != "sidecar=s:2 server=a:2 log=l:1 " || other != "server=a:2 sidecar=s:2 log=l:1 " {
		fmt.Println("CHANGED: this is not what was found")
		os.Exit(1)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get k8s.io/api@v0.36.3 k8s.io/apimachinery@v0.36.3 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m k8s.io/apimachinery
go run .
