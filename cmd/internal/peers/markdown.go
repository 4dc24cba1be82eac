package peers

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// page is a Markdown page that is being written.
type page struct{ bytes.Buffer }

func (p *page) printf(format string, args ...any) { fmt.Fprintf(&p.Buffer, format, args...) }

// row writes a row of a table; what would end a cell is written otherwise.
func (p *page) row(cells ...string) {
	for _, c := range cells {
		p.printf("| %s ", strings.NewReplacer("|", `\|`, "\n", " ").Replace(c))
	}
	p.printf("|\n")
}

// head writes the head of a table: the first column is text, the others are numbers.
func (p *page) head(cells ...string) {
	p.row(cells...)
	p.printf("|---")
	p.printf("%s|\n", strings.Repeat("|---:", len(cells)-1))
}

// Markdown writes the report as a page.
func (r *Report) Markdown() []byte {
	p := &page{}
	p.printf("# Benchmarks\n\nWritten by `make bench-peers`; edits are overwritten. Absolute figures are those of one machine; what carries over is how they\nstand to each other.\n")
	r.summary(p)
	workloads(p)
	if s := r.Servers; s != nil {
		s.how(p)
		r.bouts(p)
		r.cost(p)
		s.abilities(p)
		s.settings(p)
	}
	if len(r.Runners) > 0 {
		r.trials(p)
	}
	if r.Own != nil {
		r.Own.write(p)
	}
	if gaps := r.Gaps(); len(gaps) > 0 || len(r.Skipped) > 0 {
		p.printf("\n## Missing\n\n")
		for _, g := range gaps {
			p.printf("- %s\n", oneLine(g))
		}
		for _, s := range r.Skipped {
			p.printf("- The part %s was left out.\n", s)
		}
	}
	return p.Bytes()
}

func oneLine(s string) string {
	line := strings.Join(strings.Fields(s), " ")
	if len(line) > 300 {
		line = strings.ToValidUTF8(line[:300], "") + "…"
	}
	return line
}

// first is the server that the others are compared with.
func (b *Bout) first() *Line { return &b.Lines[0] }

// measured are the lines of other servers that were measured, but for the bare handler, the fastest first.
func (b *Bout) measured(bare string) []Line {
	var out []Line
	for _, l := range b.Lines[1:] {
		if l.Fault == "" && l.Name != bare {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b Line) int { return int(b.PerSecond - a.PerSecond) })
	return out
}

// bare is the name of the server that is no peer.
func (r *Report) bare() string {
	if r.Servers != nil && len(r.Servers.Entrants) > 1 {
		return r.Servers.Entrants[1].Name
	}
	return ""
}

// summary says for each workload how the mock stands to its best peer, whoever is ahead.
func (r *Report) summary(p *page) {
	if len(r.Bouts) == 0 {
		return
	}
	p.printf("\n![Requests per second of each server](benchmarks.svg)\n\n")
	for _, b := range r.Bouts {
		others := b.measured(r.bare())
		own := b.first()
		if len(others) == 0 || own.Fault != "" {
			p.printf("- **%s**: no comparison.\n", b.Workload)
			continue
		}
		best := others[0]
		if own.PerSecond >= best.PerSecond {
			p.printf("- **%s**: %s is the fastest mock, %.1f × %s, the best peer.\n", b.Workload, own.Name, own.PerSecond/best.PerSecond, best.Name)
		} else {
			p.printf("- **%s**: %s is the fastest mock, %.1f × %s.\n", b.Workload, best.Name, best.PerSecond/own.PerSecond, own.Name)
		}
	}
}

// workloads says what is sent.
func workloads(p *page) {
	p.printf("\n## Workloads\n\nEach is made from the contract, with its documented requests.\n\n")
	p.printf("- **get** reads one of the instances, drawn at random; where there are more than 1,000, one of 1,000.\n")
	p.printf("- **list** reads the first page of 20.\n- **create** makes an instance with a name that is new; the mock keeps them, and begins anew when it has twice as many.\n")
	p.printf("- **action** asks for an action that leaves an instance in its state.\n- **token** logs in.\n")
	p.printf("- **lifecycle** makes an instance, reads it in every way there is, updates it, acts on it and deletes it; a request is one of these.\n")
}

func (s *Lineup) how(p *page) {
	m := s.Machine
	p.printf("\n## Servers\n\nMeasured on %s with %s: %d cores (%s), %d GiB of memory, %s.\n", s.Time.Format("2006-01-02"), m.Go, m.Cores, m.CPU, m.Memory, m.System)
	p.printf("Every server is pinned to one core, the load to another, over %d keep-alive connections. They take turns, and while\n", s.Connections)
	p.printf("one is measured, the others are stopped: %d rounds of %g s each, after a warm-up that ends when a server gets no faster; figures are medians of the rounds. Before it is timed, each answer must\n", s.Rounds, s.Seconds)
	p.printf("have the status, headers and schema of the contract and the members and list lengths of the mock's answer. The last column is\n")
	p.printf("how many times the processor time of the mock a request takes: what else the machine does harms it least.\n")
	if m.Load > 1 {
		p.printf("\n**The machine had other work** (load average %.1f at the start), so throughputs and latencies are worse than they could be.\n", m.Load)
	}
}

func (r *Report) bouts(p *page) {
	for _, b := range r.Bouts {
		p.printf("\n### %s\n\n", b.Workload)
		p.head("server", "requests/s", "least–most", "mock is × as fast", "p50 ms", "p99 ms", "CPU µs/request", "× by CPU")
		own := b.first()
		lines := slices.Clone(b.Lines)
		slices.SortStableFunc(lines, func(a, b Line) int { return int(b.PerSecond - a.PerSecond) })
		for _, l := range lines {
			if l.Fault != "" {
				p.row(l.Name, "not measured", "", "", "", "", "", "")
				continue
			}
			times, cheaper := "–", "–"
			if own.Fault == "" {
				times, cheaper = fmt.Sprintf("%.2f", own.PerSecond/l.PerSecond), fmt.Sprintf("%.2f", l.CPU/own.CPU)
			}
			p.row(l.Name, count(l.PerSecond), count(slices.Min(l.Rounds))+"–"+count(slices.Max(l.Rounds)), times,
				fmt.Sprintf("%.2f", l.P50/1000), fmt.Sprintf("%.2f", l.P99/1000), fmt.Sprintf("%.0f", l.CPU), cheaper)
		}
	}
}

// count is a number without a fraction, with commas.
func count(n float64) string {
	text := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// cost is what a server takes: time to start, and memory.
func (r *Report) cost(p *page) {
	p.printf("\n### Start and memory\n\nFrom exec to the first right answer, %d starts; resident memory after a workload, the most of all.\n\n", r.Servers.Starts)
	p.head("server", "median ms", "least–most", "resident MB")
	for _, e := range r.Servers.Entrants {
		if e.Missing != "" {
			continue
		}
		middle, bounds := "–", "–"
		if n := len(e.StartMS); n > 0 {
			middle, bounds = count(e.StartMS[n/2]), count(e.StartMS[0])+"–"+count(e.StartMS[n-1])
		}
		size := "–"
		if n := r.resident(e.Name); n > 0 {
			size = strconv.FormatInt(n/1_000_000, 10)
		}
		p.row(e.Name, middle, bounds, size)
	}
}

// resident is the most memory of a server after any workload; 0 when it was not measured.
func (r *Report) resident(name string) (most int64) {
	for _, b := range r.Bouts {
		for _, l := range b.Lines {
			if l.Name == name {
				most = max(most, l.Resident)
			}
		}
	}
	return most
}

// abilities writes what each server was asked for and does.
func (s *Lineup) abilities(p *page) {
	p.printf("\n### What each does\n\nAsked of each server over HTTP, set up as below.\n\n")
	var with []Entrant
	cells := []string{""}
	for _, e := range s.Entrants {
		if len(e.Abilities) > 0 {
			with = append(with, e)
			cells = append(cells, e.Name)
		}
	}
	if len(with) == 0 {
		p.printf("No server was asked.\n")
		return
	}
	p.head(cells...)
	for i, a := range with[0].Abilities {
		row := []string{a.Name}
		for _, e := range with {
			mark := "no"
			if i < len(e.Abilities) && e.Abilities[i].Has {
				mark = "yes"
			}
			row = append(row, mark)
		}
		p.row(row...)
	}
}

func (s *Lineup) settings(p *page) {
	p.printf("\n### How each is set up\n\n")
	for _, e := range s.Entrants {
		if e.Missing != "" {
			continue
		}
		p.printf("- **%s** %s: %s.\n", e.Name, e.Version, e.Settings)
		for _, n := range e.Notes {
			p.printf("  %s\n", n)
		}
	}
}

// write tells what the mock does beside a bare handler.
func (o *Own) write(p *page) {
	p.printf("\n## The mock beside a bare handler\n\nMeasured on %s with %s, by turns, medians of %d rounds. The bare handler is Echo; it decodes the body and writes\n", o.Time.Format("2006-01-02"), o.Go, o.Rounds)
	p.printf("the same bytes, on net/http with the collector and the poller as Go has them; the mock has its own settings of both.\n")
	p.printf("The ratio is that of requests per second, the mock's to the bare handler's: more is better. That of processor\n")
	p.printf("time suffers least from a busy machine.\n\n")
	p.head("workload", "instances", "ratio", "ratio by CPU", "requests/s", "p50 ms", "p99 ms")
	for _, r := range o.Rows {
		p.row(r.Workload, count(float64(r.Instances)), fmt.Sprintf("%.2f", r.Ratio), fmt.Sprintf("%.2f", r.CPURatio), count(r.PerSecond),
			fmt.Sprintf("%.2f", r.P50/1000), fmt.Sprintf("%.2f", r.P99/1000))
	}
	if len(o.Half) > 0 {
		p.printf("\nBoth get the same rate here, half of what the slower can take. Each is measured in %d rounds; the %d of its own count in\n", o.Half[0].Of, o.Half[0].Rounds)
		p.printf("which other processes ran least, and the program that sends the requests was held up least. The p99 is that of all answers\n")
		p.printf("in those rounds together; its ratio is the mock's to the bare handler's: less is better. The last column is the same of all\n")
		p.printf("rounds, disturbed or not.\n\n")
		p.head("workload", "instances", "requests/s", "bare p99 ms", "mock p99 ms", "ratio of p99", "of all rounds")
	}
	for _, h := range o.Half {
		p.row(h.Workload, count(float64(h.Instances)), count(h.PerSecond), fmt.Sprintf("%.2f", h.Bare/1000), fmt.Sprintf("%.2f", h.Mock/1000),
			fmt.Sprintf("%.2f", h.Ratio), fmt.Sprintf("%.2f", h.AllRatio))
	}
	for _, m := range o.Memory {
		p.printf("\nAn instance takes %s bytes of resident memory at %s.\n", count(m.Each), count(float64(m.Instances)))
	}
	if o.Start > 0 {
		p.printf("\nThe first answer comes %.0f ms after exec.\n", o.Start)
	}
}
