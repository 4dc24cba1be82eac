package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

// Bounds of a document, so that a few lines of YAML cannot take the memory or the stack of the machine.
const (
	maxBytes  = 256 << 20
	maxValues = 20_000_000 // with aliases expanded
	maxDepth  = 500
)

// A tree is made of *object, []any, string, json.Number, bool and nil. Unlike Go's maps, objects keep the
// order of the document: the first example is the one that its author would show.
type object struct {
	members []member
	index   map[string]int // nil for small ones
}

type member struct {
	name  string
	value any
}

// indexed is the size from which on an object is looked up by hash.
const indexed = 16

func (o *object) find(name string) int {
	if o.index != nil {
		if i, ok := o.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].name == name {
			return i
		}
	}
	return -1
}

func (o *object) get(name string) (any, bool) {
	if i := o.find(name); i >= 0 {
		return o.members[i].value, true
	}
	return nil, false
}

// set adds a member. Of two of one name the later wins, as with encoding/json.
func (o *object) set(name string, value any) {
	if i := o.find(name); i >= 0 {
		o.members[i].value = value
		return
	}
	o.members = append(o.members, member{name, value})
	switch {
	case o.index != nil:
		o.index[name] = len(o.members) - 1
	case len(o.members) > indexed:
		o.index = make(map[string]int, 2*len(o.members))
		for i := range o.members {
			o.index[o.members[i].name] = i
		}
	}
}

// plain is a tree as encoding/json decodes it with UseNumber.
func plain(value any) any {
	switch v := value.(type) {
	case *object:
		out := make(map[string]any, len(v.members))
		for _, m := range v.members {
			out[m.name] = plain(m.value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	}
	return value
}

// parse reads JSON or YAML. JSON is read as such where it can be, which is many times faster.
func parse(data []byte) (any, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("it has %d bytes, want %d at most", len(data), maxBytes)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) > 0 && start[0] == '{' {
		if tree, err := parseJSON(data); err == nil {
			return tree, nil
		}
	}
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil {
		return nil, fmt.Errorf("not readable as JSON or YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(node.Content) == 0 {
		return nil, errors.New("the document is empty")
	}
	r := &yamlReader{budget: maxValues, above: map[*yaml.Node]bool{}}
	return r.read(node.Content[0], 0)
}

// jsonReader keeps one copy of each name: a document has few, and each of them many times.
type jsonReader struct {
	*json.Decoder
	names map[string]string
}

func parseJSON(data []byte) (any, error) {
	r := &jsonReader{json.NewDecoder(bytes.NewReader(data)), map[string]string{}}
	r.UseNumber()
	tree, err := r.read(0)
	if err != nil {
		return nil, err
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return tree, nil
}

func (r *jsonReader) read(depth int) (any, error) {
	token, err := r.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, tame(token)
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if delim == '[' {
		items := []any{}
		for r.More() {
			item, err := r.read(depth + 1)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		_, err = r.Token()
		return items, err
	}
	return r.readObject(depth)
}

func (r *jsonReader) readObject(depth int) (any, error) {
	o := &object{}
	for r.More() {
		token, err := r.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if known, ok := r.names[name]; ok {
			name = known
		} else {
			r.names[name] = name
		}
		value, err := r.read(depth + 1)
		if err != nil {
			return nil, err
		}
		o.set(name, value)
	}
	_, err := r.Token()
	return o, err
}

var errTooDeep = fmt.Errorf("nested too deeply (over %d levels)", maxDepth)

type yamlReader struct {
	budget int
	above  map[*yaml.Node]bool
}

func (r *yamlReader) read(n *yaml.Node, depth int) (any, error) {
	if r.budget--; r.budget < 0 {
		return nil, fmt.Errorf("line %d: too large when its aliases are expanded (over %d values)", n.Line, maxValues)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d: %w", n.Line, errTooDeep)
	}
	switch n.Kind {
	case yaml.AliasNode:
		if r.above[n.Alias] {
			return nil, fmt.Errorf("line %d: alias *%s contains itself", n.Line, n.Value)
		}
		r.above[n.Alias] = true
		defer delete(r.above, n.Alias)
		return r.read(n.Alias, depth+1)
	case yaml.SequenceNode:
		items := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			item, err := r.read(c, depth+1)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return items, nil
	case yaml.MappingNode:
		return r.readMapping(n, depth)
	}
	value := jsontree.Scalar(n)
	return value, tame(value)
}

func (r *yamlReader) readMapping(n *yaml.Node, depth int) (any, error) {
	o := &object{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		value, err := r.read(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key must be a plain value", key.Line)
		}
		if merged, ok := value.(*object); ok && key.Tag == "!!merge" {
			for _, m := range merged.members {
				if o.find(m.name) < 0 {
					o.set(m.name, m.value)
				}
			}
			continue
		}
		o.set(key.Value, value)
	}
	return o, nil
}
