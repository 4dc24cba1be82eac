package mock

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// The text format of Prometheus is written here by hand: a dozen families without timestamps are fewer lines
// than what the client library asks for, and it would bring protobuf and a registry into every mock. The parser
// of Prometheus reads what is written, in a test.

// exposition is a text in the format of Prometheus.
type exposition struct{ strings.Builder }

// family begins a metric. Its samples follow.
func (x *exposition) family(name, kind, help string) {
	x.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// sample adds a value. Labels are names and values in turn.
func (x *exposition) sample(name string, value float64, labels ...string) {
	x.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		x.WriteByte("{,"[min(i, 1)])
		x.WriteString(labels[i] + `="` + labelEscapes.Replace(strings.ToValidUTF8(labels[i+1], "\uFFFD")) + `"`)
	}
	if len(labels) > 0 {
		x.WriteByte('}')
	}
	x.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

// single adds a metric with one value.
func (x *exposition) single(name, kind, help string, value float64) {
	x.family(name, kind, help)
	x.sample(name, value)
}

// operations are the tallies, copied, and the names of their operations in order.
func (m *metrics) operations() ([]string, map[string]*tally) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := make(map[string]*tally, len(m.byOperation))
	for name, t := range m.byOperation {
		t.mu.Lock()
		out[name] = &tally{statuses: slices.Clone(t.statuses), codes: maps.Clone(t.codes), violations: t.violations, buckets: t.buckets, seconds: t.seconds}
		t.mu.Unlock()
	}
	return sortedKeys(out), out
}

// requests writes what the process has counted.
func (x *exposition) requests(m *metrics) {
	names, of := m.operations()
	x.family("tally_requests_total", "counter", "Requests of the played API; status 0 stands for no answer.")
	for _, name := range names {
		statuses := of[name].statuses
		slices.SortFunc(statuses, func(a, b statusCount) int { return cmp.Compare(a.status, b.status) })
		for _, s := range statuses {
			x.sample("tally_requests_total", float64(s.n), "operation", name, "status", strconv.Itoa(s.status))
		}
	}
	x.family("tally_refusals_total", "counter", "Refused requests by code of the error catalogue.")
	for _, name := range names {
		for _, code := range sortedKeys(of[name].codes) {
			x.sample("tally_refusals_total", float64(of[name].codes[code]), "operation", name, "code", code)
		}
	}
	x.family("tally_request_violations_total", "counter", "Ways in which requests broke the contract.")
	for _, name := range names {
		x.sample("tally_request_violations_total", float64(of[name].violations), "operation", name)
	}
	x.family("tally_request_duration_seconds", "histogram", "Real time until the answer was ready.")
	for _, name := range names {
		x.histogram("tally_request_duration_seconds", of[name], "operation", name)
	}
}

func (x *exposition) histogram(name string, t *tally, labels ...string) {
	total := int64(0)
	for i, n := range t.buckets {
		total += n
		bound := "+Inf"
		if i < len(durations) {
			bound = strconv.FormatFloat(durations[i], 'g', -1, 64)
		}
		x.sample(name+"_bucket", float64(total), append(slices.Clone(labels), "le", bound)...)
	}
	x.sample(name+"_sum", t.seconds, labels...)
	x.sample(name+"_count", float64(total), labels...)
}

// world writes what a world is like now.
func (x *exposition) world(w *world) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ripenAll()
	now := w.clock.now()
	w.thawAll()
	x.family("tally_resources", "gauge", "Resources of all tenants by kind and state.")
	for _, kind := range w.contract.Resources() {
		states := map[string]int{}
		for _, t := range w.tenants {
			shop := t.of(kind)
			if err := w.settleAll(shop, now); err != nil {
				return err
			}
			for _, r := range shop.byID {
				states[r.State]++
			}
		}
		for _, state := range sortedKeys(states) {
			x.sample("tally_resources", float64(states[state]), "kind", kind.Name, "state", state)
		}
	}
	x.single("tally_clock_seconds", "gauge", "The mock's clock in seconds since 1970.", float64(now.UnixMilli())/1000)
	x.single("tally_clock_speed", "gauge", "How much faster than real the clock runs; 0 while it is frozen.", w.clock.pace())
	kept := w.journal.state()
	x.single("tally_journal_requests", "gauge", "Requests in the journal.", float64(kept.entries))
	x.single("tally_journal_bytes", "gauge", "Bytes that they take.", float64(kept.bytes))
	x.single("tally_journal_forgotten", "gauge", "Requests that gave way since the journal was last emptied.", float64(kept.forgotten))
	return nil
}

// pace is the speed at which time passes.
func (k *clock) pace() float64 {
	if k.frozen {
		return 0
	}
	return k.speed
}

// process writes what the process takes.
func (x *exposition) process(m *metrics) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	x.single("process_start_time_seconds", "gauge", "When the mock was made, in seconds since 1970.", float64(m.started.UnixMilli())/1000)
	x.single("go_goroutines", "gauge", "Goroutines.", float64(runtime.NumGoroutine()))
	x.single("go_memstats_heap_inuse_bytes", "gauge", "Bytes of the heap in use.", float64(memory.HeapInuse))
	x.single("go_memstats_sys_bytes", "gauge", "Bytes that were taken from the system.", float64(memory.Sys))
}
