package spec

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PlanFile reports whether a file of that path in a folder of plans holds plans: its
// name ends in .yaml or .yml, in letters of any case, and nothing on the path begins
// with a dot.
func PlanFile(file string) bool {
	extension := strings.ToLower(path.Ext(file))
	return !hidden(file) && (extension == ".yaml" || extension == ".yml")
}

func hidden(file string) bool { return strings.HasPrefix(file, ".") || strings.Contains(file, "/.") }

// Why plans that may be there are not read.
var (
	errLink       = errors.New("it is a symbolic link, and links are not followed; put the file itself in its place")
	errFolderLink = errors.New("it is a symbolic link, and links are not followed; put the folder itself in its place, or make it a source of its own")
	errLostLink   = errors.New("it is a symbolic link to what is not there, or is outside of the repository; remove it, or put in its place what it stands for")
	errRepository = errors.New("it is a Git repository of its own, as a submodule is; make that a source of its own, or put its files in its place")
	errIrregular  = errors.New("it is not a regular file")
	errNotUTF8    = errors.New("its name is not UTF-8; rename it")
	errControl    = errors.New("its name holds a line break or another control character; rename it")
)

// finder collects the files of plans.
type finder struct {
	fsys     fs.FS
	files    []string
	problems []Problem
}

// planFiles lists the files to read, sorted by their whole path.
func planFiles(fsys fs.FS) (files []string, problems []Problem) {
	f := &finder{fsys: fsys}
	if err := fs.WalkDir(fsys, ".", f.visit); err != nil {
		f.problems = append(f.problems, folderProblem(".", err))
	}
	slices.Sort(f.files)
	return f.files, f.problems
}

func (f *finder) visit(name string, entry fs.DirEntry, err error) error {
	base := path.Base(name)
	switch {
	case err != nil:
		f.problems = append(f.problems, folderProblem(name, err))
		return skipDir(entry)
	case name == ".":
		return nil
	case hidden(base):
		return skipDir(entry)
	case entry.IsDir():
		return f.visitFolder(name)
	case entry.Type() == fs.ModeSymlink && !PlanFile(base):
		f.visitLink(name)
	case PlanFile(base):
		f.visitFile(name, entry.Type())
	}
	return nil
}

func skipDir(entry fs.DirEntry) error {
	if entry != nil && entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// visitFolder has it gone into, or says why not.
func (f *finder) visitFolder(name string) error {
	err := checkName(path.Base(name))
	if _, none := fs.Stat(f.fsys, path.Join(name, ".git")); err == nil && none == nil {
		err = errRepository
	}
	if err == nil {
		return nil
	}
	f.problems = append(f.problems, folderProblem(name, err))
	return fs.SkipDir
}

// visitLink looks at a link that is not named as a file of plans: where it leads to
// a file there are none behind it.
func (f *finder) visitLink(name string) {
	info, err := fs.Stat(f.fsys, name)
	switch {
	case err != nil:
		f.problems = append(f.problems, fileProblem(name, errLostLink))
	case info.IsDir():
		f.problems = append(f.problems, folderProblem(name, errFolderLink))
	}
}

func (f *finder) visitFile(name string, kind fs.FileMode) {
	err := checkName(path.Base(name))
	switch {
	case err != nil:
	case kind == fs.ModeSymlink:
		err = errLink
	case kind != 0:
		err = errIrregular
	default:
		f.files = append(f.files, name)
		return
	}
	f.problems = append(f.problems, fileProblem(name, err))
}

// checkName refuses what cannot be told of on a line. Names are any bytes, in Git
// as on a disk.
func checkName(base string) error {
	switch {
	case !utf8.ValidString(base):
		return errNotUTF8
	case strings.ContainsFunc(base, unicode.IsControl):
		return errControl
	}
	return nil
}

func folderProblem(name string, err error) Problem {
	return Problem{Position: Position{name, 1, 1}, Message: "the folder cannot be read: " + err.Error()}
}
