package gitsrc

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// maxHaves is how many commits are offered to the server as common ground; a
// force-push to a fork point further back downloads more than it needs.
const maxHaves = 64

// fetch brings the branch's commit and its whole history into the store and
// returns that commit. The branch may go anywhere, backwards too.
func (r *remote) fetch(ctx context.Context, into *filesystem.Storage) (plumbing.Hash, error) {
	haves, err := r.haves(into)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	session, tip, request, err := r.negotiate(ctx, r.branch)
	if err != nil {
		return tip, err
	}
	if _, err := object.GetCommit(into, tip); err != nil {
		request.Wants, request.Haves = []plumbing.Hash{tip}, haves
		if err := download(ctx, session, request, into, maxPackfile); err != nil {
			return tip, fmt.Errorf("fetching commit %s: %w", tip, err)
		}
	}
	if err := into.SetReference(plumbing.NewHashReference(r.branch, tip)); err != nil {
		return tip, fmt.Errorf("noting commit %s in the store: %w", tip, err)
	}
	return tip, nil
}

// negotiate opens a conversation, and finds where a ref stands.
func (r *remote) negotiate(ctx context.Context, ref plumbing.ReferenceName) (transport.UploadPackSession, plumbing.Hash, *packp.UploadPackRequest, error) {
	session, refs, err := r.session(ctx)
	if err != nil {
		return nil, plumbing.ZeroHash, nil, err
	}
	tip, err := advertised(refs.References, ref)
	request := packp.NewUploadPackRequestFromCapabilities(refs.Capabilities)
	if err == nil && refs.Capabilities.Supports(capability.NoProgress) {
		err = request.Capabilities.Set(capability.NoProgress)
	}
	return session, tip, request, err
}

func download(ctx context.Context, session transport.UploadPackSession, request *packp.UploadPackRequest, into *filesystem.Storage, limit int64) error {
	response, err := session.UploadPack(ctx, request)
	if err != nil {
		return err
	}
	defer response.Close()
	content := &boundedBody{ReadCloser: response, left: limit, limit: limit}
	return packfile.UpdateObjectStorage(into, withoutSideband(request.Capabilities, content))
}

func withoutSideband(capabilities *capability.List, response io.Reader) io.Reader {
	switch {
	case capabilities.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, response)
	case capabilities.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, response)
	}
	return response
}

// haves are the newest commits of the store. A store whose own branch cannot
// be read is damaged.
func (r *remote) haves(store *filesystem.Storage) ([]plumbing.Hash, error) {
	branch, err := store.Reference(r.branch)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: reading its branch: %w", errDamaged, err)
	}
	haves := []plumbing.Hash{branch.Hash()}
	seen := map[plumbing.Hash]bool{branch.Hash(): true}
	for i := 0; i < len(haves) && len(haves) < maxHaves; i++ {
		commit, err := object.GetCommit(store, haves[i])
		if err != nil {
			return nil, fmt.Errorf("%w: reading commit %s: %w", errDamaged, haves[i], err)
		}
		for _, parent := range commit.ParentHashes {
			if !seen[parent] {
				seen[parent] = true
				haves = append(haves, parent)
			}
		}
	}
	return haves, nil
}
