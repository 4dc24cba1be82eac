package conformance_test

import (
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

// The mock passes everything, every cell and code that can be reached included.
func TestMockConforms(t *testing.T) {
	for seed := range seeds(t) {
		report := clean(t, serve(t), conformance.WithSeed(uint64(seed+1)))
		for _, p := range report.Coverage.Parts {
			if p.Covered != p.Total || p.Total == 0 {
				t.Errorf("%s: %d of %d; left %v", p.Name, p.Covered, p.Total, p.Left)
			}
		}
		if report.Peak == 0 || report.Peak > 5 {
			t.Errorf("%d instances were alive at once", report.Peak)
		}
		t.Logf("seed %d: %+v, %d exchanges in %v", seed+1, report.Counts, report.Exchanges, time.Duration(report.Took))
	}
}
