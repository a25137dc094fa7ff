package gitsrc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// gitFolder finds where a repository on this machine keeps its objects and refs,
// from its folder or a work tree of it.
func gitFolder(dir string) (billy.Filesystem, error) {
	git, err := withoutWorkTree(dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(git, "HEAD")); err != nil {
		return nil, errors.New("there is no repository: name a bare one, or a folder with .git in it")
	}
	common, err := readLine(filepath.Join(git, "commondir"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return osfs.New(git), nil
	case err != nil:
		return nil, err
	}
	return dotgit.NewRepositoryFilesystem(osfs.New(git), osfs.New(within(git, common))), nil
}

// withoutWorkTree is the folder .git, or what a file of that name leads to; and the
// folder itself where that is bare.
func withoutWorkTree(dir string) (string, error) {
	git := filepath.Join(dir, ".git")
	info, err := os.Stat(git)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return dir, nil
	case err != nil:
		return "", err
	case info.IsDir():
		return git, nil
	}
	line, err := readLine(git)
	if err != nil {
		return "", err
	}
	target, isLink := strings.CutPrefix(line, "gitdir: ")
	if !isLink {
		return "", fmt.Errorf("%q leads to no repository", git)
	}
	return within(dir, target), nil
}

func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func readLine(file string) (string, error) {
	text, err := os.ReadFile(file)
	return strings.TrimSpace(string(text)), err
}

// readable are Git's extensions of a repository that change nothing about how its
// commits are read. See git-config(1).
var readable = []string{"noop", "noop-v1", "partialclone", "preciousobjects", "worktreeconfig", "relativeworktrees"}

// checkExtensions refuses what would be read wrongly.
func checkExtensions(settings *config.Config) error {
	for _, option := range settings.Raw.Section("extensions").Options {
		name, value := strings.ToLower(option.Key), strings.ToLower(option.Value)
		switch {
		case slices.Contains(readable, name), name == "objectformat" && value == "sha1", name == "refstorage" && value == "files":
		case name == "objectformat" && value == "sha256":
			return errSHA256
		default:
			return fmt.Errorf("the repository has Git's extension %s=%s, which cannot be read yet: name a clone without it", name, value)
		}
	}
	return nil
}

// isPartial reports whether objects may be missing that a remote has.
func isPartial(settings *config.Config) bool {
	if settings.Raw.Section("extensions").Option("partialClone") != "" {
		return true
	}
	for _, remote := range settings.Raw.Section("remote").Subsections {
		if remote.Option("promisor") == "true" {
			return true
		}
	}
	return false
}
