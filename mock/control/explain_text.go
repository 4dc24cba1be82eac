package control

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// text gathers lines of the form LABEL  VALUE.
type text struct{ strings.Builder }

const labelWidth = 12

// line adds a line, and a label only where there is one.
func (t *text) line(label, format string, args ...any) {
	t.WriteString(fmt.Sprintf("%-*s%s\n", labelWidth, label, fmt.Sprintf(format, args...)))
}

// more adds a line to the last label, unless it is empty.
func (t *text) more(value string) {
	if value != "" {
		t.line("", "%s", value)
	}
}

// String is the explanation for people, in lines.
func (x Explanation) String() string {
	t := &text{}
	x.head(t)
	switch {
	case x.Operation == nil:
	case x.Request.Verdict == Unread && x.Fault != "":
		t.line("request", "not read, since a fault struck first")
	case x.Request.Verdict == Unread:
		t.line("request", "not read")
	case len(x.Parameters) == 0 && len(x.Violations) == 0:
		t.line("request", "refused before it was read")
	default:
		t.violations("request", "conforms", x.Violations)
	}
	if x.Credential != nil {
		x.Credential.put(t)
	}
	if x.Rule != nil {
		x.Rule.put(t)
	}
	if x.Row != nil {
		x.Row.put(t)
	}
	if x.State != nil {
		x.State.put(t)
	}
	if x.Refusal != nil {
		x.Refusal.put(t)
	}
	if x.Signature != nil {
		x.Signature.put(t)
	}
	if x.Fault != "" {
		t.line("fault", "%s", x.Fault)
	}
	t.line("answer", "%s", origins[x.Origin])
	conforms := "it conforms"
	if x.Cut {
		conforms = "its head conforms; the body was not judged, since the journal has only a part of it"
	}
	t.violations("", conforms, x.Broken)
	return t.String()
}

var origins = map[string]string{
	FromEffect: "of the operation's effect", FromExample: "the document's example", FromHook: "of Go code, for what no effect can say",
	FromRefusal: "a refusal", FromFault: "a fault's", FromNothing: "none was sent",
}

func (s Signature) put(t *text) {
	t.line("signature", "%s", s.Problem)
	for _, m := range s.Mistakes {
		t.more(m)
	}
	t.more(s.Hint)
	if s.Part != "" {
		t.line(s.Part, "the server has %q", s.Server)
		t.more(fmt.Sprintf("the client signed %q", s.Client))
	}
	t.line("canonical", "%s", strings.ReplaceAll(s.Canonical, "\n", "\n"+strings.Repeat(" ", labelWidth)))
	t.line("to sign", "%s", strings.ReplaceAll(s.StringToSign, "\n", "\n"+strings.Repeat(" ", labelWidth)))
}

func (x Explanation) head(t *text) {
	r := x.Request
	t.line(r.Method, "%s", r.URL)
	t.line("status", "%s", strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Code)))
	t.line("id", "%s", r.ID)
	t.line("time", "%s by the mock's clock; the answer took %.3g ms", r.At.Format(time.RFC3339Nano), r.Took)
	if x.Operation == nil {
		t.line("operation", "none matches")
	} else {
		t.line("operation", "%s, %s", x.Operation.ID, x.Operation.Position)
		t.more(x.Operation.Summary)
	}
	for _, n := range x.Near {
		t.line("near", "%s %s (%s, %s)", n.Method, n.Path, n.Operation, n.Position)
		t.more(n.Why)
	}
	if len(x.Parameters) > 0 {
		var b bytes.Buffer
		_ = json.Compact(&b, x.Parameters) // it stays empty for what is no JSON
		t.line("parameters", "%s", b.String())
	}
}

func (t *text) violations(label, none string, found []Violation) {
	if len(found) == 0 {
		t.line(label, "%s", none)
	}
	for i, v := range found {
		if i > 0 {
			label = ""
		}
		t.line(label, "%s: %s", strings.TrimSpace(v.In+" "+v.Pointer), v.Text)
		if v.Schema != "" {
			t.more(fmt.Sprintf("  %s of %s, %s", v.Keyword, v.Schema, v.Position))
		}
		if v.Code != "" {
			t.more("  code " + v.Code)
		}
	}
}

func (c *Credential) put(t *text) {
	switch {
	case c.Condition != "":
		t.line("credential", "%s", c.Condition)
	case c.Caller != "":
		t.line("credential", "accepted, as %s", c.Caller)
	case c.Required:
		t.line("credential", "required; nobody looked at it")
	default:
		t.line("credential", "none is required")
	}
}

func (r *Rule) put(t *text) {
	t.line("rule", "%s, %s", r.ID, r.Position)
	if r.Given != "" {
		t.more("given " + r.Given)
	}
	if r.When != "" {
		t.more("when " + r.When)
	}
	r.Source.put(t)
}

func (r *Row) put(t *text) {
	then := "to " + r.To
	switch {
	case r.Error != "":
		then = "refuses with " + r.Error
	case r.Stays:
		then = "stays"
	case r.Through != "":
		then = "through " + r.Through + " to " + r.To
	}
	t.line("lifecycle", "%s in %s: %s, %s", cmp.Or(strings.Join(r.On, ", "), "any event"), cmp.Or(strings.Join(r.From, ", "), "any state"), then, r.Position)
	if r.When != "" {
		t.more("when " + r.When)
	}
	r.Source.put(t)
}

func (p *Passing) put(t *text) {
	t.line("state", "%s before, %s after", cmp.Or(p.Before, "none"), cmp.Or(p.After, "none"))
	if p.Since == nil {
		return
	}
	if p.Stored != p.Before {
		t.more(fmt.Sprintf("time had made %s of %s at %s", p.Before, p.Stored, p.Since.Format(time.RFC3339Nano)))
		return
	}
	t.more("it had been so since " + p.Since.Format(time.RFC3339Nano))
}

func (r *Reason) put(t *text) {
	t.line("refusal", "%s with status %d, %s", r.Code, r.Status, r.Position)
	t.more(r.Message)
	t.more(r.Meaning)
	if len(r.Also) > 0 {
		t.more("also conforming: " + strings.Join(r.Also, ", "))
	}
	r.Source.put(t)
}

func (s Source) put(t *text) {
	if s.Basis != "" {
		t.more(strings.TrimSuffix(s.Basis+": "+strings.Join(s.At, "; "), ": "))
	}
	t.more(s.Note)
}
