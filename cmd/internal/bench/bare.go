//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// constant is what the bare server answers to an operation.
type constant struct {
	Method, Path string // the path as OpenAPI writes it
	Decodes      bool   // the operation takes a body
	Status       int
	Body         []byte
}

// bareHandler answers constants. It decodes the bodies of requests, as every server has to.
func bareHandler(answers []constant) http.Handler {
	e := echo.New()
	for _, a := range answers {
		path := strings.NewReplacer("{", ":", "}", "").Replace(a.Path)
		length := strconv.Itoa(len(a.Body))
		e.Add(a.Method, path, func(c echo.Context) error {
			if a.Decodes {
				var body map[string]any
				if err := json.NewDecoder(c.Request().Body).Decode(&body); err != nil {
					return err
				}
			}
			c.Response().Header().Set(echo.HeaderContentLength, length)
			return c.Blob(a.Status, "application/json; charset=UTF-8", a.Body)
		})
	}
	return e
}

// serveBare is the command of the bare server: it reads the constants from stdin and writes its address.
func serveBare(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	var answers []constant
	if err := json.NewDecoder(stdin).Decode(&answers); err != nil {
		return fmt.Errorf("the constants: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: bareHandler(answers), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 120 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if _, err := fmt.Fprintln(stdout, listener.Addr()); err != nil {
		return err
	}
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}
