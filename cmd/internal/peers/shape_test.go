package peers

import (
	"strings"
	"testing"
)

func TestSameShape(t *testing.T) {
	const want = `{"a":[{"b":1},{"b":2}],"c":null}`
	for got, text := range map[string]string{
		`{"c":null,"a":[{"b":3},{"b":4}]}`:       "",
		`{"a":[{"b":1}],"c":null}`:               "/a: 1 items",
		`{"a":[{"b":1},{"b":"2"}],"c":null}`:     "/a/1/b: string, want float64",
		`{"a":[{"b":1},{}],"c":null}`:            "/a/1: members [], want [b]",
		`{"a":[{"b":1},{"b":2}],"c":null,"d":1}`: "members [a c d]",
		`{"a":{},"c":null}`:                      "/a: 0 items",
		`[]`:                                     "want an object",
		`x`:                                      "no JSON",
	} {
		err := SameShape([]byte(want), []byte(got))
		if (err == nil) != (text == "") || (err != nil && !strings.Contains(err.Error(), text)) {
			t.Errorf("%s: error %v, want %q", got, err, text)
		}
	}
}
