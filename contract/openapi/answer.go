package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// Preference is what a client asks to be answered. The zero Preference asks for nothing.
type Preference struct {
	Code    string // a status, or default for the response of that name
	Example string // the name of an example
}

// ParsePrefer reads the values of the header Prefer (RFC 7240). Preferences of others are ignored; of two of
// one name the first wins.
func ParsePrefer(values []string) Preference {
	var p Preference
	for _, value := range values {
		for _, part := range splitQuoted(value, ',') {
			part = splitQuoted(part, ';')[0]
			name, text, _ := strings.Cut(part, "=")
			text = strings.TrimSpace(text)
			if unquoted := strings.TrimPrefix(text, `"`); unquoted != text {
				text = strings.ReplaceAll(strings.TrimSuffix(unquoted, `"`), `\`, "")
			}
			into := map[string]*string{"code": &p.Code, "example": &p.Example}[strings.ToLower(strings.TrimSpace(name))]
			if into != nil && *into == "" {
				*into = text
			}
		}
	}
	return p
}

// splitQuoted splits a text at a separator that stands outside of quotes.
func splitQuoted(text string, separator byte) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == '\\' && quoted:
			i++
		case text[i] == separator && !quoted:
			out = append(out, text[start:i])
			start = i + 1
		}
	}
	return append(out, text[start:])
}

// String is the preference as the header Preference-Applied has it.
func (p Preference) String() string {
	var parts []string
	if p.Code != "" {
		parts = append(parts, "code="+p.Code)
	}
	if p.Example != "" {
		parts = append(parts, "example="+strconv.Quote(p.Example))
	}
	return strings.Join(parts, ", ")
}

// Undocumented is the error of a preference that the document cannot meet.
type Undocumented struct {
	What  string // code or example
	Got   string
	Known []string // what is documented
}

func (u *Undocumented) Error() string {
	known := strings.Join(u.Known, ", ")
	if known == "" {
		known = "none"
	}
	return fmt.Sprintf("%s %q is not documented here; documented: %s", u.What, u.Got, known)
}

// Unmet is the error of an answer for whose schema there is neither an example nor a value.
type Unmet struct{ Text string }

func (u *Unmet) Error() string { return u.Text }

// Answer is an answer out of the document.
type Answer struct {
	Status  int
	Type    string // of the body; "" when there is none
	Body    []byte
	Header  map[string]string // documented headers that have a value
	Example string            // the name of the example that was taken; "" for a value made from the schema
	Note    string            // why the body is not what one would expect; "" when it is
}

// Answer is the documented answer: of the status that is preferred, or else of a success, in the form that
// accept (the header Accept, "" for any) likes best. Its body is the example that is preferred, or else the
// first that its schema accepts, or else the least value that the schema accepts. The error is an
// Undocumented, an Unacceptable or an Unmet.
func (op *Operation) Answer(p Preference, accept string) (*Answer, error) {
	r, status, err := op.choose(p.Code)
	if err != nil {
		return nil, err
	}
	a := &Answer{Status: status}
	media, err := negotiate(r.Media, accept, status)
	if err != nil {
		return nil, err
	}
	var body payload
	switch {
	case p.Example != "":
		if media, body, err = r.example(p.Example, media); err != nil {
			return nil, err
		}
	case media != nil:
		if body = media.usual(); body.err != nil {
			return nil, body.err
		}
	}
	if media != nil {
		a.Type, a.Body, a.Example, a.Note = media.concrete(), body.data, body.name, body.note
	}
	a.Header = r.header()
	if status < 200 || status == http.StatusNoContent || status == http.StatusNotModified {
		a.Type, a.Body = "", nil
	}
	return a, nil
}

// choose finds the response of a status, or of a success when none is asked for.
func (op *Operation) choose(code string) (*Response, int, error) {
	responses := op.parts().responses
	if code == "" {
		return success(responses)
	}
	if code == defaultCode {
		if r, status := op.byDefault(); r != nil {
			return r, status, nil
		}
	}
	status, err := strconv.Atoi(code)
	if err == nil && status >= 200 && status <= 599 {
		if r := op.response(status); r != nil {
			return r, status, nil
		}
	}
	u := &Undocumented{What: "code", Got: code}
	for _, r := range responses {
		u.Known = append(u.Known, r.Code)
	}
	return nil, 0, u
}

// success is the lowest documented success; where there is none, what comes nearest to one.
func success(responses []*Response) (*Response, int, error) {
	for _, among := range [][2]int{{200, 299}, {1000 + '2', 1000 + '2'}, {2000, 2000}, {300, 399}, {1000 + '3', 1000 + '3'}, {400, 599}, {1000 + '4', 1000 + '5'}} {
		for _, r := range responses {
			if order := r.order(); among[0] <= order && order <= among[1] {
				switch {
				case order == 2000:
					return r, http.StatusOK, nil
				case order > 1000:
					return r, (order - 1000 - '0') * 100, nil
				}
				return r, order, nil
			}
		}
	}
	return &Response{Code: "default"}, http.StatusOK, nil // an operation without any documented answer
}

// concrete is a type that an answer can have: a range stands for one of its own.
func (m *Media) concrete() string {
	switch kind, some := strings.CutSuffix(m.Type, "/*"); {
	case !some:
		return m.Type
	case kind == "text":
		return "text/plain"
	case kind == "*":
		return "application/json"
	}
	return "application/octet-stream"
}

// example finds an example by its name, in the form that is liked best or in another one.
func (r *Response) example(name string, first *Media) (*Media, payload, error) {
	u := &Undocumented{What: "example", Got: name}
	for _, m := range append([]*Media{first}, r.Media...) {
		if m == nil {
			continue
		}
		for _, e := range m.examples() {
			if e.name == name {
				body := m.encode(e.name, e.value)
				return m, body, body.err
			}
			if !slices.Contains(u.Known, e.name) {
				u.Known = append(u.Known, e.name)
			}
		}
	}
	return nil, payload{}, u
}

// header gives the documented headers that have an example, a default, or must be there.
func (r *Response) header() map[string]string {
	out := map[string]string{}
	for _, h := range r.Headers {
		name := textproto.CanonicalMIMEHeaderKey(h.Name)
		if slices.Contains([]string{"Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Content-Encoding"}, name) {
			continue
		}
		if text, ok := h.value(); ok {
			out[name] = text
		}
	}
	return out
}

func (h *Header) value() (string, bool) {
	if one := h.at.child("example"); one.exists() {
		return scalarText(plain(one.value)), true
	}
	schema := h.at.doc.schemas.at(h.at.child("schema"), outward)
	named := h.at.get("schema")
	if !h.Required && !named.child("example").exists() && !named.child("default").exists() {
		return "", false
	}
	v, err := schema.Value()
	return scalarText(v), err == nil
}

// scalarText is a value as parameters and headers write it.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	case []any:
		texts := make([]string, len(v))
		for i := range v {
			texts[i] = scalarText(v[i])
		}
		return strings.Join(texts, ",")
	}
	data, err := encodeJSON(v)
	if err != nil {
		return ""
	}
	return string(data)
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
