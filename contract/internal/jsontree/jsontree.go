// Package jsontree finds its way in JSON values, also in those that are written in YAML.
package jsontree

import (
	"encoding/json"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Tokens are the parts of a JSON pointer, unescaped; none for the whole value.
func Tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range tokens {
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens
}

// Escape is a token as a JSON pointer has it.
func Escape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

// At follows a JSON pointer through decoded JSON; nil when it leads nowhere.
func At(value any, pointer string) any {
	for rest := strings.TrimPrefix(pointer, "/"); pointer != ""; {
		token, after, more := strings.Cut(rest, "/")
		if rest = after; !more {
			pointer = ""
		}
		if strings.IndexByte(token, '~') >= 0 {
			token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		}
		switch v := value.(type) {
		case map[string]any:
			value = v[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// Scalar is the value of a scalar node of YAML as encoding/json decodes it with UseNumber; what JSON has no value for
// is a string.
func Scalar(n *yaml.Node) any { return Tagged(n.Tag, n.Value) }

// Tagged is Scalar for a node with that tag and text.
func Tagged(tag, text string) any {
	switch tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(text, "true")
	case "!!int", "!!float":
		if json.Valid([]byte(text)) {
			return json.Number(text)
		}
		var f float64
		if (&yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}).Decode(&f) == nil {
			if b, err := json.Marshal(f); err == nil {
				return json.Number(b)
			}
		}
	}
	return text
}
