package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/cmd/internal/await"
	"github.com/tallystick/tallystick/cmd/internal/wire"
	"github.com/tallystick/tallystick/conformance"
)

// waitSettings is what the flags of `tally wait` say.
type waitSettings struct {
	timeout  time.Duration
	ready    bool
	ca       string
	insecure bool
}

func newWait(env map[string]string) *cobra.Command {
	k := &waitSettings{timeout: 30 * time.Second}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "wait URL [flags]",
		Short: "Wait until a server answers.",
		Long: `Asks a server again and again until it answers, whatever that is, and prints nothing. URL is a base URL, as a
mock prints it, or unix:PATH. What is asked for is /_tally/health, so that nothing is counted or logged by a mock;
with --ready it is /_tally/ready, and only the status 200 will do.`,
		Example: `  tally mock & tally wait http://127.0.0.1:8080 && go test ./...
  tally wait https://localhost:8443 --ca ca.pem --timeout 10s
  tally wait unix:/tmp/tally.sock --ready`,
		Annotations: map[string]string{
			exitNotes: `  0  it answers
  2  wrong usage
  3  it did not answer in time, its certificate is not trusted, or it speaks TLS and the URL says http`},
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			if len(args) == 0 {
				return errors.New("the URL is missing; 'tally wait --help' shows the usage")
			}
			return k.wait(cmd.Context(), args[0])
		},
	}
	all.declare(cmd)
	return cmd
}

func (k *waitSettings) settings() settings {
	return settings{
		{name: "timeout", form: "DURATION", initial: k.timeout.String(), set: k.setTimeout, usage: "How long to wait at most. Example: --timeout 1m30s."},
		{name: "ready", form: "bool", set: setBool(&k.ready), usage: "Wait until a mock says that it is ready, not merely until there is an answer."},
		{name: "ca", form: "FILE", set: into(&k.ca), usage: "Trust the certificates in this PEM file too. Example: --ca ca.pem, the file of --tls-ca-file."},
		{name: "insecure", form: "bool", set: setBool(&k.insecure), usage: "Do not check the server's certificate."},
	}
}

func (k *waitSettings) setTimeout(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return errors.New("want a duration above 0, such as 30s or 1m")
	}
	k.timeout = d
	return nil
}

func (k *waitSettings) wait(ctx context.Context, target string) error {
	server, err := serverAt(target)
	if err != nil {
		return err
	}
	server.Ready = k.ready
	if server.TLS, err = trusting(k.ca, k.insecure); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, k.timeout, fmt.Errorf("it did not answer within %s", k.timeout))
	defer cancel()
	err = await.For(ctx, server)
	switch {
	case errors.Is(err, await.ErrUntrusted):
		return fmt.Errorf("%w: %s: %w; --ca FILE trusts it, --insecure does not look", conformance.ErrUnreachable, target, err)
	case err != nil:
		return fmt.Errorf("%w: %s: %w", conformance.ErrUnreachable, target, err)
	}
	return nil
}

// serverAt reads the address of a server: a base URL, or unix:PATH.
func serverAt(text string) (await.Server, error) {
	if path, ok := wire.SocketPath(text); ok && path != "" {
		return await.Server{URL: "http://localhost", Socket: path}, nil
	}
	u, err := baseURL(text)
	if err != nil {
		return await.Server{}, err
	}
	return await.Server{URL: u.String()}, nil
}

// baseURL reads the base URL of a server.
func baseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err == nil && u.User != nil: // the value would be shown
		return nil, errors.New("credentials do not belong in a URL")
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.RawQuery != "", u.Fragment != "":
		return nil, errors.New("want a URL such as http://127.0.0.1:8080") // without the text, which may hold a password
	}
	return u, nil
}
