package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/openapi"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// stateful are the flags that mean nothing for a document that says nothing of state.
var stateful = []string{"seed-state", "fixtures", "defect", "quota", "progress", "speed", "rate-limit", "given", "catalogue",
	"token", "user", "ak", "sk", "region", "state", "sync"}

// checkForeign refuses those that somebody has set, in whatever way.
func (m *mockSettings) checkForeign() error {
	for _, name := range stateful {
		f := m.flags.Lookup(name)
		v, ok := f.Value.(*flagValue)
		if !ok || !f.Changed || v.text == "" {
			continue
		}
		said := "--" + name + " " + v.text
		if v.secret {
			said = "--" + name
		}
		return fmt.Errorf("%s: %s has no x-tally-effect, so it is served without state, and this means nothing", said, m.spec)
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
		fmt.Fprintf(&b, "  control  %s\n", s.url(control.Prefix+"health"))
		fmt.Fprintf(&b, "  page     %s\n", s.url(control.Prefix))
	}
	op := d.Operations()[0]
	if r, err := op.Sample(); err == nil {
		fmt.Fprintf(&b, "\n%s, one of %s:\n\n  %s\n", op.ID, counted(len(d.Operations()), "operation"), s.curlForeign(op, r))
	}
	b.WriteString("\nThe header 'Prefer: code=404, example=NAME' chooses another documented answer.\n")
	if s.auth.Mode != mock.Off {
		b.WriteString("Credentials that the document asks for are only looked for, not verified.\n")
	}
	return b.String() + "Ctrl-C ends it.\n"
}

// curlForeign is the command line that sends a request.
func (s session) curlForeign(op *openapi.Operation, r openapi.Request) string {
	words := append(s.reach(), "-X", op.Method, s.url(op.URL(r)))
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
