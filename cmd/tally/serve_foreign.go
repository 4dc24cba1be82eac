package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/openapi"
)

// checkForeign refuses what means nothing for a document that says nothing of state.
func (m *mockSettings) checkForeign() error {
	for _, f := range []struct{ flag, value string }{{m.seedFlag(), m.seedState + m.fixtures}, {"defect", m.defect}} {
		if f.value != "" {
			return fmt.Errorf("--%s %s: %s has no x-tally-effect, so it is served without state, and this means nothing", f.flag, f.value, m.spec)
		}
	}
	return nil
}

// warnMistakes tells of a document that is not as it should be.
func (m *mockSettings) warnMistakes(c *contract.Contract, stderr io.Writer) {
	if d := c.Foreign(); d != nil && len(d.Warnings()) > 0 {
		_, _ = fmt.Fprintf(stderr, "warning: %s has mistakes that do not hinder serving it; tally lint %s shows them\n", m.spec, m.spec)
	}
}

// greetingForeign is greeting for a document that says nothing of state.
func (s session) greetingForeign() string {
	d := s.contract.Foreign()
	var b strings.Builder
	fmt.Fprintf(&b, "%s, played without state at\n\n  address  %s\n%s", strings.TrimSpace(d.Title+" "+d.Version), s.base, s.wire.notes("tls      ", "ca       "))
	if s.control {
		fmt.Fprintf(&b, "  control  %s\n", s.url(controlPrefix+"health"))
		fmt.Fprintf(&b, "  page     %s\n", s.url(controlPrefix))
	}
	op := d.Operations()[0]
	if r, err := op.Sample(); err == nil {
		fmt.Fprintf(&b, "\n%s, one of %s:\n\n  %s\n", op.ID, counted(len(d.Operations()), "operation"), s.curlForeign(op, r))
	}
	return b.String() + "\nThe header 'Prefer: code=404, example=NAME' chooses another documented answer.\nCtrl-C ends it.\n"
}

// curlForeign is the command line that sends a request.
func (s session) curlForeign(op *openapi.Operation, r openapi.Request) string {
	words := []string{"curl", "-sS", "-X", op.Method, s.base + op.URL(r)}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			words = append(words, "-H", name+": "+value)
		}
	}
	if len(r.Body) > 0 {
		words = append(words, "-H", "Content-Type: "+r.ContentType, "-d", string(r.Body))
	}
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return strings.Join(words, " ")
}
