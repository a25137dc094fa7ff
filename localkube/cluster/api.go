package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// api speaks HTTP to etcd and the API server: the few requests of up do not weigh a client library.
type api struct{ client *http.Client }

func (s *state) api() (api, error) {
	pair, err := tls.LoadX509KeyPair(s.path("pki", admin+".crt"), s.path("pki", admin+".key"))
	if err != nil {
		return api{}, fmt.Errorf("loading the administrator's certificate: %w", err)
	}
	ca, err := os.ReadFile(s.path("pki", "ca.crt"))
	if err != nil {
		return api{}, fmt.Errorf("loading the authority's certificate: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}}
	return api{&http.Client{Transport: transport, Timeout: 10 * time.Second}}, nil
}

// do answers the HTTP status, and decodes a good answer's body into the value given, where one is.
func (a api) do(ctx context.Context, method, url string, body, into any) (int, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return 0, fmt.Errorf("encoding a request: %w", err)
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return 0, fmt.Errorf("making a request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || into == nil || response.StatusCode >= 300 {
		return response.StatusCode, err
	}
	return response.StatusCode, json.Unmarshal(answer, into)
}

// answers tells whether a GET gives 200.
func (a api) answers(ctx context.Context, url string) bool {
	code, err := a.do(ctx, http.MethodGet, url, nil, nil)
	return err == nil && code == http.StatusOK
}
