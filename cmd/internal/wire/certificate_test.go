package wire

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"
)

func TestSelfSigned(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	cert, ca, err := SelfSigned(now, "mock.test", "10.1.2.3", "0.0.0.0", "", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) || strings.Contains(string(ca), "PRIVATE") {
		t.Fatalf("the authority is %s", ca)
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(leaf.DNSNames) != 2 || len(leaf.IPAddresses) != 3 || leaf.IsCA {
		t.Errorf("the certificate is for %v and %v; authority %v", leaf.DNSNames, leaf.IPAddresses, leaf.IsCA)
	}
	for _, c := range []struct {
		host string
		at   time.Time
		ok   bool
	}{
		{"localhost", now, true},
		{"127.0.0.1", now, true},
		{"::1", now, true},
		{"mock.test", now, true},
		{"10.1.2.3", now.AddDate(0, 11, 0), true},
		{"localhost", now.AddDate(1, 1, 0), false},
		{"localhost", now.Add(-2 * time.Hour), false},
		{"0.0.0.0", now, false},
		{"other.test", now, false},
	} {
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: c.host, Roots: roots, CurrentTime: c.at})
		if (err == nil) != c.ok {
			t.Errorf("%s at %s: %v", c.host, c.at, err)
		}
	}
}

// Two servers must not trust each other's clients.
func TestSelfSignedAlone(t *testing.T) {
	now := time.Now()
	one, ca, err := SelfSigned(now)
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := SelfSigned(now)
	if err != nil {
		t.Fatal(err)
	}
	if Fingerprint(one) == Fingerprint(two) || len(Fingerprint(one)) != 32*3-1 {
		t.Errorf("fingerprints %s and %s", Fingerprint(one), Fingerprint(two))
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	for _, c := range []struct {
		cert tls.Certificate
		ok   bool
	}{{one, true}, {two, false}} {
		client, server := net.Pipe()
		go tls.Server(server, &tls.Config{Certificates: []tls.Certificate{c.cert}}).Handshake()
		err := tls.Client(client, &tls.Config{RootCAs: roots, ServerName: "localhost"}).Handshake()
		if (err == nil) != c.ok {
			t.Errorf("handshake: %v", err)
		}
		client.Close()
	}
}
