package peers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract"
)

// Document is the contract as a tree that can be changed for a peer. It is not safe for concurrent use.
type Document struct {
	tree map[string]any
}

// ReadDocument reads the contract's file, without what only Tallystick understands.
func ReadDocument(fsys fs.FS, name string) (*Document, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if _, ok := tree["paths"].(map[string]any); !ok {
		return nil, fmt.Errorf("%s has no paths, so there is nothing to play", name)
	}
	strip(tree)
	return &Document{tree}, nil
}

// strip removes extensions.
func strip(value any) {
	switch v := value.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(key string, _ any) bool { return strings.HasPrefix(key, "x-") })
		for _, member := range v {
			strip(member)
		}
	case []any:
		for _, item := range v {
			strip(item)
		}
	}
}

// at walks down objects; nil when one is not there.
func at(tree any, keys ...string) any {
	for _, key := range keys {
		object, ok := tree.(map[string]any)
		if !ok {
			return nil
		}
		tree = object[key]
	}
	return tree
}

func (d *Document) operation(op *contract.Operation) map[string]any {
	o, _ := at(d.tree, "paths", op.Path, strings.ToLower(op.Method)).(map[string]any)
	return o
}

const mediaType = "application/json"

// Schema is the schema of an operation's request body with everything that it refers to, under $defs; nil when
// the operation takes none.
func (d *Document) Schema(op *contract.Operation) (map[string]any, error) {
	schema := at(d.operation(op), "requestBody", "content", mediaType, "schema")
	if schema == nil {
		return nil, nil
	}
	defs := map[string]any{}
	out, err := d.inline(schema, defs)
	if err != nil {
		return nil, fmt.Errorf("the schema of %s: %w", op.ID, err)
	}
	object, ok := out.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the schema of %s is no object", op.ID)
	}
	if len(defs) > 0 {
		object["$defs"] = defs
	}
	return object, nil
}

const schemaRef = "#/components/schemas/"

// told are members of schemas that only tell people something; some validators refuse them.
var told = []string{"example", "examples", "externalDocs", "discriminator", "xml"}

// inline copies a schema, and collects what it refers to.
func (d *Document) inline(schema any, defs map[string]any) (any, error) {
	switch s := schema.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(s)) {
			name, isRef := strings.CutPrefix(text(s[key]), schemaRef)
			if key == "$ref" && isRef {
				out[key] = "#/$defs/" + name
				if err := d.define(name, defs); err != nil {
					return nil, err
				}
				continue
			}
			if _, isText := s[key].(string); isText && slices.Contains(told, key) {
				continue
			}
			value, err := d.inline(s[key], defs)
			if err != nil {
				return nil, err
			}
			out[key] = value
		}
		return out, nil
	case []any:
		out := make([]any, len(s))
		for i := range s {
			var err error
			if out[i], err = d.inline(s[i], defs); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return schema, nil
}

func (d *Document) define(name string, defs map[string]any) error {
	if _, known := defs[name]; known {
		return nil
	}
	target := at(d.tree, "components", "schemas", name)
	if target == nil {
		return errors.New("nothing is called " + schemaRef + name)
	}
	defs[name] = true // ends a circle; replaced below
	value, err := d.inline(target, defs)
	defs[name] = value
	return err
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// Examples says what a copy of the document shows as examples.
type Examples struct {
	Path      map[string]string // values of path parameters by name
	Answers   []Answer          // of successes
	Successes bool              // leave out all other answers, and headers that may be absent
}

// JSON writes a copy of the document with examples that stand in it, where the original names files.
func (d *Document) JSON(c *contract.Contract, e Examples) ([]byte, error) {
	n := &Document{copied(d.tree).(map[string]any)}
	n.pathExamples(e.Path)
	for _, op := range c.Operations() {
		if err := n.requestExample(op); err != nil {
			return nil, err
		}
		n.answers(op, e)
	}
	return json.MarshalIndent(n.tree, "", " ")
}

func (d *Document) pathExamples(values map[string]string) {
	set := func(parameter any) {
		p, ok := parameter.(map[string]any)
		if value := values[text(at(parameter, "name"))]; ok && p["in"] == "path" && value != "" {
			delete(p, "examples")
			p["example"] = value
		}
	}
	shared, _ := at(d.tree, "components", "parameters").(map[string]any)
	for _, p := range shared {
		set(p)
	}
	paths, _ := d.tree["paths"].(map[string]any)
	for _, item := range paths {
		own, _ := at(item, "parameters").([]any)
		for _, p := range own {
			set(p)
		}
	}
}

func (d *Document) requestExample(op *contract.Operation) error {
	media, ok := at(d.operation(op), "requestBody", "content", mediaType).(map[string]any)
	if !ok {
		return nil
	}
	in, err := op.DocumentedInput()
	if err != nil {
		return err
	}
	return setExample(media, in.Body)
}

func setExample(media map[string]any, body []byte) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	delete(media, "examples")
	media["example"] = value
	return nil
}

// onlySure leaves out headers that may be absent, and names the media type as the mock writes it.
func (d *Document) onlySure(op *contract.Operation, response any, headers map[string]any) {
	for _, h := range op.Success().Headers {
		if !h.Required {
			delete(headers, h.Name)
		}
	}
	if content, ok := at(response, "content").(map[string]any); ok && content[mediaType] != nil {
		content[contentType] = content[mediaType]
		delete(content, mediaType)
	}
}

// copied is a value that shares nothing with another.
func copied(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			out[key] = copied(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = copied(item)
		}
		return out
	}
	return value
}

// answers puts the mock's answer where the document has other examples of a success.
func (d *Document) answers(op *contract.Operation, e Examples) {
	responses, _ := at(d.operation(op), "responses").(map[string]any)
	success := strconv.Itoa(op.Success().Status)
	if e.Successes {
		maps.DeleteFunc(responses, func(status string, _ any) bool { return status != success })
	}
	if shared, isRef := strings.CutPrefix(text(at(responses, success, "$ref")), "#/components/responses/"); isRef {
		responses[success] = copied(at(d.tree, "components", "responses", shared))
	}
	media, _ := at(responses, success, "content", mediaType).(map[string]any)
	for _, a := range e.Answers {
		if a.Operation.ID == op.ID && media != nil {
			_ = setExample(media, []byte(a.Body)) // an answer that is no JSON leaves the document's own example
		}
	}
	headers, _ := at(responses, success, "headers").(map[string]any)
	if e.Successes {
		d.onlySure(op, at(responses, success), headers)
	}
	for _, a := range e.Answers {
		for name, value := range a.Header {
			if _, known := headers[name]; known && a.Operation.ID == op.ID {
				headers[name] = map[string]any{"required": true, "schema": map[string]any{"type": "string"}, "example": value}
			}
		}
	}
}
