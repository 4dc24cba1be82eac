package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// trusting is how a client looks at certificates: it trusts what the system trusts and what is in the PEM file ca
// ("" for none), or anything.
func trusting(ca string, insecure bool) (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: insecure} // only when it was asked for
	if ca == "" {
		return config, nil
	}
	data, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("--ca %s: %w", ca, reasonOf(err))
	}
	if config.RootCAs, err = x509.SystemCertPool(); err != nil {
		config.RootCAs = x509.NewCertPool()
	}
	if !config.RootCAs.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("--ca %s: there is no certificate in PEM form", ca)
	}
	return config, nil
}
