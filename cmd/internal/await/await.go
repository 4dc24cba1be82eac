// Package await is the wait for a server to answer.
package await

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/tallystick/tallystick/internal/plainhttp"
	"github.com/tallystick/tallystick/mock/control"
)

const (
	healthPath = control.Prefix + "health"
	readyPath  = control.Prefix + "ready"
	pause      = 50 * time.Millisecond // between attempts
	patience   = 5 * time.Second       // with one attempt
	maxBody    = 64 << 10              // of an answer; the rest of it is of no interest
)

// Server is the one to wait for.
type Server struct {
	URL    string      // base URL, http or https
	Socket string      // path of the unix socket to reach it through; "" for the host of the URL
	TLS    *tls.Config // nil trusts what the system trusts
	Ready  bool        // wait until a mock says that it is ready; else any answer of HTTP will do
}

// ErrUntrusted is the error of a certificate that is not trusted: waiting does not help.
var ErrUntrusted = errors.New("its certificate is not trusted")

// For returns nil as soon as the server answers. Otherwise the error says what came of the last attempt: ErrUntrusted
// or plainhttp.ErrTLS at once, or the cause that ctx gives when it ends.
func For(ctx context.Context, s Server) error {
	transport := s.transport()
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var last error
	for {
		err := s.ask(ctx, client)
		var untrusted *tls.CertificateVerificationError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &untrusted):
			return fmt.Errorf("%w: %w", ErrUntrusted, untrusted.Err)
		case errors.Is(err, plainhttp.ErrTLS):
			return err
		case ctx.Err() == nil:
			last = err
		case last == nil:
			return context.Cause(ctx)
		default:
			return fmt.Errorf("%w: %w", context.Cause(ctx), last)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (s Server) transport() *http.Transport {
	dialer := &net.Dialer{Timeout: patience}
	transport := &http.Transport{TLSClientConfig: s.TLS, TLSHandshakeTimeout: patience, ForceAttemptHTTP2: true,
		MaxResponseHeaderBytes: maxBody, DialContext: dialer.DialContext}
	if s.Socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", s.Socket)
		}
	}
	return transport
}

// ask makes one attempt.
func (s Server) ask(ctx context.Context, client *http.Client) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	path := healthPath
	if s.Ready {
		path = readyPath
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.URL, "/")+path, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return plain(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxBody)) // so that the connection can be kept
	if strings.HasPrefix(s.URL, "http:") && s.Socket == "" && plainhttp.Refused(answer.StatusCode, body) {
		return plainhttp.ErrTLS
	}
	if s.Ready && answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s answers %s", path, answer.Status)
	}
	return nil
}

// plain is an error without what the HTTP client puts around it.
func plain(err error) error {
	for {
		inner := errors.Unwrap(err)
		var untrusted *tls.CertificateVerificationError
		if inner == nil || (errors.As(err, &untrusted) && !errors.As(inner, &untrusted)) {
			return err
		}
		if _, ok := err.(*tls.CertificateVerificationError); ok {
			return err
		}
		err = inner
	}
}
