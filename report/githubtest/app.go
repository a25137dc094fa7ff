package githubtest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// App is an installed GitHub App, which signs in by a JWT of its own and gets
// tokens that end.
type App struct {
	ID, Installation int64
	Key              *rsa.PublicKey
	// Lifetime is a token's; default an hour, as on GitHub.
	Lifetime time.Duration
}

const appSlug = "patchwave-app"

// byApp are the operations that take the App's JWT and no other token.
var byApp = map[string]bool{"apps/get-authenticated": true, "apps/create-installation-access-token": true}

// getApp is GET /app.
func (s *Server) getApp(*call) answer {
	return answer{status: http.StatusOK, body: s.api.of("integration", object{
		"id": s.options.App.ID, "slug": appSlug, "name": "patchwave",
		"owner": s.api.of("simple-user", nil), "permissions": object{},
	})}
}

// createToken is POST /app/installations/{installation_id}/access_tokens.
func (s *Server) createToken(c *call) answer {
	if c.vars["installation_id"] != strconv.FormatInt(s.options.App.Installation, 10) {
		return problem(http.StatusNotFound, "Not Found")
	}
	token := fmt.Sprintf("ghs_%036d", len(s.issued)+1)
	s.issued[token] = time.Now().Add(s.options.App.Lifetime)
	return answer{status: http.StatusCreated, body: object{"token": token, "expires_at": s.issued[token].UTC().Format(time.RFC3339)}}
}

// verify says what is wrong with an App's JWT, "" for nothing. GitHub takes one
// for at most ten minutes.
func (a *App) verify(token string, now time.Time) string {
	parts := strings.Split(token, ".")
	if a == nil || len(parts) != 3 {
		return "A JSON web token could not be decoded"
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(a.Key, crypto.SHA256, sum[:], signature) != nil {
		return "A JSON web token could not be decoded"
	}
	var head struct{ Alg string }
	var claims struct {
		Iat, Exp int64
		Iss      any
	}
	if unpack(parts[0], &head) != nil || head.Alg != "RS256" || unpack(parts[1], &claims) != nil || fmt.Sprint(claims.Iss) != strconv.FormatInt(a.ID, 10) {
		return "A JSON web token could not be decoded"
	}
	switch {
	case claims.Iat > now.Unix():
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	case claims.Exp < now.Unix() || claims.Exp > now.Add(10*time.Minute).Unix():
		return "'Expiration time' claim ('exp') is too far in the future"
	}
	return ""
}

func unpack(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
