package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock"
)

// replaySettings is what the flags of `tally replay` say.
type replaySettings struct {
	spec, addr, ready, log string
	wire                   wireSettings
	order, fallback        string
	files                  []string
}

// fallbackMock lets the mock answer what no recorded exchange does.
const fallbackMock = "mock"

func newReplay(env map[string]string) *cobra.Command {
	p := &replaySettings{addr: "127.0.0.1:8080", log: logText, order: string(fixtures.AnyOrder)}
	all := p.settings()
	cmd := &cobra.Command{
		Use:   "replay FILE.har... [flags]",
		Short: "Serve the answers of a recording.",
		Long: `Serves what HAR files have recorded. A request is answered by the exchange with the same method, path,
query and body; what differs between clients may differ: the address and base path, the project, the name of
an instance, the caller of a login, times by the client's clock, members that the server sets. What this
client has sent instead flows into the answers wherever the recording shows it. Headers are not compared.

A request that no exchange answers gets 404, or 409 with --order strict, and the nearest recorded requests
with the differences. The header X-Tally-Exchange of an answer names the file and the entry it is from.

Entries without an answer, those whose answer broke off, and those of which the recording has a body in part
only are left out and named. Of a file that is cut off, what it holds is served.

Orders: any serves equal requests in the order of the recording and repeats the last answer, but a read
does not go past a change that was not asked for; once serves each exchange one time; strict wants every
request in its place.`,
		Example: `  tally replay life.har --addr 127.0.0.1:8081 --fallback mock`,
		Annotations: map[string]string{
			exitNotes: `  0  it was interrupted
  2  wrong usage, a file that cannot be read, a contract with problems or an address that is taken
  4  no exchange of the files can be used; the reasons are printed`},
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			if p.files = args; len(args) == 0 {
				return errors.New("the HAR file is missing; 'tally replay --help' shows the usage")
			}
			return p.serve(cmd)
		},
	}
	all.declare(cmd)
	return cmd
}

// settings lists the flags in the order of the help.
func (p *replaySettings) settings() settings {
	return slices.Concat(settings{
		{name: "spec", form: "FILE", usage: "The contract that tells what may differ. Default the built-in one.", set: into(&p.spec)},
		{name: "addr", form: "HOST:PORT|unix:PATH", initial: p.addr, usage: addrUsage,
			set: func(text string) error { return setAddr(&p.addr, text) }},
		{name: "ready-file", form: "FILE", usage: "Write the base URL into this file once requests are served; it is removed at the end.", set: into(&p.ready)},
		{name: "order", form: "ORDER", initial: p.order, words: orderNames(), set: oneOf(&p.order, orderNames()),
			usage: "In which order exchanges answer: any, once or strict."},
		{name: "fallback", form: "WHAT", words: []string{fallbackMock}, set: oneOf(&p.fallback, []string{fallbackMock}),
			usage: "Who answers what was not recorded: mock, the stateful mock of the contract, with any token. Default nobody."},
		{name: "log", form: "FORM", initial: p.log, words: logForms, set: oneOf(&p.log, logForms),
			usage: "Access log: text, json or off."},
	}, p.wire.settings())
}

func orderNames() []string {
	var names []string
	for _, o := range fixtures.Orders() {
		names = append(names, string(o))
	}
	return names
}

// serve replays until it is interrupted.
func (p *replaySettings) serve(cmd *cobra.Command) error {
	stdout, stderr := cmd.OutOrStdout(), cmd.ErrOrStderr()
	c, err := (&mockSettings{spec: p.spec}).contract()
	if err != nil {
		return err
	}
	r, err := fixtures.Load(p.files...)
	if err != nil {
		return toldNothing(cmd, err)
	}
	warnUnusable(stderr, r.Unusable)
	log := newLogger(p.log, stderr)
	opts := []fixtures.Option{fixtures.WithContract(c), fixtures.WithOrder(fixtures.Order(p.order)), fixtures.WithLog(log)}
	if p.fallback != "" {
		h, err := p.mock(c)
		if err != nil {
			return err
		}
		opts = append(opts, fixtures.WithFallback(h))
	}
	h, err := fixtures.Handler(r, opts...)
	if err != nil {
		return err
	}
	w, err := p.wire.opened(p.addr)
	if err != nil {
		return err
	}
	return service{handler: h, addr: p.addr, ready: p.ready, log: log, wire: w, greet: func(base string, addr net.Addr) error {
		warnOutside(stderr, addr, false)
		return p.greet(stdout, c, r, base, w)
	}}.run(cmd.Context())
}

// mock is the fallback. Tokens that a recording has issued are placeholders, so it takes any.
func (p *replaySettings) mock(c *contract.Contract) (http.Handler, error) {
	return mock.New(c, mock.WithAuth(mock.Auth{Mode: mock.Any}))
}

// toldNothing tells of a recording with nothing in it that can be used, which is no wrong usage.
func toldNothing(cmd *cobra.Command, err error) error {
	if !errors.Is(err, fixtures.ErrNothing) {
		return err
	}
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", cmd.CommandPath(), err)
	return errPartial
}

// warnUnusable names the entries that are left out.
func warnUnusable(stderr io.Writer, entries []fixtures.EntryError) {
	const most = 10
	for i := range entries[:min(most, len(entries))] {
		_, _ = fmt.Fprintln(stderr, "warning:", &entries[i])
	}
	if more := len(entries) - most; more == 1 {
		_, _ = fmt.Fprintln(stderr, "warning: 1 more entry is left out")
	} else if more > 1 {
		_, _ = fmt.Fprintf(stderr, "warning: %d more entries are left out\n", more)
	}
}

func (p *replaySettings) greet(stdout io.Writer, c *contract.Contract, r *fixtures.Recording, base string, w wired) error {
	text := fmt.Sprintf("%s %s, replayed at\n\n  address   %s\n%s  exchanges %d\n  order     %s\n", c.Title, c.Version, base, w.notes("tls       ", "ca        "), len(r.Exchanges), p.order)
	if p.fallback != "" {
		text += "  fallback  " + p.fallback + "\n"
	}
	_, err := io.WriteString(stdout, text+"\nCtrl-C ends it.\n")
	return err
}
