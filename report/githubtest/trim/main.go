// Trim makes openapi.json: GitHub's OpenAPI description cut down to the
// operations patchwave uses. It asks npm for the package named below, so it
// needs npm and a network; run it by `go generate ./report/githubtest`.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source is where the description comes from. Octokit publishes under the MIT
// licence what GitHub generates.
const source = "@octokit/openapi@23.0.2"

// operations are the ones kept: each a method and a path of the description.
var operations = [][2]string{
	{"get", "/rate_limit"}, // not implemented by githubtest, which is a test case
	{"get", "/app"},
	{"post", "/app/installations/{installation_id}/access_tokens"},
	{"get", "/user"},
	{"post", "/repos/{owner}/{repo}/statuses/{sha}"},
	{"get", "/repos/{owner}/{repo}/commits/{ref}/statuses"},
	{"get", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls"},
	{"get", "/repos/{owner}/{repo}/pulls"},
	{"get", "/repos/{owner}/{repo}/issues/{issue_number}/comments"},
	{"post", "/repos/{owner}/{repo}/issues/{issue_number}/comments"},
	{"patch", "/repos/{owner}/{repo}/issues/comments/{comment_id}"},
}

func main() {
	log.SetFlags(0)
	if err := run("."); err != nil {
		log.Fatal(err)
	}
}

func run(target string) error {
	folder, err := os.MkdirTemp("", "trim")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := unpack(folder); err != nil {
		return err
	}
	if err := writeLicence(folder, target); err != nil {
		return err
	}
	return writeDescription(folder, target)
}

// unpack leaves npm's package in folder/package.
func unpack(folder string) error {
	pack := exec.Command("npm", "pack", "--silent", "--pack-destination", folder, source)
	pack.Stderr = os.Stderr
	name, err := pack.Output()
	if err != nil {
		return fmt.Errorf("packing %s: %w", source, err)
	}
	archive := filepath.Join(folder, strings.TrimSpace(string(name)))
	untar := exec.Command("tar", "-xzf", archive, "-C", folder,
		"package/LICENSE", "package/generated/api.github.com.json")
	untar.Stderr = os.Stderr
	if err := untar.Run(); err != nil {
		return fmt.Errorf("unpacking %s: %w", archive, err)
	}
	return nil
}

func writeLicence(folder, target string) error {
	licence, err := os.ReadFile(filepath.Join(folder, "package", "LICENSE"))
	if err != nil {
		return fmt.Errorf("reading the licence: %w", err)
	}
	head := "openapi.json is a part of " + source + " (npm, file generated/api.github.com.json),\n" +
		"cut by the program in trim/. Its licence:\n\n"
	return os.WriteFile(filepath.Join(target, "openapi.LICENSE"), append([]byte(head), licence...), 0o644)
}

func writeDescription(folder, target string) error {
	full, err := os.ReadFile(filepath.Join(folder, "package", "generated", "api.github.com.json"))
	if err != nil {
		return fmt.Errorf("reading the description: %w", err)
	}
	var document object
	if err := json.Unmarshal(full, &document); err != nil {
		return fmt.Errorf("parsing the description: %w", err)
	}
	small, err := trim(document)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(target, "openapi.json"), layOut(small), 0o644)
}
