package main

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

// recordSettings is what the flags of `tally record` say.
type recordSettings struct {
	target     *url.URL
	out, addr  string
	ready      string
	force      bool
	redactAlso []string
	spec       string
	validate   bool
	failOn     string
	host       string
	ca         string
	insecure   bool
	asJSON     bool
	log        string
}

// What --fail-on can be.
const (
	failNever   = "never"
	failAnswers = "answers"
	failAll     = "all"
)

// Whose Host header the target gets.
const (
	hostTarget = "target"
	hostClient = "client"
)

func newRecord(env map[string]string) *cobra.Command {
	k := &recordSettings{addr: "127.0.0.1:8888", validate: true, failOn: failNever, host: hostTarget, log: logText}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "record --target URL --out FILE.har [flags]",
		Short: "Record what clients and a server say to each other.",
		Long: `A reverse proxy: point a client at its address instead of the server's. Every exchange passes unchanged and is
written as HAR 1.2 before the client has the end of the answer. The file is a whole HAR at every moment,
also when the program is killed, and can be read by its owner only. While it is written, .FILE.har.aside
stands beside it; a program that is killed with SIGKILL leaves that behind, and it can be removed. Two
recorders cannot write one file. Runs until it is interrupted
(SIGINT or SIGTERM); then it prints what it saw.

Secrets never get into the file: tokens, Authorization, cookies, passwords, keys, signatures, what the
contract marks with format: password, and what --redact-also names. Each is replaced by REDACTED-1,
REDACTED-2 and so on, the same secret by the same one. Where nothing marks a secret as one, in a parameter
of another name say, it is known from the first exchange on that shows what it is: what was written before
stays as it was. --redact-also names such places.

Each exchange is held to the contract. What it says stands beside the exchange, under _tally, and in the
summary; --fail-on makes it the exit code.

A client may leave the proxy when an answer, such as the catalog of a token, names URLs of the server. A
server that builds them from the Host header, as tally mock does, names the proxy with --host client; for
another one the client has to be told its endpoint.`,
		Example: `  tally record --target http://127.0.0.1:8080 --host client --out run.har --fail-on answers`,
		Annotations: map[string]string{
			exitNotes: `  0  it was interrupted, and --fail-on found nothing
  1  findings: what --fail-on names was seen
  2  wrong usage, a contract with problems, an address that is taken, or a file that cannot be written
  3  no answer came from the target, to any request
  4  nothing was recorded, or --fail-on is set and some answers could not be judged`},
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			if err := k.complete(); err != nil {
				return err
			}
			return k.record(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	all.declare(cmd)
	return cmd
}

// settings lists the flags in the order of the help.
func (k *recordSettings) settings() settings {
	return settings{
		{name: "target", form: "URL", set: k.setTarget, usage: "The base URL of the server."},
		{name: "out", form: "FILE", set: into(&k.out), usage: "The recording. An existing file is refused."},
		{name: "force", form: "bool", set: setBool(&k.force), usage: "Replace the file of --out when it exists."},
		{name: "addr", form: "HOST:PORT|unix:PATH", initial: k.addr, set: func(text string) error { return setAddr(&k.addr, text) }, usage: addrUsage},
		{name: "ready-file", form: "FILE", set: into(&k.ready), usage: "Write the base URL into this file once requests are served; it is removed at the end."},
		{name: "redact-also", form: "POINTER|HEADER", many: true, set: add(&k.redactAlso),
			usage: "What is secret besides: a JSON pointer into bodies, such as /spec/env/* (* is any item or member), or a header. May be repeated."},
		{name: "validate", form: "on|off", initial: "on", words: []string{"on", "off"}, set: setOnOff(&k.validate), usage: "Whether exchanges are held to the contract."},
		{name: "spec", form: "FILE", set: into(&k.spec), usage: "The contract to hold them to. Default the built-in one."},
		{name: "fail-on", form: "WHAT", initial: k.failOn, words: failWords, set: oneOf(&k.failOn, failWords),
			usage: "What makes the exit code 1: never anything, answers that break the contract or do not come, or all: requests too, and those that the contract has no operation for."},
		{name: "host", form: "WHOSE", initial: k.host, words: hostWords, set: oneOf(&k.host, hostWords),
			usage: "The Host header that the target gets: its own (target), or what the client sent (client)."},
		{name: "ca", form: "FILE", set: into(&k.ca), usage: "Trust the certificates in this PEM file too, when the target has TLS."},
		{name: "insecure", form: "bool", set: setBool(&k.insecure), usage: "Do not check the target's certificate."},
		{name: "json", form: "bool", set: setBool(&k.asJSON), usage: "Print the summary as JSON, and what is said at the start on the standard error stream."},
		{name: "log", form: "FORM", initial: k.log, words: logForms, set: oneOf(&k.log, logForms), usage: "A line for each exchange: text, json or off."},
	}
}

var (
	failWords = []string{failNever, failAnswers, failAll}
	hostWords = []string{hostTarget, hostClient}
)

func (k *recordSettings) setTarget(text string) error {
	u, err := url.Parse(text)
	if err == nil && u.User != nil { // the value would be shown
		return errors.New("credentials do not belong in a URL")
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("want a URL such as http://127.0.0.1:8080")
	}
	k.target = u
	return nil
}

// complete tells what is missing, or does not go together.
func (k *recordSettings) complete() error {
	switch {
	case k.target == nil:
		return errors.New("--target is missing")
	case k.out == "":
		return errors.New("--out is missing")
	case !k.validate && k.failOn != failNever:
		return fmt.Errorf("--fail-on %s needs --validate on", k.failOn)
	case !k.validate && k.spec != "":
		return errors.New("--spec needs --validate on")
	}
	return nil
}
