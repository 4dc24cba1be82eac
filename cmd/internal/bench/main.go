//go:build linux

// Command bench measures the mock against a bare Echo server that decodes the same bodies and writes constant
// answers of the same size. Both run as processes of their own on one core, the load on another, and take turns,
// so that a noisy machine harms both alike: what counts are the ratios.
//
//	go build -o bin/tally ./cmd/tally && go run ./cmd/internal/bench --json out/bench.json --svg out/bench.svg
//
// It ends with 0 when it has measured, with 1 when a ratio is below the --check baseline, with 2 when it could
// not measure.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const bareCommand = "serve-bare"

// options are what the flags say.
type options struct {
	tally       string
	quick       bool
	large       bool
	only        string
	rounds      int
	each        time.Duration
	json, svg   string
	check       string
	baseline    string
	runs        int
	connections int
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(args) > 0 && args[0] == bareCommand {
		return told(stderr, serveBare(ctx, stdin, stdout))
	}
	if len(args) > 0 && args[0] == peersCommand {
		return runPeers(ctx, args[1:], stdout, stderr)
	}
	o, err := parseFlags(args, stderr)
	if err != nil {
		return 2
	}
	missed, err := o.execute(ctx, stdout, stderr)
	if code := told(stderr, err); code != 0 {
		return code
	}
	for _, m := range missed {
		_, _ = fmt.Fprintln(stderr, "bench:", m)
	}
	return min(len(missed), 1)
}

func told(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, "bench:", err)
	return 2
}

func parseFlags(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		_, _ = fmt.Fprintln(stderr, "Usage: bench [flags], or bench peers [flags] for the mock and the runner beside others (bench peers --help)")
		f.PrintDefaults()
	}
	f.StringVar(&o.tally, "tally", "bin/tally", "the binary with the mock")
	f.BoolVar(&o.quick, "quick", false, "only the ratios, at one size of the state, in at most 25 s")
	f.BoolVar(&o.large, "large", false, "a state of 1,000,000 instances too")
	f.StringVar(&o.only, "only", "", "only these workloads, separated by commas")
	f.IntVar(&o.rounds, "rounds", 0, "rounds of each measurement; default 5")
	f.DurationVar(&o.each, "time", 0, "time of one server in one round; default 1s, with --quick 180ms")
	f.StringVar(&o.json, "json", "", "write the result to this file as JSON")
	f.StringVar(&o.svg, "svg", "", "write a plot of the ratios to this file as SVG")
	f.StringVar(&o.check, "check", "", "fail when a ratio is below what this baseline allows, in three measurements one after the other")
	f.StringVar(&o.baseline, "baseline", "", "measure --runs times, and write a baseline with the noise seen to this file")
	f.IntVar(&o.runs, "runs", 10, "how often --baseline measures")
	f.IntVar(&o.connections, "connections", 32, "keep-alive connections")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 || o.connections < 1 || o.runs < 2 || o.rounds < 0 || o.each < 0 {
		_, _ = fmt.Fprintf(stderr, "bench: %s: want flags only, at least one connection, two runs, no negative number\n", strings.Join(args, " "))
		return nil, flag.ErrHelp
	}
	if o.rounds == 0 {
		o.rounds = 5
	}
	if o.each == 0 {
		if o.each = time.Second; o.quick {
			o.each = 180 * time.Millisecond
		}
	}
	return o, nil
}

// execute measures, and tells which ratios are too low.
func (o *options) execute(ctx context.Context, stdout, progress io.Writer) ([]string, error) {
	if o.baseline != "" {
		return nil, o.writeBaseline(ctx, stdout, progress)
	}
	var known *baseline
	if o.check != "" {
		var err error
		if known, err = readBaseline(o.check); err != nil {
			return nil, err
		}
	}
	for left := o.tries(); ; left-- {
		missed, err := o.once(ctx, known, stdout, progress)
		if err != nil || len(missed) == 0 || left == 1 {
			return missed, err
		}
		_, _ = fmt.Fprintf(progress, "%s\nmeasured again, for what the machine has done meanwhile\n", strings.Join(missed, "\n"))
	}
}

// mostTries is how often a ratio that is too low is measured: what is slow stays slow, and what the machine does
// besides does not.
const mostTries = 3

func (o *options) tries() int {
	if o.check == "" {
		return 1
	}
	return mostTries
}

// once measures, writes the result, and tells which ratios are too low; a nil baseline has none.
func (o *options) once(ctx context.Context, known *baseline, stdout, progress io.Writer) ([]string, error) {
	result, err := o.measure(ctx, progress)
	if err != nil {
		return nil, err
	}
	if err := result.table(stdout); err != nil {
		return nil, err
	}
	if o.json != "" {
		if err := writeJSON(o.json, result); err != nil {
			return nil, err
		}
	}
	if o.svg != "" {
		if err := os.WriteFile(o.svg, result.plot(), 0o644); err != nil {
			return nil, err
		}
	}
	if known == nil {
		return nil, nil
	}
	return known.missed(result)
}
