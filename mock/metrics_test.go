package mock_test

import (
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/tallystick/tallystick/mock/control"
)

// figures reads the metrics as Prometheus does.
func (x told) figures() map[string]*dto.MetricFamily {
	x.t.Helper()
	text, err := x.k.Metrics(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		x.t.Fatalf("%v in\n%s", err, text)
	}
	return families
}

// value is the sample with these labels (names and values in turn); -1 when there is none.
func value(f *dto.MetricFamily, labels ...string) float64 {
samples:
	for _, m := range f.GetMetric() {
		has := map[string]string{}
		for _, l := range m.GetLabel() {
			has[l.GetName()] = l.GetValue()
		}
		for i := 0; i < len(labels); i += 2 {
			if has[labels[i]] != labels[i+1] {
				continue samples
			}
		}
		return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return -1
}

func TestMetrics(t *testing.T) {
	x := tell(t)
	check := func(families map[string]*dto.MetricFamily, want float64, name string, labels ...string) {
		t.Helper()
		if got := value(families[name], labels...); got != want {
			t.Errorf("%s %v: %v, want %v", name, labels, got, want)
		}
	}
	f := x.figures()
	check(f, 1, "tally_requests_total", "operation", "createInstance", "status", "200")
	check(f, 2, "tally_requests_total", "operation", "createInstance", "status", "400")
	check(f, 2, "tally_requests_total", "operation", control.Unmatched, "status", "404")
	check(f, 3, "tally_request_duration_seconds", "operation", "createInstance")
	check(f, 3, "tally_request_violations_total", "operation", "createInstance")
	check(f, 1, "tally_refusals_total", "operation", "createInstance", "code", "ModelArts.6301")
	check(f, 1, "tally_resources", "kind", "Instance", "state", "STOPPING")
	check(f, 1594887756.962, "tally_clock_seconds")
	check(f, 1, "tally_clock_speed")
	check(f, 11, "tally_journal_requests")
	if value(f["tally_journal_bytes"]) < 10_000 || value(f["go_goroutines"]) < 1 || value(f["go_memstats_sys_bytes"]) < 1 {
		t.Errorf("%v", f)
	}
	for _, m := range f["tally_request_duration_seconds"].GetMetric() {
		buckets := m.GetHistogram().GetBucket()
		if last := buckets[len(buckets)-1]; len(buckets) != 12 || last.GetCumulativeCount() != m.GetHistogram().GetSampleCount() {
			t.Errorf("buckets %v", buckets)
		}
	}
	// What was counted belongs to the process, all else to the world.
	if err := x.k.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := x.k.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	f = x.figures()
	check(f, 2, "tally_requests_total", "operation", "createInstance", "status", "400")
	check(f, -1, "tally_resources")
	check(f, 0, "tally_journal_requests")
	check(f, 0, "tally_clock_speed")
	if ready, err := x.k.Ready(t.Context()); err != nil || ready.Status != "ready" || ready.Operations == 0 {
		t.Errorf("%+v %v", ready, err)
	}
	x.control("GET", "ready", "")
}
