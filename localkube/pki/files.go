package pki

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func (a *Authority) load() error {
	der, err := readPEM(a.Cert("ca"))
	if err != nil {
		return err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("reading %q: %w", a.Cert("ca"), err)
	}
	if der, err = readPEM(a.Key("ca")); err != nil {
		return err
	}
	if a.key, err = x509.ParseECPrivateKey(der); err != nil {
		return fmt.Errorf("reading %q: %w", a.Key("ca"), err)
	}
	return nil
}

func (a *Authority) write(file, kind string, der []byte, key *ecdsa.PrivateKey) error {
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return fmt.Errorf("encoding key %q: %w", file, err)
	}
	if err := writePEM(a.Key(file), "EC PRIVATE KEY", private); err != nil {
		return err
	}
	return writePEM(a.Cert(file), kind, der)
}

func readPEM(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a certificate or key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("reading %q: it holds no PEM; run `localkube down`, then `up`", path)
	}
	return block.Bytes, nil
}

func writePEM(path, kind string, der []byte) error {
	data := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return fmt.Errorf("writing a certificate or key: %w", err)
	}
	return nil
}
