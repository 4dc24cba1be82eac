package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"
)

const (
	certificateLife = 365 * 24 * time.Hour
	clockSkew       = time.Hour // between this machine and one that looks at the certificate
)

// SelfSigned makes a certificate for localhost, the loopback addresses and the given hosts (names or addresses;
// "" is none), with an authority of its own that signs nothing else: the authority's key is thrown away. It is
// valid for a year from now on. ca is the authority's certificate as PEM, for clients to trust.
func SelfSigned(now time.Time, hosts ...string) (cert tls.Certificate, ca []byte, err error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return cert, nil, err
	}
	authority := template(now, "Tallystick test authority")
	authority.IsCA, authority.MaxPathLenZero = true, true
	authority.KeyUsage = x509.KeyUsageCertSign
	ca, err = x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return cert, nil, err
	}
	signer, err := x509.ParseCertificate(ca) // it has the key id that the other refers to
	if err != nil {
		return cert, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return cert, nil, err
	}
	leaf := template(now, "Tallystick test server")
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	addHosts(leaf, append([]string{"localhost", "127.0.0.1", "::1"}, hosts...))
	der, err := x509.CreateCertificate(rand.Reader, leaf, signer, key.Public(), authorityKey)
	if err != nil {
		return cert, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der, ca}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca}), nil
}

func template(now time.Time, name string) *x509.Certificate {
	serial := make([]byte, 16)
	rand.Read(serial)
	serial[0] &= 0x7f // 20 bytes at most, and positive
	return &x509.Certificate{SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(certificateLife), BasicConstraintsValid: true}
}

// addHosts names each host once. An address that stands for all of a machine's is no name of it.
func addHosts(cert *x509.Certificate, hosts []string) {
	for _, host := range hosts {
		ip := net.ParseIP(host)
		switch {
		case host == "" || ip.IsUnspecified():
		case ip == nil:
			if !slices.Contains(cert.DNSNames, host) {
				cert.DNSNames = append(cert.DNSNames, host)
			}
		case !slices.ContainsFunc(cert.IPAddresses, ip.Equal):
			cert.IPAddresses = append(cert.IPAddresses, ip)
		}
	}
}

// Fingerprint is the SHA-256 of the server's own certificate in hex, with colons, as openssl prints it.
func Fingerprint(cert tls.Certificate) string {
	sum := sha256.Sum256(cert.Certificate[0])
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}
