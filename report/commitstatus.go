package report

import "strings"

// State is what a commit status says, in GitHub's words.
type State string

// The states there are. Every one but Pending is final: the plan is done with,
// until something changes.
const (
	Pending State = "pending"
	Success State = "success"
	Failure State = "failure" // the change is at fault
	Error   State = "error"   // something else is
)

// CommitStatus is one status as GitHub shows it on a commit.
type CommitStatus struct {
	Repository  string // owner/name
	SHA         string // in full, in hexadecimal
	Context     string // what tells it from other statuses of the commit; case does not matter
	State       State
	Description string // one line, at most 140 characters
	TargetURL   string // http or https, may be empty

	// OnlyUnfinished leaves a final state alone, whatever it says: the status is
	// for commits that were left pending, or without an answer.
	OnlyUnfinished bool
}

// commit is what a status is attached to.
type commit struct{ repository, sha string }

func (s CommitStatus) commit() commit { return commit{s.Repository, s.SHA} }

// place is where a status stands: a commit has one of each context.
type place struct {
	commit  commit
	context string
}

func (s CommitStatus) place() place { return place{s.commit(), s.key()} }

// key is equal for contexts that GitHub takes for the same.
func (s CommitStatus) key() string { return strings.ToLower(s.Context) }

// metBy tells whether it is enough that GitHub shows this.
func (s CommitStatus) metBy(shown CommitStatus) bool {
	return shown.looksLike(s) || s.OnlyUnfinished && shown.State != Pending
}

// looksLike tells whether both are shown alike, if they share commit and key.
func (s CommitStatus) looksLike(other CommitStatus) bool {
	return s.State == other.State && s.Description == other.Description && s.TargetURL == other.TargetURL
}
