package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tallystick/tallystick/cmd/internal/crowd"
	"github.com/tallystick/tallystick/cmd/internal/lane"
	"github.com/tallystick/tallystick/cmd/internal/poll"
	"github.com/tallystick/tallystick/cmd/internal/wire"
)

// service is a handler with the place where it is served.
type service struct {
	handler http.Handler
	addr    string // of --addr
	ready   string // of --ready-file; "" for none
	streams bool   // exchanges may take as long as they like
	wire    wired
	log     *slog.Logger
	greet   func(base string, addr net.Addr) error // once it is served, before the ready file
}

// run serves until it is interrupted, and lets open requests end.
func (s service) run(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := checkReady(s.ready); err != nil {
		return err
	}
	listener, err := listen(ctx, s.addr)
	if err != nil {
		return err
	}
	if err := s.wire.writeCA(); err != nil {
		return errors.Join(err, listener.Close())
	}
	return s.serve(ctx, stop, listener)
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := wire.Listen(ctx, addr)
	if err != nil {
		return nil, listenError(addr, err)
	}
	return listener, nil
}

// server speaks HTTP/1.1 and HTTP/2, the latter without TLS to clients that know beforehand.
func (s service) server() *http.Server {
	b := s.bounds()
	server := &http.Server{Handler: s.handler, TLSConfig: s.wire.tls, ReadHeaderTimeout: b.header, ReadTimeout: b.read,
		WriteTimeout: b.write, IdleTimeout: b.idle, MaxHeaderBytes: b.headerBytes, Protocols: &http.Protocols{},
		HTTP2: &http.HTTP2Config{WriteByteTimeout: b.write}, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	if s.streams {
		server.ReadTimeout, server.WriteTimeout = 0, 0
	}
	return server
}

// bounds are the usual ones, where no others were asked for.
func (s service) bounds() bounds {
	b := s.wire.bounds
	if b == (bounds{}) {
		b = usualBounds
	}
	if b.connections == 0 {
		b.connections = usualBounds.connections
	}
	return b
}

// serve answers until the context ends; stop makes the next interrupt end the program at once.
func (s service) serve(ctx context.Context, stop func(), listener net.Listener) error {
	s.handler = s.wire.around(s.handler, listener.Addr())
	server := s.server()
	through := s.through(server)
	defer func() { _ = through.Close() }()
	served := make(chan error, 1)
	go func() { served <- s.accept(server, through, listener) }()
	base := wire.BaseURL(listener.Addr(), s.wire.tls != nil)
	if err := s.greet(base, listener.Addr()); err != nil {
		return err
	}
	if err := writeReady(s.ready, base); err != nil {
		return err
	}
	defer removeReady(s.ready)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer cancel()
	said := make(chan struct{})
	told := time.AfterFunc(silentGrace, func() {
		defer close(said)
		s.log.Info("waits for open connections; interrupt again to end at once", "most", graceTime)
	})
	defer func() {
		if !told.Stop() {
			<-said // nothing is logged after the end
		}
	}()
	_ = through.Shutdown(grace) // what is still open then is closed
	return nil
}

// door is what connections come through.
type door interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	Close() error
}

// through is the lane, for all but those exchanges that may take as long as they like, and TLS.
func (s service) through(server *http.Server) door {
	if s.streams || s.wire.tls != nil {
		return server
	}
	return lane.New(server)
}

// accept takes connections, so many at a time. Idle ones make room for others, which wait where there are none.
func (s service) accept(server *http.Server, through door, listener net.Listener) error {
	under := listener
	listener, err := poll.Listen(under)
	if err != nil {
		return errors.Join(err, under.Close())
	}
	bounded := crowd.Limit(listener, s.bounds().connections)
	listener, server.ConnState = bounded, bounded.Watch
	if s.wire.tls != nil {
		return server.ServeTLS(listener, "", "")
	}
	return through.Serve(listener)
}
