package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// calmRollout is how long a comment stands while a roll-out goes on.
const calmRollout = time.Minute

// Rollouts are the comments that follow the roll-outs of merged pull requests,
// one for each commit that rolled anything out. Whether there is a pull request
// is for GitHub to say.
func Rollouts(view View) []Comment {
	var comments []Comment
	for _, teller := range view.tellers() {
		commits := teller.rollouts()
		_, open := teller.begun()
		old := len(commits) - rememberedComments
		for i, commit := range commits {
			if i >= old || open[commit] {
				comments = append(comments, teller.rollout(commit))
				comments = append(comments, teller.companions(commit, comments[len(comments)-1])...)
			}
		}
	}
	return comments
}

// rollouts are the commits that rolled anything out, the oldest first.
func (t teller) rollouts() []string {
	begun, _ := t.begun()
	return slices.DeleteFunc(t.commits(), func(commit string) bool {
		_, some := begun[commit]
		return !some
	})
}

// companions are the comments on pull requests that were merged so shortly before
// a commit that the branch was never read in between: they were rolled out with it.
func (t teller) companions(commit string, with Comment) []Comment {
	begun, _ := t.begun()
	line := append(slices.Clone(t.reading.Before), t.reading.Commit)
	var comments []Comment
	for i := slices.Index(line, commit) - 1; i >= 0; i-- {
		_, rolled := begun[line[i]]
		if rolled || slices.Contains(t.Past[t.reading.Source], line[i]) {
			break
		}
		companion := with
		companion.Commit, companion.OnlyShown = line[i], true
		companion.Rollout = fmt.Sprintf("Merged as `%s`, shortly before `%s`, which was rolled out:\n\n", short(line[i]), short(commit)) + with.Rollout
		comments = append(comments, companion)
	}
	return comments
}

// rollout is the comment on the pull request that brought a commit.
func (t teller) rollout(commit string) Comment {
	episodes := t.episodes(commit)
	stage, past := short(commit)+" ended", true
	for _, episode := range episodes {
		if !episode.ended() {
			stage = short(commit) + " runs"
		}
		past = past && !episode.present
	}
	blocks := []string{fmt.Sprintf("### %s: the roll-out of `%s`\n", t.Instance, short(commit)) + counts(episodes)}
	branch := ""
	for _, episode := range episodes {
		blocks = append(blocks, episode.block())
		branch, _, _ = strings.Cut(episode.Revision, "@sha1:")
	}
	return Comment{
		Repository: t.reading.Repository, Commit: commit, Branch: branch, Marker: t.Instance + "/" + t.reading.Source,
		Stage: stage, Calm: calmRollout, OnlyUnfinished: past,
		Rollout: fit(blocks, maxComment/2-len(divider), "plan"),
	}
}

// episodes are what became of the plans that a commit rolled out, those first that
// need a person: a comment may have no room for all.
func (t teller) episodes(commit string) []episode {
	var episodes []episode
	for _, record := range t.records {
		all := attempts(record)
		i := slices.IndexFunc(all, func(a reconciler.Attempt) bool { return commitOf(a.Revision) == commit })
		if i < 0 {
			continue
		}
		episode := episode{all[i], record, i == 0, t.Summary, ""}
		if i > 0 {
			episode.next = commitOf(all[i-1].Revision)
		}
		episodes = append(episodes, episode)
	}
	slices.SortStableFunc(episodes, func(a, b episode) int {
		return cmp.Compare(slices.Index(urgency, a.kind()), slices.Index(urgency, b.kind()))
	})
	return episodes
}

// counts sums up several plans in a line.
func counts(episodes []episode) string {
	if len(episodes) < 2 {
		return ""
	}
	number := map[string]int{}
	for _, episode := range episodes {
		number[episode.kind()]++
	}
	var parts []string
	for _, kind := range urgency {
		if number[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", number[kind], kind))
		}
	}
	return "\n" + strings.Join(parts, ", ") + ".\n"
}
