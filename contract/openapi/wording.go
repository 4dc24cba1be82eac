package openapi

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

// quoting are the keywords whose messages quote the value.
var quoting = []string{"format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}

// worded adds what came to a message that says only what is wanted, unless that is secret, holds a secret, or is a
// part of one.
func (s *Schema) worded(keyword, message string, value any, pointer string) string {
	message = strings.ReplaceAll(message, base, "")
	if s.hides(pointer) {
		if slices.Contains(quoting, keyword) {
			return keyword + " is not met; the value is secret"
		}
		return message
	}
	switch keyword {
	case "anyOf", "oneOf", "not", "enum", "const", "format":
		if got, err := json.Marshal(jsontree.At(value, pointer)); err == nil && len(got) <= 120 && !strings.Contains(message, string(got)) {
			return message + ", got " + string(got)
		}
	}
	return message
}

// hides tells whether a value at a pointer is secret, holds a secret, or is a part of one.
func (s *Schema) hides(pointer string) bool {
	tokens := jsontree.Tokens(pointer)
	return slices.ContainsFunc(s.secrets(), func(secret string) bool {
		marked := jsontree.Tokens(secret)
		for i := range min(len(tokens), len(marked)) {
			if marked[i] != "*" && marked[i] != tokens[i] {
				return false
			}
		}
		return true
	})
}
