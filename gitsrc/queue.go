package gitsrc

import (
	"bufio"
	"context"
	"fmt"
	"io"
)

// Queued is a commit that a merge queue has made for the branch.
type Queued struct{ Ref, Head string }

// maxQueued bounds how many are looked at.
const maxQueued = 100

// Queue lists the heads of GitHub's merge queue for the branch, in one small
// request. It works over HTTP, and where the server speaks protocol version 2.
func (s *Source) Queue(ctx context.Context) ([]Queued, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, remote := s.from.(*mirror)
	if !remote || m.onlyV0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	queued, err := m.queue(ctx)
	if err != nil {
		return nil, s.target.explain(fmt.Errorf("looking for a merge queue: %w", err))
	}
	return queued, nil
}

func (m *mirror) queue(ctx context.Context) ([]Queued, error) {
	answer, err := m.ask(ctx, "refs/heads/gh-readonly-queue/"+m.branch.Short()+"/")
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	refs := bufio.NewReader(io.LimitReader(answer, maxBranch))
	var queued []Queued
	for len(queued) < maxQueued {
		found, err := nextRef(refs)
		if err != nil || found == nil {
			return queued, err
		}
		queued = append(queued, Queued{found.name, found.hash.String()})
	}
	return queued, nil
}
