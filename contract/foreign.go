package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/textproto"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract/openapi"
)

// vocabularyPrefix is how the keys of the vocabulary begin.
const vocabularyPrefix = "x-tally-"

// Open reads a contract as Load does, or, where no key of the vocabulary stands in the document, any OpenAPI
// document of version 3.0 or 3.1 as somebody else has written it. Such a Contract knows operations and schemas,
// but neither resources nor errors; Foreign tells it apart. What is wrong with it without keeping it from being
// served is in its Warnings.
func Open(fsys fs.FS, name string) (*Contract, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	if bytes.Contains(data, []byte(vocabularyPrefix)) && openapi.HasExtension(data, vocabularyPrefix) {
		return Load(fsys, name)
	}
	d, err := openapi.Load(fsys, name)
	var form openapi.Form
	var problems openapi.Problems
	switch {
	case errors.As(err, &form):
		if parsed, ok := parse(name, data); !ok {
			return nil, parsed.problems.sorted() // with the line
		}
		return nil, problemsOf([]openapi.Problem{form.Problem})
	case errors.As(err, &problems):
		return nil, problemsOf(problems)
	case err != nil:
		return nil, fmt.Errorf("contract: %w", err)
	}
	return newForeign(d, name, d.SHA256()), nil
}

func problemsOf(found []openapi.Problem) Problems {
	var out Problems
	for _, p := range found {
		text := p.Text
		if p.Pointer != "" {
			text = "#" + p.Pointer + ": " + text
		}
		out = append(out, Problem{Position: Position{File: p.File}, Pointer: p.Pointer, Text: text})
	}
	return out.sorted()
}

// newForeign makes a contract of a document that has none of our keys.
func newForeign(d *openapi.Document, name, hash string) *Contract {
	doc := &document{name: name, tree: newNodes(&yaml.Node{Kind: yaml.MappingNode})}
	c := &Contract{Title: d.Title, Version: d.Version, Name: name, hash: hash, doc: doc, foreign: d, byForeign: map[*openapi.Operation]*Operation{},
		catalogue: &catalogue{}, wire: map[string]Fault{},
		entries: Entries{map[string]map[string]map[string]any{}, map[string]*Schema{}, map[string]string{}}}
	for _, op := range d.Operations() {
		file, pointer := op.Position()
		own := &Operation{ID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
			Deprecated: op.Deprecated, Position: Position{File: file + "#" + pointer}, foreign: op}
		c.operations, c.byForeign[op] = append(c.operations, own), own
	}
	return c
}

// Foreign is the document behind a contract without any key of the vocabulary; nil for one that has some.
func (c *Contract) Foreign() *openapi.Document { return c.foreign }

// Foreign is the operation of the document behind a contract without any key of the vocabulary; nil for one
// that has some.
func (op *Operation) Foreign() *openapi.Operation { return op.foreign }

// Warnings is all that is wrong with a foreign document without keeping it from being served, by place. It is
// looked for at the first call, which compiles every schema. None of another contract.
func (c *Contract) Warnings() Problems {
	if c.foreign == nil {
		return nil
	}
	c.foreign.Examine()
	return problemsOf(c.foreign.Warnings())
}

// matchForeign finds the operation of a foreign document.
func (c *Contract) matchForeign(method, escapedPath string) Match {
	m := c.foreign.Match(method, escapedPath)
	if m.Operation == nil {
		return Match{Known: len(m.Methods) > 0}
	}
	return Match{Operation: c.byForeign[m.Operation], Path: m.Path, Known: true}
}

// readForeign is Read for an operation of a foreign document.
func (op *Operation) readForeign(in Input) (*Request, []Violation) {
	req := &Request{Operation: op, Path: map[string]any{}, Query: map[string]any{}}
	for name, value := range in.Path {
		req.Path[name] = value
	}
	for name := range in.Query {
		req.Query[name] = in.Query.Get(name)
	}
	if isJSON(in.ContentType) {
		req.Body, _ = decodeJSON(in.Body) // what is no JSON is a violation
	}
	found := op.foreign.Read(openapi.Request{Path: in.Path, Query: in.Query, Header: in.Header, ContentType: in.ContentType, Body: in.Body})
	return req, violationsOf(found)
}

func violationsOf(found []openapi.Violation) []Violation {
	var out []Violation
	for _, v := range found {
		out = append(out, Violation{In: v.In, Pointer: v.Pointer, Keyword: v.Keyword, Schema: v.Schema, Text: v.Text})
	}
	return out
}

// checkForeignBody is CheckBody for a foreign document. Its form is not known here, so that of the document is
// taken.
func (c *Contract) checkForeignBody(op *Operation, status int, data []byte) []Violation {
	if op == nil {
		return nil
	}
	return violationsOf(op.foreign.CheckBody(status, "", data))
}

// secretsForeign is Secrets for an operation of a foreign document.
func (op *Operation) secretsForeign() Secrets {
	s := op.foreign.Secrets()
	return Secrets{Request: s.Request, Responses: s.Responses, Query: s.Query, Path: s.Path}
}

// secretHeadersForeign is SecretHeaders for a foreign document.
func (c *Contract) secretHeadersForeign() []string {
	out := []string{"Authorization"}
	for _, op := range c.operations {
		for _, name := range op.foreign.Secrets().Headers {
			out = append(out, textproto.CanonicalMIMEHeaderKey(name))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Documented is the answer that the document shows for an operation: openapi.Operation.Answer says which. It
// depends on no state and changes none. Only a foreign document refuses a client that takes no form it has, with an
// openapi.Unacceptable; another one gives it what one that takes any form gets. The error may also be an
// openapi.Undocumented, or that of a document that cannot be read in this way.
func (c *Contract) Documented(op *Operation, p openapi.Preference, accept string) (*openapi.Answer, error) {
	if op.foreign != nil {
		return op.foreign.Answer(p, accept)
	}
	shown, err := c.shown()
	if err != nil {
		return nil, err
	}
	m := shown.Operation(op.Method, op.Path)
	if m == nil {
		return nil, fmt.Errorf("operation %s is not in %s", op.ID, c.Name)
	}
	a, err := m.Answer(p, accept)
	if unacceptable := new(openapi.Unacceptable); errors.As(err, &unacceptable) {
		return m.Answer(p, "")
	}
	return a, err
}

// shown is the document of a contract as package openapi reads it; it is read when first asked for.
func (c *Contract) shown() (*openapi.Document, error) {
	c.showing.Do(func() { c.shownAs, c.shownErr = openapi.Load(c.files, c.Name) })
	return c.shownAs, c.shownErr
}

// ErrorOf is the first entry of the catalogue that an operation may answer with a status; nil when there is
// none.
func (c *Contract) ErrorOf(op *Operation, status int) *Error {
	for _, e := range c.catalogue.entries {
		if e.Status == status && e.AppliesTo(op.ID) {
			return e
		}
	}
	return nil
}
