package contract

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds a document with its aliases expanded, so that a few lines of YAML cannot take the
// memory of the machine.
const maxNodes = 500_000

// maxDepth bounds its nesting, because the time to check a schema grows with the cube of it.
const maxDepth = 200

// parse reads YAML (or JSON, which is YAML). The second result is false when nothing can be read.
func parse(name string, data []byte) (*document, bool) {
	d := &document{name: name}
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil {
		d.problems = append(d.problems, yamlProblem(name, data, err))
		return d, false
	}
	if len(node.Content) == 0 {
		d.problems = append(d.problems, Problem{Position: Position{name, 1, 1}, Text: "the document is empty"})
		return d, false
	}
	root := node.Content[0]
	if root.Kind != yaml.MappingNode {
		d.addAt(root, "", "the document must be an object with the members openapi, info and paths")
		return d, false
	}
	budget := maxNodes
	if !d.checkTree(root, map[*yaml.Node]bool{}, &budget) {
		return d, false
	}
	d.tree = newNodes(root)
	return d, true
}

func (d *document) addAt(n *yaml.Node, pointer, format string, args ...any) {
	d.problems = append(d.problems, Problem{
		Position: Position{d.name, n.Line, n.Column}, Pointer: pointer, Text: fmt.Sprintf(format, args...)})
}

// yamlProblem moves the line that the YAML library puts into its text to where it belongs. The library
// counts from 0 where its parser complains, and gives no line for the first and for unknown anchors.
func yamlProblem(name string, data []byte, err error) Problem {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	pos := Position{name, 1, 1}
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, tail, ok := strings.Cut(rest, ": "); ok {
			if line, err := strconv.Atoi(number); err == nil {
				pos.Line, text = line, tail
			}
		}
		if strings.HasPrefix(text, "did not find expected") {
			pos.Line++
		}
	}
	if quoted := strings.Split(text, "'"); len(quoted) == 3 && strings.HasPrefix(text, "unknown anchor") {
		if at := bytes.Index(data, []byte("*"+quoted[1])); at >= 0 {
			pos.Line += bytes.Count(data[:at], []byte("\n"))
			pos.Column = at - bytes.LastIndexByte(data[:at], '\n')
		}
	}
	return Problem{Position: pos, Text: "not readable as YAML: " + text}
}

// checkTree refuses what JSON cannot say: keys that are no strings, duplicate keys, endless aliases.
func (d *document) checkTree(n *yaml.Node, above map[*yaml.Node]bool, budget *int) bool {
	if *budget--; *budget < 0 {
		d.addAt(n, "", "the document is too large when its aliases are expanded (over %d values)", maxNodes)
		return false
	}
	if n.Kind == yaml.AliasNode {
		if above[n.Alias] {
			d.addAt(n, "", "alias *%s contains itself", n.Value)
			return false
		}
		return d.checkTree(n.Alias, above, budget)
	}
	if len(above) >= maxDepth {
		d.addAt(n, "", "nested too deeply (over %d levels)", maxDepth)
		*budget = -1
		return false
	}
	above[n] = true
	defer delete(above, n)
	ok := true
	seen := map[string]bool{}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if child.Kind != yaml.ScalarNode || child.Tag == "!!merge" {
				d.addAt(child, "", "a key must be a plain string; lists, objects and << cannot be one")
				ok = false
			} else if seen[child.Value] {
				d.addAt(child, "", "member %q stands here twice", child.Value)
				ok = false
			}
			seen[child.Value] = true
			continue
		}
		ok = d.checkTree(child, above, budget) && ok
		if *budget < 0 {
			return false
		}
	}
	return ok
}
