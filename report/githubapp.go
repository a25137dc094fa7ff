package report

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/google/go-github/v60/github"
)

// GitHubApp is an installation of a GitHub App, to sign in as.
type GitHubApp struct {
	ID, Installation int64
	// KeyFile holds the App's private key, in PEM; it is read for every sign-in.
	KeyFile string
}

const (
	// renewBefore is how long before its end an installation's token is renewed.
	renewBefore = 5 * time.Minute
	// jwtTime is for how long the App's own token holds; GitHub takes ten minutes,
	// and our clock may be ahead of its.
	jwtTime = 8 * time.Minute
	jwtSkew = time.Minute
)

// appTokens are the tokens of an installation, one after the other.
type appTokens struct {
	app GitHubApp
	api *github.Client // signs in as the App itself

	mu    sync.Mutex
	token string
	ends  time.Time
}

func newAppTokens(app GitHubApp, base *url.URL, transport http.RoundTripper) (*appTokens, error) {
	if _, err := readKey(app.KeyFile); err != nil {
		return nil, err
	}
	signer := &guard{base: transport, origin: base, tokens: app}
	return &appTokens{app: app, api: newAPI(base, signer)}, nil
}

// current is a token that holds for some minutes more.
func (a *appTokens) current(ctx context.Context) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token != "" && time.Until(a.ends) > renewBefore {
		return a.token, nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	rights := &github.InstallationPermissions{Statuses: github.String("write"), PullRequests: github.String("write")}
	made, _, err := a.api.Apps.CreateInstallationToken(ctx, a.app.Installation, &github.InstallationTokenOptions{Permissions: rights})
	if err != nil {
		return "", fmt.Errorf("signing in as App %d, installation %d: %w", a.app.ID, a.app.Installation, err)
	}
	a.token, a.ends = made.GetToken(), made.GetExpiresAt().Time
	return a.token, nil
}

// refused forgets a token that GitHub does not accept any more.
func (a *appTokens) refused(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token == token {
		a.token = ""
	}
}

// login is who an App's comments are by.
func (a *appTokens) login(ctx context.Context, _ *github.Client) (string, *github.Response, error) {
	app, response, err := a.api.Apps.Get(ctx, "")
	return app.GetSlug() + "[bot]", response, err
}

// current signs in as the App itself, by a JWT.
func (app GitHubApp) current(context.Context) (string, error) {
	key, err := readKey(app.KeyFile)
	if err != nil {
		return "", err
	}
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": strconv.FormatInt(app.ID, 10), "iat": now.Add(-jwtSkew).Unix(), "exp": now.Add(jwtTime).Unix(),
	})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("signing as App %d: %w", app.ID, err)
	}
	return text + "." + encode(signature), nil
}

func (GitHubApp) refused(string) {} // the next one is another

// readKey never puts what it read into an error.
func readKey(path string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the App's private key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("reading the App's private key: %q holds no PEM", path)
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, isRSA := parsed.(*rsa.PrivateKey); err == nil && isRSA {
		return key, nil
	}
	return nil, errors.New("reading the App's private key: " + strconv.Quote(path) + " holds no RSA key")
}
