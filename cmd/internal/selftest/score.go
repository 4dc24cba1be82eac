package selftest

import (
	"errors"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/defects"
)

// textCheck holds the texts of errors, which are only ever a SHOULD, whatever their source.
const textCheck = "error/text"

// score tells whether what a run came to finds the defect. A run that ends before it begins finds only what it
// asks for by then; a SHOULD finds only what the contract infers, and the text of an error.
func score(c *contract.Contract, d defects.Defect, report *conformance.Report, err error) Result {
	out := Result{Name: d.Name, Family: d.Family, Breaks: d.Breaks, Others: []string{}}
	switch {
	case errors.Is(err, conformance.ErrCredentials), errors.Is(err, conformance.ErrUnreachable):
		if out.By, out.Found = "preflight", breaksPreflight(c, d); !out.Found {
			out.Error = "the run ended before it began, which this defect is no reason for: " + err.Error()
		}
	case err != nil:
		out.Error = err.Error()
	case len(report.Findings) > 0:
		out.By, out.Level = report.Findings[0].Check, string(report.Findings[0].Level)
		for _, f := range report.Findings[1:] {
			out.Others = append(out.Others, f.Check)
		}
		if out.Found = report.Findings[0].Level == conformance.Must || out.By == textCheck || isInferred(c, d); !out.Found {
			out.Error = "only a SHOULD fails, for something that is documented: " + out.By
		}
	}
	return out
}

// breaksPreflight tells whether a defect is about what a run asks for before it begins: a token, and a list.
func breaksPreflight(c *contract.Contract, d defects.Defect) bool {
	return slices.ContainsFunc(c.Operations(), func(op *contract.Operation) bool {
		asked := op.Effect == nil || op.Effect.Do == contract.List
		return asked && strings.Contains(d.Name+" "+d.Probe, op.ID)
	})
}

// isInferred tells whether a defect breaks what the contract infers, as the probe that shows it says; of a defect
// that takes more than one request, no probe says it.
func isInferred(c *contract.Contract, d defects.Defect) bool {
	i := slices.IndexFunc(c.Probes(), func(p contract.Probe) bool { return p.ID == d.Probe })
	return i < 0 || c.Probes()[i].Source.Basis != contract.Documented
}
