package openapi

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
)

// read judges the body of a request.
func (b *Body) read(r Request) []Violation {
	if len(bytes.TrimSpace(r.Body)) == 0 {
		if !b.Required {
			return nil
		}
		return []Violation{{In: "body", Keyword: "required", Text: "the body is empty, want " + b.wanted()}}
	}
	media := b.media(r.ContentType)
	if media == nil {
		if len(b.Media) == 0 {
			return nil // nothing is said of it
		}
		return []Violation{{In: "body", Keyword: "contentMediaType", Text: fmt.Sprintf("the Content-Type is %q, want %s", r.ContentType, b.wanted())}}
	}
	schema := media.schema(inward)
	value, judged, err := media.decode(r, schema)
	switch {
	case err != nil:
		return []Violation{{In: "body", Keyword: "body", Text: fmt.Sprintf("not readable as %s: %v", media.Type, err)}}
	case !judged:
		return nil
	}
	return schema.Check("body", value)
}

func (b *Body) wanted() string {
	types := make([]string, len(b.Media))
	for i, m := range b.Media {
		types[i] = m.Type
	}
	if len(types) == 0 {
		return "anything"
	}
	return strings.Join(types, " or ")
}

// media is the documented form that a Content-Type is of; without the header, the first. nil when there is
// none.
func (b *Body) media(contentType string) *Media {
	if len(b.Media) == 0 {
		return nil
	}
	if contentType == "" {
		return b.Media[0]
	}
	got, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil
	}
	return bestMedia(b.Media, got)
}

// bestMedia is the form that fits a type best: as it stands, then as a range such as text/*.
func bestMedia(all []*Media, got string) *Media {
	var found *Media
	least := 3
	for _, m := range all {
		want, _, err := mime.ParseMediaType(m.Type)
		if err != nil {
			want = strings.ToLower(m.Type)
		}
		rank := 3
		kind, _, _ := strings.Cut(want, "/")
		switch {
		case want == got:
			rank = 0
		case strings.HasSuffix(want, "/*") && strings.HasPrefix(got, kind+"/"):
			rank = 1
		case want == "*/*":
			rank = 2
		}
		if rank < least {
			found, least = m, rank
		}
	}
	return found
}

// decode reads a body; judged is false for a form that no schema can speak of.
func (m *Media) decode(r Request, schema *Schema) (value any, judged bool, err error) {
	contentType := r.ContentType
	if contentType == "" {
		contentType = m.Type
	}
	got, params, _ := mime.ParseMediaType(contentType)
	switch {
	case isJSON(contentType):
		value, err = decodeJSON(r.Body)
		return value, true, err
	case got == "application/x-www-form-urlencoded":
		fields, err := urlencoded(string(r.Body))
		return m.decodeForm(fields, err, schema)
	case got == "multipart/form-data":
		fields, err := readMultipart(r.Body, params["boundary"])
		return m.decodeForm(fields, err, schema)
	case strings.HasPrefix(got, "text/") && got != "text/xml":
		return schema.decode(raw{texts: []string{string(r.Body)}}), true, nil
	}
	return nil, false, nil
}

func (m *Media) decodeForm(fields []field, err error, schema *Schema) (value any, judged bool, _ error) {
	if err != nil {
		return nil, true, err
	}
	members, err := m.form(fields, schema)
	return schema.decode(members), true, err
}
