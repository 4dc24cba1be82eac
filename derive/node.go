package derive

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// The document is built of YAML nodes, so that members keep their order.

// text is quoted by the encoder where it has to be.
func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

func number(s string) *yaml.Node {
	tag := "!!int"
	if _, err := strconv.ParseInt(s, 10, 64); err != nil {
		tag = "!!float"
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: s}
}

func truth(b bool) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(b)}
}

// object makes a mapping of names and values in turn; a nil value leaves its name out.
func object(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case *yaml.Node:
			if v != nil {
				put(n, name, v)
			}
		case string:
			put(n, name, text(v))
		case bool:
			put(n, name, truth(v))
		}
	}
	return n
}

func put(n *yaml.Node, name string, value *yaml.Node) {
	n.Content = append(n.Content, text(name), value)
}

func list(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Content: items}
}

func flow(n *yaml.Node) *yaml.Node {
	n.Style = yaml.FlowStyle
	return n
}

// entry is the value of a name in a mapping; nil when there is none.
func entry(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// payload makes JSON a node, with its members in their order. Of a member that stands there twice, the last counts,
// as it does for readers of JSON.
func payload(data []byte) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return payloadValue(d)
}

func payloadValue(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.MappingNode}
		if v == '[' {
			n.Kind = yaml.SequenceNode
		}
		for d.More() {
			if err := payloadEntry(d, n); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		return n, err
	case json.Number:
		return jsonNumber(v.String()), nil
	case string:
		return quotedText(v), nil
	case bool:
		return truth(v), nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}

func payloadEntry(d *json.Decoder, n *yaml.Node) error {
	name := ""
	if n.Kind == yaml.MappingNode {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ = token.(string)
	}
	value, err := payloadValue(d)
	if err != nil {
		return err
	}
	if n.Kind == yaml.SequenceNode {
		n.Content = append(n.Content, value)
	} else if old := entry(n, name); old != nil {
		*old = *value
	} else {
		put(n, name, value)
	}
	return nil
}

// large are numbers that YAML readers and the contract would not take as they stand.
var large = regexp.MustCompile(`^-?[0-9]{19,}|[eE]`)

func jsonNumber(s string) *yaml.Node {
	if large.MatchString(s) {
		return quotedText(s)
	}
	return number(s)
}

// quotedText is always in quotes, as JSON has it.
func quotedText(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
}
