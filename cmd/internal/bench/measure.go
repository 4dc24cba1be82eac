//go:build linux

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// sizes of the state. The middle one is that of a quick run, and of the measurements that need only one.
const (
	small  = 10
	middle = 1_000
	big    = 100_000
	huge   = 1_000_000
)

// measure does all that the flags ask for.
func (o *options) measure(ctx context.Context, progress io.Writer) (*Result, error) {
	p, err := newPlan(contract.Default())
	if err != nil {
		return nil, err
	}
	c, err := takeCores()
	if err != nil {
		return nil, err
	}
	r := newResult(o, c)
	if r.Allocations, err = allocations(p); err != nil {
		return nil, err
	}
	sizes := []int{small, middle, big}
	if o.large {
		sizes = append(sizes, huge)
	}
	if o.quick {
		sizes = []int{middle}
	}
	for _, n := range sizes {
		if err := o.measureSize(ctx, r, p, c, n, progress); err != nil {
			return nil, fmt.Errorf("at %d instances: %w", n, err)
		}
	}
	if !o.quick {
		if r.Start, err = o.coldStart(ctx, p, c); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// measureSize measures all workloads on a state of one size.
func (o *options) measureSize(ctx context.Context, r *Result, p *plan, c cores, instances int, progress io.Writer) error {
	s, err := o.setStage(ctx, p, c, instances)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.weigh(r); err != nil {
		return err
	}
	all, err := p.workloads()
	if err != nil {
		return err
	}
	for _, w := range all {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), w.name) {
			continue
		}
		_, _ = fmt.Fprintf(progress, "%s at %d instances\n", w.name, instances)
		row, err := s.compareRounds(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		r.Rows = append(r.Rows, row)
	}
	if len(r.Rows) == 0 {
		return fmt.Errorf("no workload is called %q", o.only)
	}
	return nil
}

// weigh fills the state and measures what memory an instance takes. Few say nothing.
func (s *stage) weigh(r *Result) error {
	before, err := s.mock.resident()
	if err != nil {
		return err
	}
	if err := s.fill(); err != nil {
		return err
	}
	after, err := s.mock.resident()
	if err == nil && s.instances >= big {
		r.Memory = append(r.Memory, Memory{Instances: s.instances, Empty: before, Full: after, Each: float64(after-before) / float64(s.instances)})
	}
	return err
}

// side is one of the two servers that are compared.
type side struct {
	*driver
	process *process
	rival   *process // which is stopped meanwhile; nil for none
	mock    bool
	samples []Load
}

// compareRounds lets the servers take turns. The ratio of a round is that of two measurements right after each
// other.
func (s *stage) compareRounds(ctx context.Context, w workload) (Row, error) {
	row := Row{Workload: w.name, Instances: s.instances}
	process, err := s.rehearse(ctx, w)
	if err != nil {
		return row, err
	}
	defer process.stop()
	d, err := dial(process.addr, s.options.connections)
	if err != nil {
		return row, err
	}
	defer d.close()
	bare, mock := &side{driver: d, process: process, rival: s.mock}, &side{driver: s.driver, process: s.mock, rival: process, mock: true}
	for _, warm := range []*side{bare, mock} {
		if _, err := s.run(ctx, w, warm, limits{time: s.options.each / 2}); err != nil {
			return row, err
		}
	}
	for i := range s.options.rounds {
		order := []*side{bare, mock}
		if i%2 == 1 {
			slices.Reverse(order)
		}
		for _, one := range order {
			load, err := s.run(ctx, w, one, limits{time: s.options.each})
			if err != nil {
				return row, err
			}
			one.samples = append(one.samples, load)
		}
		row.Rounds = append(row.Rounds, mock.samples[i].PerSecond/bare.samples[i].PerSecond)
		row.CPURounds = append(row.CPURounds, bare.samples[i].CPU/mock.samples[i].CPU)
	}
	row.Bare, row.Mock, row.Ratio, row.CPURatio = medianLoad(bare.samples), medianLoad(mock.samples), median(row.Rounds), median(row.CPURounds)
	if !s.options.quick && s.instances == middle {
		row.Half, err = s.halfLoad(ctx, w, bare, mock, min(row.Bare.PerSecond, row.Mock.PerSecond)/2)
	}
	return row, err
}

// Rounds at half load are more than elsewhere: the slowest in a hundred are decided by what happens once in a second or
// less. What happens to the machine is none of the servers' doing, so that of all rounds of a server those count in which
// it was left alone most.
const (
	halfRounds = 3
	halfCalm   = 2 // one round in so many counts
)

// halfLoad sends both servers half of what the slower one can take, as a metronome would. The quantiles are those of
// all rounds that count together: in one of a second a single stop of a few milliseconds is the slowest hundredth.
func (s *stage) halfLoad(ctx context.Context, w workload, bare, mock *side, rate float64) (*Half, error) {
	h := &Half{Rate: rate, Rounds: halfRounds * s.options.rounds, Of: halfCalm * halfRounds * s.options.rounds}
	var loads [2][]Load
	for range h.Of {
		for i, one := range []*side{bare, mock} {
			load, err := s.run(ctx, w, one, limits{time: s.options.each, rate: rate})
			if err != nil {
				return nil, err
			}
			loads[i] = append(loads[i], load)
		}
	}
	h.Bare, h.Mock = together(calmest(loads[0], h.Rounds)), together(calmest(loads[1], h.Rounds))
	h.Ratio, h.AllRatio = h.Mock.P99/h.Bare.P99, together(loads[1]).P99/together(loads[0]).P99
	return h, nil
}

// calmest are so many of the rounds, in which the machine did least besides.
func calmest(loads []Load, rounds int) []Load {
	calm := slices.SortedStableFunc(slices.Values(loads), func(a, b Load) int { return cmp.Compare(a.Disturbed, b.Disturbed) })
	return calm[:rounds]
}

// together is what one server took, with the quantiles of all rounds' answers.
func together(loads []Load) Load {
	sum := medianLoad(loads)
	var all sample
	for _, l := range loads {
		all.latencies = append(all.latencies, l.latencies...)
	}
	slices.Sort(all.latencies)
	sum.P50, sum.P99 = micros(all.quantile(0.5)), micros(all.quantile(0.99))
	return sum
}

// run puts a load on one server and watches the processors.
func (s *stage) run(ctx context.Context, w workload, one *side, l limits) (Load, error) {
	if err := ctx.Err(); err != nil {
		return Load{}, err
	}
	if one.mock {
		if err := s.restore(ctx); err != nil {
			return Load{}, err
		}
	}
	if one.rival != nil {
		defer one.rival.pause()()
	}
	before, err := usageOf(one.process, l)
	if err != nil {
		return Load{}, err
	}
	sample, err := one.run(w.scripts(len(one.conns), s.ids), l)
	if err != nil {
		return Load{}, err
	}
	if one.mock && w.grows {
		s.grown += len(sample.latencies)
	}
	after, err := usageOf(one.process, l)
	return loadOf(sample, before, after), err
}

// usage is the processor time that was used until a moment.
type usage struct {
	server, load time.Duration
	others       threads // nil without a rate: only rounds at half load are chosen by it
}

func usageOf(p *process, l limits) (u usage, err error) {
	if l.rate > 0 {
		if u.others, err = threadsBeside(p.cmd.Process.Pid); err != nil {
			return u, err
		}
	}
	if u.server, err = busy(p.cmd.Process.Pid); err != nil {
		return u, err
	}
	u.load, err = busy(0)
	return u, err
}

func loadOf(s sample, before, after usage) Load {
	return Load{PerSecond: s.perSecond(), P50: micros(s.quantile(0.5)), P99: micros(s.quantile(0.99)), Requests: len(s.latencies),
		CPU: micros(after.server-before.server) / float64(len(s.latencies)), Server: share(after.server-before.server, s.took),
		Load: share(after.load-before.load, s.took), Disturbed: share(max(s.stopped, after.others.since(before.others)), s.took), latencies: s.latencies}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func share(used, of time.Duration) float64 { return float64(used) / float64(of) }

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func medianLoad(loads []Load) Load {
	of := func(part func(Load) float64) float64 {
		values := make([]float64, len(loads))
		for i, l := range loads {
			values[i] = part(l)
		}
		return median(values)
	}
	requests := 0
	for _, l := range loads {
		requests += l.Requests
	}
	return Load{PerSecond: of(func(l Load) float64 { return l.PerSecond }), P50: of(func(l Load) float64 { return l.P50 }),
		P99: of(func(l Load) float64 { return l.P99 }), Server: of(func(l Load) float64 { return l.Server }),
		CPU: of(func(l Load) float64 { return l.CPU }), Disturbed: of(func(l Load) float64 { return l.Disturbed }),
		Load: of(func(l Load) float64 { return l.Load }), Requests: requests}
}
