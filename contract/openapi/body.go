package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
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
		form, err := url.ParseQuery(string(r.Body))
		return schema.decode(raw{members: formMembers(form)}), true, err
	case got == "multipart/form-data":
		form, err := readMultipart(r.Body, params["boundary"])
		return schema.decode(raw{members: formMembers(form)}), true, err
	case strings.HasPrefix(got, "text/") && got != "text/xml":
		return schema.decode(raw{texts: []string{string(r.Body)}}), true, nil
	}
	return nil, false, nil
}

// formMembers are the fields of a form, with a[b] as members of members.
func formMembers(form url.Values) map[string]raw {
	nested := url.Values{}
	for name, values := range form {
		head, rest, found := strings.Cut(name, "[")
		if found && strings.HasSuffix(rest, "]") {
			nested["form["+head+"]["+rest] = values
			continue
		}
		nested["form["+name+"]"] = values
	}
	return bracketed(nested, "form")
}

// readMultipart reads the parts of a form; a file is a text like others.
func readMultipart(body []byte, boundary string) (url.Values, error) {
	if boundary == "" {
		return nil, errors.New("the Content-Type has no boundary")
	}
	form := url.Values{}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return form, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		form.Add(part.FormName(), string(data))
	}
}
