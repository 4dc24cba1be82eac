package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// BenchmarkRun is a whole run against a mock that takes its time for every answer. It tells the checks per
// second, and in percent how much of the wall time passes outside of exchanges: the runner's own share.
func BenchmarkRun(b *testing.B) {
	handler, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}}))
	if err != nil {
		b.Fatal(err)
	}
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Millisecond) // it stands for the work of a server
		handler.ServeHTTP(w, r)
	})
	srv := httptest.NewServer(slow)
	defer srv.Close()
	target := conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}
	var checks int
	var waited time.Duration
	record := conformance.WithRecord(func(e conformance.Exchange) { waited += time.Duration(e.Took) })
	for b.Loop() {
		report, err := conformance.Run(b.Context(), contract.Default(), target, record)
		if err != nil || report.Verdict != conformance.Conforms {
			b.Fatal(err, report)
		}
		checks += report.Counts.Checks
	}
	b.ReportMetric(float64(checks)/b.Elapsed().Seconds(), "checks/s")
	b.ReportMetric(100*(1-waited.Seconds()/b.Elapsed().Seconds()), "%own")
}
