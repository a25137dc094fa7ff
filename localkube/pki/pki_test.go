package pki

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
)

func TestCertificatesAreSignedAndKept(t *testing.T) {
	dir := t.TempDir()
	var first []byte
	for range 2 { // the second round finds all there
		a, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Issue("server", Subject{Name: "s", Groups: []string{"g"}, Hosts: []string{"127.0.0.1", "localhost"}}); err != nil {
			t.Fatal(err)
		}
		if err := a.IssueKeyPair("account"); err != nil {
			t.Fatal(err)
		}
		verify(t, a)
		now, err := os.ReadFile(a.Cert("server"))
		if err != nil || first != nil && string(first) != string(now) {
			t.Fatalf("made anew: %v", err)
		}
		first = now
	}
}

func verify(t *testing.T, a *Authority) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(a.Cert("server"), a.Key("server"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if pair.Leaf.Subject.CommonName != "s" || pair.Leaf.Subject.Organization[0] != "g" {
		t.Errorf("subject %v", pair.Leaf.Subject)
	}
}
