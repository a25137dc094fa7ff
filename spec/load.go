package spec

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// maxFileSize is far more than a file of plans needs, in bytes.
const maxFileSize = 1 << 20

// Load reads every plan of a folder and of those inside it: the files that
// PlanFile names, in lexical order, each with any number of documents. Such files
// hold plans and nothing else; what begins with a dot (".github") is left alone.
// Where plans may lie that are not read, behind a symbolic link, in a repository
// within this one or under a name that cannot be printed, is a problem. All problems of all documents are returned at once, sorted by position;
// a document without one becomes a Plan whatever stands beside it. Plans that
// share a namespace and a name are all refused, and so are those that name one container
// of the same target.
//
// A Problem without a Plan concerns a document whose name could not be read:
// it may be any plan that was in that file before.
func Load(fsys fs.FS) ([]Plan, []Problem) {
	files, problems := planFiles(fsys)
	var documents []*document
	for _, file := range files {
		text, err := readFile(fsys, file)
		if err != nil {
			problems = append(problems, fileProblem(file, err))
			continue
		}
		if len(bytes.TrimSpace(text)) == 0 {
			problems = append(problems, fileProblem(file, errEmpty))
			continue
		}
		found, problem := splitDocuments(file, text)
		documents = append(documents, found...)
		problems = append(problems, problem...)
	}
	for _, d := range documents {
		checkPlan(d)
	}
	refuseEqualNames(documents)
	refuseRivals(documents)
	plans, more := decodePlans(documents)
	return plans, sorted(append(problems, more...))
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err == nil && len(text) > maxFileSize {
		err = errTooLarge
	}
	return text, err
}

// errEmpty is told of: a file emptied by mistake is no plan deleted on purpose.
var errEmpty = errors.New("it is empty; write a plan, or remove the file")

var errTooLarge = fmt.Errorf("it is larger than %d KiB; split it", maxFileSize>>10)

func fileProblem(name string, err error) Problem {
	return Problem{Position: Position{name, 1, 1}, Message: "the file cannot be read: " + err.Error()}
}

// decodePlans turns the documents without problems into plans.
func decodePlans(documents []*document) (plans []Plan, problems []Problem) {
	for _, d := range documents {
		plan := Plan{Position: d.start(), NamespaceAt: d.locate("/metadata/namespace", false)}
		if len(d.problems) == 0 {
			d.decode(&plan, planLater)
		}
		if len(d.problems) == 0 {
			plans = append(plans, plan)
			continue
		}
		for _, problem := range d.problems {
			problem.Plan = d.key
			problems = append(problems, problem)
		}
	}
	return plans, problems
}

// decode is strict. The schema has seen the document before, so an error here
// means that schema and types disagree.
func (d *document) decode(into any, table []string) {
	text, err := json.Marshal(dropEmpty(d.value, table))
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(into)
	}
	if err != nil {
		d.refuse(d.start(), "the document cannot be read: %v", err)
	}
}

// refuseEqualNames refuses all documents that share a namespace and a name, bad
// ones included: which of them is meant is not for us to guess.
func refuseEqualNames(documents []*document) {
	claims := map[Key][]*document{}
	for _, d := range documents {
		if d.key != (Key{}) {
			claims[d.key] = append(claims[d.key], d)
		}
	}
	for key, rivals := range claims {
		for _, d := range rivals {
			if len(rivals) > 1 {
				d.refuse(d.namedAt(), "plan %s is also at %s; names must be unique, so none of them is used", key, placesBut(d, rivals))
			}
		}
	}
}

// placesBut names the first few positions other than the document's own.
func placesBut(d *document, rivals []*document) string {
	const most = 3
	var names []string
	for _, rival := range rivals[:min(most+1, len(rivals))] {
		if rival != d && len(names) < most {
			names = append(names, rival.namedAt().String())
		}
	}
	if more := len(rivals) - 1 - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// sorted orders problems by file, line, column and message.
func sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return problems
}
