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
	Repository string // owner/name
	SHA        string // in full, in hexadecimal
	// Context is what tells it from other statuses of the commit; case does not
	// matter. One that ends in a slash stands for all that begin with it, and of
	// which nothing else is wanted.
	Context     string
	State       State
	Description string // one line, at most 140 characters, none above U+FFFF
	TargetURL   string // http or https, may be empty

	// OnlyUnfinished leaves a final state alone, whatever it says: the status is
	// for commits that were left pending, or without an answer.
	OnlyUnfinished bool
	// OnlyState leaves the same state alone, whatever it says: it was written when
	// there was more to tell.
	OnlyState bool
	// OnlyShown writes nothing where GitHub shows no status of the context.
	OnlyShown bool
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

// form is a status as it is written.
type form struct {
	CommitStatus
	plain bool // it is not as wanted, but sure to be taken
}

// plainly is the form to write where GitHub refuses a status for what it says, so
// that a check which is required gets its answer.
func (s CommitStatus) plainly() form {
	s.Description, s.TargetURL = plain(s.Description), ""
	return form{s, true}
}

// shownStatus is what GitHub shows of a context.
type shownStatus struct {
	CommitStatus
	writes int // that the context has seen; GitHub takes 1000
}

// wornOut is after how many writes only another final state is worth one more:
// a plan that stalls and goes on for ever does not come near GitHub's limit.
const wornOut = 100

// metBy tells whether it is enough that GitHub shows this; no writes are none.
func (s CommitStatus) metBy(shown shownStatus) bool {
	switch {
	case shown.writes == 0:
		return s.OnlyShown
	case s.OnlyUnfinished && shown.State != Pending, s.OnlyState && shown.State == s.State:
		return true
	case shown.writes >= wornOut:
		return s.State == Pending || s.State == shown.State
	}
	return shown.looksLike(s)
}

// looksLike tells whether both are shown alike, if they share commit and key.
func (s CommitStatus) looksLike(other CommitStatus) bool {
	return s.State == other.State && s.Description == other.Description && s.TargetURL == other.TargetURL
}
