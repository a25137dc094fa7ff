package gitsrc

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// lsRefs is the request of protocol version 2 for the refs under one prefix.
// See gitprotocol-v2(5).
func lsRefs(prefix string) []byte {
	request := appendPacket(nil, "command=ls-refs\n")
	request = append(request, "0001"...)
	request = appendPacket(request, "ref-prefix "+prefix+"\n")
	return append(request, "0000"...)
}

// ref is one line of the answer.
type ref struct {
	name string
	hash plumbing.Hash
}

// findRef reads an answer up to the ref of that name. It returns the zero hash
// where the answer is complete without it.
func findRef(answer io.Reader, name string) (plumbing.Hash, error) {
	for {
		found, err := nextRef(answer)
		if err != nil || found == nil {
			return plumbing.ZeroHash, err
		}
		if found.name == name {
			return found.hash, nil
		}
	}
}

// someBranches reads at most that many names of branches.
func someBranches(answer io.Reader, most int) ([]string, error) {
	var names []string
	for len(names) < most {
		found, err := nextRef(answer)
		if err != nil || found == nil {
			return names, err
		}
		names = append(names, strings.TrimPrefix(found.name, "refs/heads/"))
	}
	return names, nil
}

// nextRef reads one line; nil is the end of the answer.
func nextRef(answer io.Reader) (*ref, error) {
	p, err := readPacket(answer)
	if err != nil || p.isFlush() {
		return nil, err
	}
	if p.data == nil {
		return nil, fmt.Errorf("%w: packet %04x amid refs", errNotV2, p.special)
	}
	return parseRef(p.data)
}

// sha256 is an object's name by SHA-256.
var sha256 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// parseRef reads "<40 hex> <name>[ <attribute>…]\n".
func parseRef(line []byte) (*ref, error) {
	fields := strings.Split(string(bytes.TrimSuffix(line, []byte("\n"))), " ")
	switch {
	case len(fields) < 2 || fields[1] == "":
		return nil, fmt.Errorf("%w: line %.80q", errNotV2, line)
	case sha256.MatchString(fields[0]):
		return nil, errSHA256
	case !plumbing.IsHash(fields[0]):
		return nil, fmt.Errorf("%w: line %.80q", errNotV2, line)
	}
	hash := plumbing.NewHash(fields[0])
	if hash.IsZero() || len(fields[0]) != 2*len(hash) {
		return nil, fmt.Errorf("%w: object id %.80q is no SHA-1", errNotV2, fields[0])
	}
	return &ref{name: fields[1], hash: hash}, nil
}
