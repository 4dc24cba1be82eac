package contract

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// judgeOpenAPI lets kin-openapi judge a document as OpenAPI; nil when it has nothing to say. It can tell
// lines only when it reads the document as it stands and with origins, which takes three times as long
// as reading it as JSON.
func judgeOpenAPI(data []byte, origins bool) error {
	kin := openapi3.NewLoader()
	kin.IsExternalRefsAllowed = false
	kin.IncludeOrigin = origins
	doc, err := kin.LoadFromData(data)
	if err != nil {
		return err
	}
	return doc.Validate(context.Background(), openapi3.DisableExamplesValidation(), openapi3.EnableMultiError())
}

// reportOpenAPI adds what is wrong with the document as OpenAPI, each at the nearest place that is known.
func (d *document) reportOpenAPI(err error) {
	if many, ok := err.(openapi3.MultiError); ok {
		for _, e := range many {
			d.reportOpenAPI(e)
		}
		return
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if _, after, ok := strings.Cut(text, "while decoding JSON: json: "); ok {
		text = strings.ReplaceAll(after, "openapi3.", "")
	}
	at := d.top()
	var undefined *openapi3.SecurityRequirementSchemeUndefinedError
	if errors.As(err, &undefined) {
		at, _ = d.at(undefined.JSONPointer)
	} else if line, column, ok := originOf(err); ok {
		at = d.atPosition(line, column)
	} else if p, ok := d.quotedReference(text); ok {
		at = p
	} else if p, ok := d.misfit(text); ok {
		at = p
	}
	at.addf("not valid OpenAPI: %s", text)
}

// originOf is the innermost position that an error of kin-openapi carries. Its error types have nothing in
// common but a field of this name.
func originOf(err error) (line, column int, ok bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		v := reflect.Indirect(reflect.ValueOf(err))
		if v.Kind() != reflect.Struct {
			continue
		}
		field := v.FieldByName("Origin")
		if !field.IsValid() {
			continue
		}
		origin, _ := field.Interface().(*openapi3.Origin)
		if origin == nil || origin.Key == nil {
			continue
		}
		line, column, ok = origin.Key.Line, origin.Key.Column, true
		if extra, is := err.(*openapi3.ExtraSiblingFieldsError); is && len(extra.Fields) > 0 {
			if at, found := origin.Fields.Lookup(extra.Fields[0]); found {
				line, column = at.Line, at.Column
			}
		}
	}
	return line, column, ok
}

// find is the first place, in the order of the document, that a condition holds for.
func (p place) find(holds func(name string, at place) bool) (found place, ok bool) {
	p.each(func(name string, member place) {
		if ok {
			return
		}
		if holds(name, member) {
			found, ok = member, true
		} else if !member.isAlias() {
			found, ok = member.find(holds)
		}
	})
	for _, item := range p.items() {
		if ok {
			break
		}
		if holds("", item) {
			return item, true
		}
		if !item.isAlias() {
			found, ok = item.find(holds)
		}
	}
	return found, ok
}

// atPosition is the value that stands at a line and column, or under the key that does; the whole document
// when there is none.
func (d *document) atPosition(line, column int) place {
	at, ok := d.top().find(func(_ string, p place) bool {
		n := p.knot()
		if p.key != 0 {
			n = p.doc.tree.all[p.key]
		} else if n.kind == uint8(yaml.MappingNode) && n.flow && !p.isEmpty() {
			n = p.doc.tree.all[p.at+1] // kin-openapi takes the first key for the item of a list
		}
		return int(n.line) == line && int(n.column) == column
	})
	if !ok {
		return d.top()
	}
	return at
}

// quotedReference is the $ref that a text quotes.
func (d *document) quotedReference(text string) (place, bool) {
	return d.top().find(func(name string, p place) bool {
		return name == "$ref" && p.text() != "" && strings.Contains(text, `"`+p.text()+`"`)
	})
}

// misfit is the first member of the kind and name that a text of encoding/json complains about: "cannot
// unmarshal number into field Operation.parameters of type Parameters".
func (d *document) misfit(text string) (place, bool) {
	words := strings.Fields(text)
	field := slices.Index(words, "field")
	if field < 4 || field+1 >= len(words) || words[0] != "cannot" {
		return place{}, false
	}
	kind, path := words[2], words[field+1]
	member := path[strings.LastIndexByte(path, '.')+1:]
	return d.top().find(func(name string, p place) bool { return name == member && p.kind() == kind })
}

// kind is the name that encoding/json has for the kind of a value.
func (p place) kind() string {
	switch p.data().(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "bool"
	case nil:
		return "null"
	}
	return "number"
}
