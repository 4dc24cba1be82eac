package conformance_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/render"
	"github.com/tallystick/tallystick/contract"
)

// Whatever a file has that can be read as a report, it is merged or refused, and a part that lacks checks never
// makes a whole that conforms.
func FuzzMerge(f *testing.F) {
	report, err := conformance.Run(f.Context(), contract.Default(), serve(f), conformance.WithShard(1, 1, "test"), conformance.WithFilter([]string{"Instance/race/updates"}, nil))
	if err != nil {
		f.Fatal(err)
	}
	report.Coverage = conformance.Coverage{} // which a merge works out anew, and which is long
	var file bytes.Buffer
	if err := render.JSON(&file, report); err != nil {
		f.Fatal(err)
	}
	f.Add(file.String())
	f.Fuzz(func(t *testing.T, text string) {
		read, err := render.ReadJSON(bytes.NewReader([]byte(text)))
		if err != nil {
			return
		}
		merge, err := conformance.Merge(contract.Default(), []conformance.Part{{Name: "part", Report: read}})
		switch {
		case errors.Is(err, conformance.ErrUsage):
		case err != nil:
			t.Errorf("refused without being wrong usage: %v", err)
		case merge.Verdict == conformance.Conforms && (merge.Counts.Passed == 0 || merge.Counts.Checks < merge.Counts.Planned):
			t.Errorf("it conforms with %+v", merge.Counts)
		}
	})
}
