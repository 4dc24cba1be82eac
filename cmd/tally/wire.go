package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tallystick/tallystick/cmd/internal/wire"
	"github.com/tallystick/tallystick/mock/control"
)

// wireSettings say how a server meets its clients.
type wireSettings struct {
	cert, key, caFile string
	selfSigned        bool
	origins           []string
	connections       int
}

func (s *wireSettings) settings() settings {
	return settings{
		{name: "tls-cert", form: "FILE", set: into(&s.cert),
			usage: "Serve with TLS: the certificate, with those between it and its authority, as PEM. Example: --tls-cert server.pem --tls-key server.key."},
		{name: "tls-key", form: "FILE", set: into(&s.key), usage: "The key of --tls-cert, as PEM."},
		{name: "tls-self-signed", form: "bool", set: setBool(&s.selfSigned),
			usage: "Serve with TLS and a new certificate, for localhost, the loopback addresses and the host of --addr. Its fingerprint is printed; its key is never written."},
		{name: "tls-ca-file", form: "FILE", set: into(&s.caFile),
			usage: "With --tls-self-signed: write what clients have to trust into this file, as PEM. Example: --tls-ca-file ca.pem, then curl --cacert ca.pem."},
		{name: "cors", form: "ORIGIN", many: true, set: s.addOrigin,
			usage: "Let web pages of this origin call the API, or of all with *; never the control API. May be repeated. Default none. Example: --cors http://localhost:3000."},
		{name: "max-connections", form: "N", initial: strconv.Itoa(usualBounds.connections), set: s.setConnections,
			usage: "Connections that are open at a time. The longest idle one makes room for another."},
	}
}

func (s *wireSettings) addOrigin(text string) error {
	s.origins = append(s.origins, text)
	return wire.CheckOrigin(text)
}

func (s *wireSettings) setConnections(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("want a number above 0")
	}
	s.connections = n
	return nil
}

// wired is what came of wireSettings. The zero value is plain HTTP within the usual bounds.
type wired struct {
	tls         *tls.Config // nil is none
	selfSigned  bool
	fingerprint string // of the certificate
	caFile      string
	ca          []byte // what belongs into caFile, as PEM
	origins     []string
	bounds      bounds
}

// opened reads or makes the certificate, for a server at an address.
func (s *wireSettings) opened(addr string) (wired, error) {
	w := wired{selfSigned: s.selfSigned, caFile: s.caFile, origins: s.origins, bounds: usualBounds}
	if s.connections > 0 {
		w.bounds.connections = s.connections
	}
	if err := s.complete(addr); err != nil {
		return w, err
	}
	var cert tls.Certificate
	switch {
	case s.selfSigned:
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return w, err
		}
		if cert, w.ca, err = wire.SelfSigned(time.Now(), host); err != nil {
			return w, fmt.Errorf("--tls-self-signed: %w", err)
		}
	case s.cert != "":
		var err error
		if cert, err = tls.LoadX509KeyPair(s.cert, s.key); err != nil {
			return w, pairError(s.cert, s.key, err)
		}
	default:
		return w, nil
	}
	w.fingerprint = wire.Fingerprint(cert)
	w.tls = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	return w, nil
}

// writeCA writes what clients have to trust. It is for a server that has its address: the file of one that is
// served there already must stay.
func (w wired) writeCA() error {
	if err := writeWhole(w.caFile, w.ca, 0o644); err != nil {
		return fmt.Errorf("--tls-ca-file %s: %w", w.caFile, reasonOf(err))
	}
	return nil
}

// complete tells what is missing, or does not go together.
func (s *wireSettings) complete(addr string) error {
	_, socket := wire.SocketPath(addr)
	switch {
	case s.cert != "" && s.key == "":
		return errors.New("--tls-key is missing; --tls-cert needs it")
	case s.key != "" && s.cert == "":
		return errors.New("--tls-cert is missing; --tls-key is the key of one")
	case s.selfSigned && s.cert != "":
		return errors.New("--tls-self-signed and --tls-cert exclude each other")
	case s.caFile != "" && !s.selfSigned:
		return errors.New("--tls-ca-file needs --tls-self-signed")
	case socket && (s.selfSigned || s.cert != ""):
		return errors.New("TLS is for HOST:PORT; a unix socket does not leave this machine")
	}
	return nil
}

// pairError names the flag whose file it is.
func pairError(cert, key string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		if path.Path == key {
			return fmt.Errorf("--tls-key %s: %w", key, path.Err)
		}
		return fmt.Errorf("--tls-cert %s: %w", cert, path.Err)
	}
	return fmt.Errorf("--tls-cert %s with --tls-key %s: %s", cert, key, strings.TrimPrefix(err.Error(), "tls: "))
}

// around is a handler for clients that come to an address.
func (w wired) around(next http.Handler, addr net.Addr) http.Handler {
	if len(w.origins) > 0 {
		next = wire.CORS(w.origins, control.Prefix, next)
	}
	if addr.Network() == "unix" {
		next = wire.Local(next)
	}
	return next
}

// notes are lines for the start, each after a label.
func (w wired) notes(tlsLabel, caLabel string) string {
	if w.tls == nil {
		return ""
	}
	text := "  " + tlsLabel + "SHA-256 " + w.fingerprint + "\n"
	if w.caFile != "" {
		text += "  " + caLabel + w.caFile + "\n"
	}
	return text
}

// writeWhole writes a file in one step, so that a reader never sees a part of it; "" is none.
func writeWhole(path string, data []byte, mode fs.FileMode) error {
	if path == "" {
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".tally-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Chmod(mode), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}
