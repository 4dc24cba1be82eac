//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/cmd/internal/peers"
)

// peersCommand compares the mock and the runner with others: bench peers, or make bench-peers.
const peersCommand = "peers"

// peerOptions are what the flags of the command say.
type peerOptions struct {
	own           *options
	folder        string // where the peers are installed
	out           string // where the parts of the result are kept
	resume        bool
	markdown, svg string
	warm          float64
	starts        int
	defects       int
	skip          string
}

// runPeers ends with 0 when all was measured, with 2 when nothing could be, with 4 when a peer is missing or failed.
func runPeers(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parsePeerFlags(args, stderr)
	if err != nil {
		return 2
	}
	report, err := o.compare(ctx, stderr)
	if err == nil {
		err = o.write(report, stdout)
	}
	if code := told(stderr, err); code != 0 {
		return code
	}
	for _, gap := range report.Gaps() {
		_, _ = fmt.Fprintln(stderr, "bench peers:", gap)
	}
	return min(len(report.Gaps()), 1) * partial
}

// partial is the exit code of a comparison that lacks something.
const partial = 4

func parsePeerFlags(args []string, stderr io.Writer) (*peerOptions, error) {
	o := &peerOptions{own: &options{}}
	f := flag.NewFlagSet("bench peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.own.tally, "tally", "bin/tally", "the binary with the mock and the runner")
	f.StringVar(&o.folder, "peers", os.Getenv("TALLY_PEERS"), "where tools/peers/install.sh has installed the peers; default $TALLY_PEERS, or tallystick/peers in the user's cache folder")
	f.StringVar(&o.out, "out", "out/peers", "where the parts of the result are kept")
	f.BoolVar(&o.resume, "resume", false, "take parts that are there from --out, and measure the others")
	f.StringVar(&o.markdown, "markdown", "", "write the result to this file as Markdown")
	f.StringVar(&o.svg, "svg", "", "write a plot of the throughputs to this file as SVG")
	f.IntVar(&o.own.rounds, "rounds", 5, "rounds of each measurement")
	f.DurationVar(&o.own.each, "time", 2*time.Second, "time of one server in one round")
	f.Float64Var(&o.warm, "warm", 1, "how much processor time servers get to warm up, as a factor on what each needs")
	f.IntVar(&o.own.connections, "connections", 32, "keep-alive connections")
	f.BoolVar(&o.own.large, "large", false, "a state of 1,000,000 instances too, in the part without peers")
	f.IntVar(&o.starts, "starts", 5, "how often a cold start is timed")
	f.IntVar(&o.defects, "defects", 24, "how many defects the runners examine, drawn evenly from the families; 0 is all")
	f.StringVar(&o.skip, "skip", "", "leave out these parts, separated by commas: own, servers, runners")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 || o.own.connections < 1 || o.own.rounds < 1 || o.own.each <= 0 || o.warm < 0 || o.starts < 1 || o.defects < 0 {
		_, _ = fmt.Fprintln(stderr, "bench peers: want flags only, at least one connection, round and start, no negative number")
		return nil, flag.ErrHelp
	}
	if o.folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			_, _ = fmt.Fprintln(stderr, "bench peers: no --peers:", err)
			return nil, err
		}
		o.folder = filepath.Join(cache, "tallystick", "peers")
	}
	var err error
	if o.folder, err = filepath.Abs(o.folder); err == nil {
		o.own.tally, err = filepath.Abs(o.own.tally)
	}
	return o, err
}

// compare measures what is not there yet, part by part.
func (o *peerOptions) compare(ctx context.Context, progress io.Writer) (*peers.Report, error) {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return nil, err
	}
	r := &peers.Report{}
	skipped := strings.Split(o.skip, ",")
	steps := []struct {
		name string
		do   func() error
	}{
		{"own", func() error { return o.ownPart(ctx, r, progress) }},
		{"servers", func() error { return o.serverParts(ctx, r, progress) }},
		{"runners", func() error { return o.runnerParts(ctx, r, progress) }},
	}
	for _, s := range steps {
		if slices.Contains(skipped, s.name) {
			r.Skipped = append(r.Skipped, s.name)
			continue
		}
		if err := s.do(); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if len(r.Skipped) == len(steps) {
		return nil, errors.New("--skip leaves nothing to measure")
	}
	return r, nil
}

// part gives one part of the result: the one that is kept, with --resume, or what measure gives, which is kept then.
func part[T any](o *peerOptions, name string, measure func() (T, error)) (T, error) {
	path := filepath.Join(o.out, name+".json")
	if o.resume {
		value, err := peers.ReadPart[T](path)
		if err == nil || !errors.Is(err, os.ErrNotExist) {
			return value, err
		}
	}
	value, err := measure()
	if err != nil {
		return value, err
	}
	return value, writeJSON(path, value)
}

// ownPart is what bench measures without peers.
func (o *peerOptions) ownPart(ctx context.Context, r *peers.Report, progress io.Writer) error {
	result, err := part(o, "own", func() (*Result, error) { return o.own.measure(ctx, progress) })
	if err != nil {
		return err
	}
	if result.Version != resultVersion {
		return fmt.Errorf("%s is of version %d, want %d; remove it, or run without --resume", filepath.Join(o.out, "own.json"), result.Version, resultVersion)
	}
	own := &peers.Own{Time: result.Time, Go: result.Go, Rounds: o.own.rounds}
	for _, row := range result.Rows {
		own.Rows = append(own.Rows, peers.OwnRow{Workload: row.Workload, Instances: row.Instances, Ratio: row.Ratio, CPURatio: row.CPURatio,
			PerSecond: row.Mock.PerSecond, P50: row.Mock.P50, P99: row.Mock.P99})
		own.Rounds = len(row.Rounds)
		if h := row.Half; h != nil {
			own.Half = append(own.Half, peers.OwnHalf{Workload: row.Workload, Instances: row.Instances, PerSecond: h.Rate, Bare: h.Bare.P99, Mock: h.Mock.P99,
				Ratio: h.Ratio, AllRatio: h.AllRatio, Rounds: h.Rounds, Of: h.Of})
		}
	}
	for _, m := range result.Memory {
		own.Memory = append(own.Memory, peers.OwnMemory{Instances: m.Instances, Each: m.Each})
	}
	if result.Start != nil {
		own.Start = result.Start.Median
	}
	r.Own = own
	return nil
}

func (o *peerOptions) write(r *peers.Report, stdout io.Writer) error {
	text := r.Markdown()
	if _, err := stdout.Write(text); err != nil {
		return err
	}
	var errs []error
	if o.markdown != "" {
		errs = append(errs, os.WriteFile(o.markdown, text, 0o644))
	}
	if o.svg != "" {
		errs = append(errs, os.WriteFile(o.svg, r.Plot(), 0o644))
	}
	return errors.Join(errs...)
}
