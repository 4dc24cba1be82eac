//go:build !race

// Whole runs again: make whole runs them.

package conformance_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
)

// What a target offers instead of what is documented raises no false alarm.
func TestValues(t *testing.T) {
	for name, values := range map[string]map[string]any{
		"nothing":     {},
		"any member":  {"description": "x"},
		"another way": {"spec": map[string]any{"storage": map[string]any{"type": "obs", "location": map[string]any{"path": "/bucket/dir/"}}}},
		"ignored":     {"spec": map[string]any{"storage": map[string]any{"location": map[string]any{"path": "/bucket/dir/"}}}},
		"a flavor":    {"flavor": "modelarts.vm.gpu.p100"},
	} {
		t.Run(name, func(t *testing.T) {
			target := serve(t)
			target.Values = values
			if report := clean(t, target); report.Counts.Passed < 850 {
				t.Errorf("%+v", report.Counts)
			}
		})
	}
}

// Values that cannot work are told before anything is sent, or make nothing but the documented create fail.
func TestValuesRefused(t *testing.T) {
	target := serve(t)
	target.Values = map[string]any{"flavor": "modelarts.vm.cpu.2u"}
	_, err := conformance.Run(t.Context(), contract.Default(), target)
	if !errors.Is(err, conformance.ErrUsage) || !strings.Contains(err.Error(), "the contract itself refuses the documented create request with the given values: 400 ModelArts.6330") {
		t.Errorf("%v", err)
	}
	target.Values = map[string]any{"flavor": "not.offered.here"}
	report, err := conformance.Run(t.Context(), contract.Default(), target)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) == 0 {
		t.Errorf("nothing is found: %s %+v", report.Verdict, report.Counts)
	}
	for _, f := range report.Findings {
		if f.Level == conformance.Must && f.Check != "createInstance/example/edition-2021" {
			t.Errorf("%s: %s", f.Check, f.Title)
		}
	}
	if notes := strings.Join(report.Notes, "\n"); !strings.Contains(notes, "the contract does not list FlavorDetails/not.offered.here") {
		t.Errorf("notes %s", notes)
	}
}
