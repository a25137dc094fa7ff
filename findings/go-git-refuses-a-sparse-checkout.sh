#!/usr/bin/env bash
# github.com/go-git/go-git/v5 v5.19.3, PlainOpen of a checkout in which `git sparse-checkout set` was run.
#
# One would guess: the repository opens; go-git lists worktreeConfig among the extensions that it supports, and the
#   setting only says that a second configuration file is read.
# What happens: git sets extensions.worktreeConfig, and PlainOpen refuses the repository for an extension that it does
#   not support. The name is brought to small letters before it is looked up, and the list has it in mixed case.
# Why it matters here: plans are validated in a developer's own checkout, and in a big repository that is often a sparse
#   one. patchwave therefore reads such a repository's objects without opening it by its path.
# Source: go-git repository_extensions.go, verifyExtensions; git-sparse-checkout(1), "set".
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
git init -q checkout
git -C checkout -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m first
mkdir -p checkout/plans
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/go-git/go-git/v5"
)

func main() {
	_, before := git.PlainOpen("checkout")
	if out, err := exec.Command("git", "-C", "checkout", "sparse-checkout", "set", "plans").CombinedOutput(); err != nil {
		panic(fmt.Sprint(err, string(out)))
	}
	_, after := git.PlainOpen("checkout")
	fmt.Println("before `git sparse-checkout set plans`:", before)
	fmt.Println("after it:                              ", after)
	if before != nil || after == nil || !strings.Contains(after.Error(), "worktreeconfig") {
		fmt.Println("CHANGED: this is not what was found")
		os.Exit(1)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get github.com/go-git/go-git/v5@v5.19.3 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m github.com/go-git/go-git/v5
git --version
go run .
