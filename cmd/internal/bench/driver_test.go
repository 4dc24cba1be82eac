//go:build linux

package main

import (
	"net"
	"strings"
	"testing"
	"time"
)

// A run that sent nothing has measured nothing.
func TestNothingIsSent(t *testing.T) {
	d := &driver{}
	if got, err := d.run(nil, limits{time: time.Millisecond}); err == nil || !strings.Contains(err.Error(), "no request was sent") {
		t.Errorf("%+v, %v", got, err)
	}
}

// A run whose time has passed while it waited for the next request to be due has no answer to wait for.
func TestNothingIsAwaited(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	d, err := dial(server.Addr().String(), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	r := &drive{driver: d, limits: limits{time: time.Nanosecond, rate: 1}, begin: time.Now().Add(-time.Second), idle: d.conns}
	if err := r.receive(); err != nil {
		t.Error(err)
	}
}
