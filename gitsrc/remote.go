package gitsrc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// remote asks one server. It keeps connections, and nothing else, open.
type remote struct {
	base      *url.URL // without user and password
	moved     *url.URL // where the server has sent us on to; nil: nowhere
	movedAt   time.Time
	user      *url.Userinfo
	tokenFile string
	branch    plumbing.ReferenceName
	secrets   *secrets
	client    *http.Client
	onlyV0    bool // learned: the server does not speak protocol version 2
}

func newRemote(t target, o Options, parsed *url.URL) *remote {
	base := *parsed
	base.User = nil
	base.Path = strings.TrimRight(base.Path, "/")
	return &remote{
		base: &base, user: parsed.User, tokenFile: o.TokenFile,
		branch: t.branch, secrets: t.secrets, client: newClient(),
	}
}

// tip costs one small round trip with protocol version 2, and a list of all
// refs without.
func (r *remote) tip(ctx context.Context) (plumbing.Hash, error) {
	if r.moved != nil && time.Since(r.movedAt) > movedFor {
		r.moved = nil
	}
	tip, err := r.look(ctx)
	if err != nil {
		r.moved = nil // the next look begins anew
	}
	return tip, err
}

func (r *remote) look(ctx context.Context) (plumbing.Hash, error) {
	if r.onlyV0 {
		return r.tipV0(ctx)
	}
	tip, err := r.tipV2(ctx)
	if !errors.Is(err, errNotV2) {
		return tip, err
	}
	tip, err0 := r.tipV0(ctx)
	if err0 != nil {
		return tip, err0
	}
	r.onlyV0 = !errors.Is(err, errAskAgain)
	return tip, nil
}

func (r *remote) tipV2(ctx context.Context) (plumbing.Hash, error) {
	answer, err := r.ask(ctx, r.branch.String())
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer answer.Close()
	refs := bufio.NewReader(io.LimitReader(answer, maxBranch))
	if _, err := refs.Peek(1); errors.Is(err, io.EOF) {
		// So git's own server answers where version 2 is kept from it.
		return plumbing.ZeroHash, fmt.Errorf("%w: empty answer", errNotV2)
	}
	tip, err := findRef(refs, r.branch.String())
	if err != nil {
		return tip, fmt.Errorf("reading refs: %w", err)
	}
	if tip.IsZero() {
		return tip, r.missing(ctx)
	}
	return tip, nil
}

// missing asks once more, for the branches that are there: the commonest
// trouble is a "master".
func (r *remote) missing(ctx context.Context) error {
	answer, err := r.ask(ctx, "refs/heads/")
	if err != nil {
		return err
	}
	defer answer.Close()
	others, err := someBranches(io.LimitReader(answer, maxBranch), 5)
	if err != nil {
		return fmt.Errorf("reading refs: %w", err)
	}
	return missing(r.branch, others)
}

func (r *remote) tipV0(ctx context.Context) (plumbing.Hash, error) {
	_, refs, err := r.session(ctx)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return advertised(refs.References, r.branch)
}

// ask posts one ls-refs request, once more where the server has moved.
func (r *remote) ask(ctx context.Context, prefix string) (io.ReadCloser, error) {
	response, err := r.post(ctx, prefix)
	if err == nil && isRedirect(response) {
		response.Body.Close()
		if err = r.follow(ctx); err == nil {
			response, err = r.post(ctx, prefix)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := judge(response); err != nil {
		response.Body.Close()
		return nil, err
	}
	return response.Body, nil
}

func (r *remote) post(ctx context.Context, prefix string) (*http.Response, error) {
	request, err := r.request(ctx, http.MethodPost, r.place().String()+"/git-upload-pack", bytes.NewReader(lsRefs(prefix)))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	request.Header.Set("Accept", answerType)
	return r.client.Do(request)
}

// request prepares a request in protocol version 2.
func (r *remote) request(ctx context.Context, method, target string, body io.Reader) (*http.Request, error) {
	auth, err := r.login()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Git-Protocol", "version=2")
	// Some servers answer Git only to those who call themselves so.
	request.Header.Set("User-Agent", "git/patchwave")
	if auth != nil {
		auth.SetAuth(request)
	}
	return request, nil
}

const answerType = "application/x-git-upload-pack-result"

// errAskAgain says that an answer teaches nothing about the server for good.
var errAskAgain = errors.New("unusual answer")

// judge sorts answers: final errors; errors that the older protocol explains
// better or lives with, such as redirects; and refs.
func judge(response *http.Response) error {
	switch code := response.StatusCode; {
	case code == http.StatusOK && response.Header.Get("Content-Type") == answerType:
		return nil
	case code == http.StatusUnauthorized:
		return transport.ErrAuthenticationRequired
	case code == http.StatusForbidden:
		return transport.ErrAuthorizationFailed
	case code == http.StatusTooManyRequests || code > http.StatusInternalServerError:
		return fmt.Errorf("the server answers %q", response.Status)
	case code == http.StatusOK:
		return fmt.Errorf("%w: content type %.80q", errNotV2, response.Header.Get("Content-Type"))
	default:
		return fmt.Errorf("%w, status %d: %w", errAskAgain, code, errNotV2)
	}
}

// session opens a conversation in protocol version 0, which begins with all
// the server's refs.
func (r *remote) session(ctx context.Context) (transport.UploadPackSession, *packp.AdvRefs, error) {
	endpoint, err := transport.NewEndpoint(r.place().String())
	if err != nil {
		return nil, nil, err
	}
	auth, err := r.login()
	if err != nil {
		return nil, nil, err
	}
	session, err := githttp.NewClient(r.client).NewUploadPackSession(endpoint, auth)
	if err != nil {
		return nil, nil, err
	}
	refs, err := session.AdvertisedReferencesContext(ctx)
	if errors.Is(err, transport.ErrEmptyRemoteRepository) {
		return nil, nil, missing(r.branch, nil)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("listing refs: %w", plainly(err))
	}
	return session, refs, nil
}

// plainly says what the library cannot read, by the server's words in its error.
func plainly(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "object-format=sha256"):
		return errSHA256
	case strings.Contains(text, "version 2"):
		return errOnlyV2
	}
	return err
}

// advertised finds a branch among all refs.
func advertised(refs map[string]plumbing.Hash, branch plumbing.ReferenceName) (plumbing.Hash, error) {
	if tip, found := refs[branch.String()]; found {
		return tip, nil
	}
	var others []string
	for name := range refs {
		if short, isBranch := strings.CutPrefix(name, "refs/heads/"); isBranch && len(others) < 5 {
			others = append(others, short)
		}
	}
	return plumbing.ZeroHash, missing(branch, others)
}

// login reads the token anew, since it may have been renewed on disk. It
// returns nil where none is configured, and for another place than the configured.
func (r *remote) login() (githttp.AuthMethod, error) {
	if !sameOrigin(r.base, r.place()) {
		return nil, nil
	}
	user := r.user.Username()
	password, _ := r.user.Password()
	if r.tokenFile != "" {
		token, err := readToken(r.tokenFile)
		if err != nil {
			return nil, err
		}
		user, password = "x-access-token", token
	}
	if user == "" && password == "" {
		return nil, nil
	}
	r.secrets.keep(user, password)
	return &githttp.BasicAuth{Username: user, Password: password}, nil
}

func readToken(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the token: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" || len(token) > 4096 || strings.ContainsAny(token, "\r\n") {
		return "", fmt.Errorf("reading the token: file %q must hold one line, the token", file)
	}
	return token, nil
}
