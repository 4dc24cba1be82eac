package await

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serves gives the base URL of a server.
func serves(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestAnyAnswer(t *testing.T) {
	for _, status := range []int{200, 204, 302, 401, 404, 500, 503} {
		var asked atomic.Value
		url := serves(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Store(r.Method + " " + r.URL.Path)
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
		})
		for _, base := range []string{url, url + "/"} {
			if err := For(t.Context(), Server{URL: base}); err != nil || asked.Load() != "GET /_tally/health" {
				t.Errorf("%d: %v, %v", status, err, asked.Load())
			}
		}
	}
}

// Ready is what the status 200 says, and nothing before it.
func TestReady(t *testing.T) {
	var n atomic.Int32
	url := serves(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != readyPath:
			w.WriteHeader(http.StatusOK)
		case n.Add(1) < 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	if err := For(t.Context(), Server{URL: url, Ready: true}); err != nil || n.Load() != 3 {
		t.Errorf("%v after %d attempts", err, n.Load())
	}
}

// A wait that ends without success tells what came last.
func TestNotInTime(t *testing.T) {
	asked := make(chan bool, 100)
	url := serves(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		asked <- true
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("enough")
	go func() {
		<-asked
		<-asked // the first answer has come by now
		cancel(gone)
	}()
	err := For(ctx, Server{URL: url, Ready: true})
	if !errors.Is(err, gone) || !strings.Contains(err.Error(), "GET /_tally/ready answers 404 Not Found") {
		t.Errorf("%v", err)
	}
	if err := For(ctx, Server{URL: url}); !errors.Is(err, gone) {
		t.Errorf("after the end: %v", err)
	}
}

// A server that comes later is waited for, at a port and at a socket.
func TestLater(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	for _, s := range []Server{{URL: "http://127.0.0.1:0"}, {URL: "http://localhost", Socket: socket}} {
		network, addr := "unix", socket
		if s.Socket == "" {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			network, addr = "tcp", l.Addr().String()
			s.URL = "http://" + addr
			l.Close()
		}
		done := make(chan error, 1)
		go func() { done <- For(t.Context(), s) }()
		l, err := net.Listen(network, addr)
		if err != nil {
			t.Skipf("the address was taken meanwhile: %v", err)
		}
		server := &http.Server{Handler: http.NotFoundHandler()}
		go server.Serve(l)
		if err := <-done; err != nil {
			t.Error(err)
		}
		server.Close()
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	server.Config.ErrorLog = nil
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	for _, c := range []struct {
		name   string
		config *tls.Config
		ok     bool
	}{
		{"of the system", nil, false},
		{"none", &tls.Config{RootCAs: x509.NewCertPool()}, false},
		{"another name", &tls.Config{RootCAs: roots, ServerName: "other.test"}, false},
		{"trusted", &tls.Config{RootCAs: roots}, true},
		{"anything", &tls.Config{InsecureSkipVerify: true}, true},
	} {
		err := For(t.Context(), Server{URL: server.URL, TLS: c.config})
		if (err == nil) != c.ok || (err != nil && !errors.Is(err, ErrUntrusted)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// What is no HTTP is no answer.
func TestNoHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	seen := make(chan bool, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Write([]byte("SSH-2.0-x\r\n"))
			conn.Close()
			seen <- true
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		<-seen
		<-seen
		cancel()
	}()
	if err := For(ctx, Server{URL: "http://" + l.Addr().String()}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
