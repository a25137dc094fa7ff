// Package pki makes the certificates and keys of a cluster in one folder. What is there already is kept.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const lifetime = 10 * 365 * 24 * time.Hour

// Authority signs the certificates of one cluster.
type Authority struct {
	dir  string
	cert *x509.Certificate
	key  crypto.Signer
}

// Subject is what a certificate says of its holder.
type Subject struct {
	Name   string // the user's name, for a client
	Groups []string
	Hosts  []string // DNS names and addresses, for a server
}

// Open loads the folder's authority, or makes one. The folder need not exist.
func Open(dir string) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the certificates' folder: %w", err)
	}
	a := &Authority{dir: dir}
	if exists(a.Cert("ca")) {
		return a, a.load()
	}
	return a, a.found()
}

// Cert is the path of a certificate.
func (a *Authority) Cert(file string) string { return filepath.Join(a.dir, file+".crt") }

// Key is the path of a private key.
func (a *Authority) Key(file string) string { return filepath.Join(a.dir, file+".key") }

// Issue makes a certificate and its key, for a server and a client alike.
func (a *Authority) Issue(file string, subject Subject) error {
	if exists(a.Cert(file)) {
		return nil
	}
	template := newTemplate(pkix.Name{CommonName: subject.Name, Organization: subject.Groups})
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, host := range subject.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	return a.sign(file, template, key)
}

// IssueKeyPair makes a bare key with its public half beside it (Cert names that file).
func (a *Authority) IssueKeyPair(file string) error {
	if exists(a.Cert(file)) {
		return nil
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("encoding key %q: %w", file, err)
	}
	return a.write(file, "PUBLIC KEY", public, key)
}

func (a *Authority) found() error {
	key, err := newKey()
	if err != nil {
		return err
	}
	template := newTemplate(pkix.Name{CommonName: "localkube-ca"})
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage |= x509.KeyUsageCertSign
	a.cert, a.key = template, key
	if err := a.sign("ca", template, key); err != nil {
		return err
	}
	return a.load()
}

// sign writes the certificate last: one that is there has its key.
func (a *Authority) sign(file string, template *x509.Certificate, key *ecdsa.PrivateKey) error {
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("signing certificate %q: %w", file, err)
	}
	return a.write(file, "CERTIFICATE", der, key)
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return key, nil
}

func newTemplate(name pkix.Name) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62)) // never fails since Go 1.24
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      name,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
