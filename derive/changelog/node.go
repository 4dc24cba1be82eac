package changelog

import (
	"iter"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// pairsOf are the names and values of a mapping; none of anything else.
func pairsOf(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// entry is the value of a name in a mapping; nil when there is none.
func entry(n *yaml.Node, name string) *yaml.Node {
	for key, value := range pairsOf(n) {
		if key == name {
			return value
		}
	}
	return nil
}

// scalar is the text of a name in a mapping.
func scalar(n *yaml.Node, name string) string {
	if v := entry(n, name); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// lastLine is the last line that a node has something on.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
		last = max(last, n.Line)
	}
	return last
}

// clean makes what pages say fit for one line of a terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)
}
