package contract_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tallystick/tallystick/contract"
)

const shopHead = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\n"

// TestLoadIsBounded feeds documents that are small but describe something large or endless. Whether they
// load does not matter here; that they end does.
func TestLoadIsBounded(t *testing.T) {
	bodies := func(schemas string) string {
		return shopHead + "paths:\n  /items:\n    post:\n      operationId: createItem\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}\n" +
			"      responses: {'200': {description: Made.}}\n      x-tally-effect: {do: create, resource: Item, id: \"${uuid}\"}\n      x-tally-rules: [{id: no, when: \"has(self.a)\", error: E1, trigger: {body: {a: {}}}, source: {basis: assumed}}]\n" +
			"components:\n  x-tally-errors: {bodies: {flat: {code: \"${code}\"}}, codes: {E1: {status: 400, message: Bad., meaning: Bad., provoke: request, operations: [], source: {basis: assumed}}}}\n  schemas:\n" + schemas
	}
	everyMemberIsItself := ""
	for i := range 20 {
		everyMemberIsItself += fmt.Sprintf("        %c: {$ref: '#/components/schemas/Item'}\n", 'a'+i)
	}
	chain := ""
	for i := range 60 {
		chain += fmt.Sprintf("    S%d: {$ref: '#/components/schemas/S%d'}\n", i, i+1)
	}
	aliases := "x-a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for _, c := range "bcde" {
		aliases += fmt.Sprintf("x-%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	for name, text := range map[string]string{
		"deep lists":             shopHead + "paths: {}\nx-deep: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"deep lists, too deep":   shopHead + "paths: {}\nx-deep: " + strings.Repeat("[", 100_000),
		"deep objects":           shopHead + "paths: {}\nx-deep: " + strings.Repeat("{a: ", 5000) + "1" + strings.Repeat("}", 5000),
		"deep schema":            bodies("    Item: " + strings.Repeat("{type: object, properties: {a: ", 95) + "{type: string}" + strings.Repeat("}}", 95)),
		"array of itself":        bodies("    Item: {type: object, properties: {a: {$ref: '#/components/schemas/List'}}}\n    List: {type: array, items: {$ref: '#/components/schemas/List'}}\n"),
		"map of itself":          bodies("    Item: {type: object, properties: {a: {$ref: '#/components/schemas/Map'}}}\n    Map: {type: object, additionalProperties: {$ref: '#/components/schemas/Map'}}\n"),
		"every member is itself": bodies("    Item:\n      type: object\n      properties:\n" + everyMemberIsItself),
		"composed of itself":     bodies("    Item: {allOf: [{$ref: '#/components/schemas/Item'}], type: object, properties: {a: {type: object}}}\n"),
		"long chain of refs":     bodies("    Item: {type: object, properties: {a: {$ref: '#/components/schemas/S0'}}}\n" + chain + "    S60: {type: object}\n"),
		"aliases in the limit":   shopHead + "paths: {}\n" + aliases,
		"huge numbers":           bodies("    Item: {type: object, properties: {a: {type: integer, minimum: 1e999999999, maximum: -123456789012345678901234567890}}}\n"),
		"wide":                   bodies("    Item: {type: object, properties: {" + strings.Repeat("a: {type: string},", 1) + " }}\n    Other: {type: object, properties: {" + wide(5000) + "}}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := contract.Load(fstest.MapFS{"shop.yaml": {Data: []byte(text)}}, "shop.yaml")
			if took := time.Since(start); took > slow {
				t.Errorf("the load takes %v, with %.200v", took, err)
			}
			t.Logf("%v %.200v", time.Since(start), err)
		})
	}
}

func wide(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "m%d: {type: string}, ", i)
	}
	return b.String()
}
