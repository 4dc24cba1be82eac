package conformance_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

const project = "a4a5d4098fb4474fa22cd05f897d6b99"

func serve(t testing.TB, opts ...mock.Option) conformance.Target {
	t.Helper()
	auth := mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}})
	h, err := mock.New(contract.Default(), append([]mock.Option{auth}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}
}

func TestMockConforms(t *testing.T) {
	begin := time.Now()
	report, err := conformance.Run(context.Background(), contract.Default(), serve(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("%s %s: %s (and %d more)", f.Level, f.Check, f.Title, len(f.Others))
	}
	for _, res := range report.Results {
		if res.Verdict == conformance.Skipped || res.Verdict == conformance.Errored {
			t.Logf("%s %s: %s", res.Verdict, res.ID, res.Reason)
		}
	}
	for _, p := range report.Coverage.Parts {
		t.Logf("%s: %d of %d %v", p.Name, p.Covered, p.Total, p.Left)
	}
	t.Logf("%s %+v %v exchanges %d notes %v left %v", report.Verdict, report.Counts, time.Since(begin), report.Exchanges, report.Notes, report.Leftovers)
}
