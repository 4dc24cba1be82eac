package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

// service is a handler with the place where it is served.
type service struct {
	handler http.Handler
	addr    string // of --addr
	ready   string // of --ready-file; "" for none
	streams bool   // exchanges may take as long as they like, and HTTP/2 without TLS is spoken too
	log     *slog.Logger
	greet   func(base string, addr net.Addr) error // once it is served, before the ready file
}

// run serves until it is interrupted, and lets open requests end.
func (s service) run(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := listen(ctx, s.addr)
	if err != nil {
		return err
	}
	return s.serve(ctx, stop, listener)
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, listenError(addr, err)
	}
	return listener, nil
}

func (s service) server() *http.Server {
	server := &http.Server{Handler: s.handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	if s.streams {
		server.ReadTimeout, server.WriteTimeout, server.Protocols = 0, 0, &http.Protocols{}
		server.Protocols.SetHTTP1(true)
		server.Protocols.SetUnencryptedHTTP2(true)
		server.HTTP2 = &http.HTTP2Config{WriteByteTimeout: writeTimeout}
	}
	return server
}

// serve answers until the context ends; stop makes the next interrupt end the program at once.
func (s service) serve(ctx context.Context, stop func(), listener net.Listener) error {
	server := s.server()
	defer func() { _ = server.Close() }()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	base := baseURL(listener.Addr())
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
	_ = server.Shutdown(grace) // what is still open then is closed
	return nil
}
