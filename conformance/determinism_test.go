//go:build !race

// Whole runs, again and again: make whole runs them.

package conformance_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// volatile is what two runs with one seed may differ in: ids, names, times and addresses.
var volatile = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`tally-[0-9a-f]{8}-`), "NAME-"},
	{regexp.MustCompile(`"(started|took)": "[^"]*"`), `"$1": "TIME"`},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "TARGET"},
	{regexp.MustCompile(`\b1[0-9]{12}\b`), "MILLISECONDS"},
	{regexp.MustCompile(`\b[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\b`), "DATE"},
	{regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "HEX"},
}

func normalised(t *testing.T, report *conformance.Report) []string {
	t.Helper()
	data, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.instead)
	}
	return strings.Split(text, "\n")
}

// The same seed and the same target make the same report, whether the target conforms or not; another seed
// makes another order.
func TestSameSeedSameReport(t *testing.T) {
	for name, opts := range map[string][]mock.Option{
		"conforms": nil,
		"does not": {mock.WithAuth(mock.Auth{Mode: mock.Off})},
	} {
		t.Run(name, func(t *testing.T) {
			run := func(seed uint64) []string {
				report, err := conformance.Run(t.Context(), contract.Default(), serve(t, opts...), conformance.WithSeed(seed))
				if err != nil {
					t.Fatal(err)
				}
				return normalised(t, report)
			}
			first, second := run(7), run(7)
			if len(first) != len(second) {
				t.Errorf("one report has %d lines, the other %d", len(first), len(second))
			}
			shown := 0
			for i := range min(len(first), len(second)) {
				if first[i] != second[i] && shown < 10 {
					t.Errorf("line %d is\n%.300s\nand then\n%.300s", i+1, first[i], second[i])
					shown++
				}
			}
		})
	}
	var orders []string
	for _, seed := range []uint64{7, 8} {
		checks, err := conformance.Plan(contract.Default(), serve(t), conformance.WithSeed(seed))
		if err != nil {
			t.Fatal(err)
		}
		order := ""
		for _, c := range checks {
			order += c.ID + "\n"
		}
		orders = append(orders, order)
	}
	if orders[0] == orders[1] {
		t.Error("another seed makes the same order")
	}
}
