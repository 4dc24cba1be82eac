package drift_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the contract invents, and what a reason, a rule or another place does not excuse: each planted into the bakery.
func TestPlantedInContract(t *testing.T) {
	const file, create = "bakery.yaml", "创建面包.md"
	const shape = "        shape:\n          type: string\n"
	flour := "        flour:\n          type: string\n          enum: [rye, wheat]\n          x-tally-source:\n            basis: documented\n            at:\n              - {edition: bakery, page: 创建面包, table: 2, row: flour}\n"
	for _, c := range []struct {
		name    string
		changes []change
		want    []string
	}{
		{"a member moves to the answer", []change{{file, flour, ""}, {file, "        baked_at:\n", flour + "        baked_at:\n"}}, []string{"row"}},
		{"a body is gone", []change{{file, "            schema:\n              $ref: '#/components/schemas/BakeLoafRequest'\n", "            schema: {type: object}\n"}}, []string{"row", "row", "row", "row", "row", "row", "row", "row", "stale condition required if steam == true"}},
		{"a member without source", []change{{file, shape, "        glaze:\n          type: string\n          maxLength: 7\n" + shape}}, []string{"deviation member nothing"}},
		{"a member of a text", []change{{file, shape, "        glaze:\n          type: string\n          maxLength: 7\n          x-tally-source: {basis: documented, at: [{edition: bakery, page: 创建面包, part: text}]}\n" + shape}}, []string{"deviation member nothing", "deviation maxLength nothing"}},
		{"a member of an example that does not show it", []change{{file, shape, "        glaze:\n          type: string\n          x-tally-source: {basis: documented, at: [{edition: bakery, page: 创建面包, part: example}]}\n" + shape}}, []string{"deviation member nothing"}},
		{"an assumed member", []change{{file, shape, "        glaze:\n          type: string\n          maxLength: 7\n          x-tally-source: {basis: assumed}\n" + shape}}, nil},
		{"a member with a reason", []change{{file, shape, "        glaze:\n          type: string\n          x-tally-source: {basis: documented, at: [{edition: bakery, page: 创建面包, part: text}], deviates: [{aspect: member, says: 'nothing', has: glaze, reason: The text alone names it.}]}\n" + shape}}, nil},
		{"further keywords", []change{{file, shape, shape + "          readOnly: true\n          deprecated: true\n          writeOnly: true\n          not: {const: x}\n"}}, []string{"deviation readOnly nothing", "deviation deprecated nothing", "deviation not nothing", "deviation writeOnly nothing"}},
		{"a multiple", []change{{file, "          minimum: 100\n", "          minimum: 100\n          multipleOf: 5\n"}}, []string{"deviation multipleOf nothing"}},
		{"a closed object", []change{{file, "    BakeLoafResponse:\n      type: object\n", "    BakeLoafResponse:\n      type: object\n      additionalProperties: false\n      maxProperties: 9\n"}}, []string{"deviation additionalProperties nothing", "deviation maxProperties nothing"}},
		{"a reason about another value", []change{{file, "says: string, has: array", "says: string, has: integer"}}, []string{"deviation type string"}},
		{"the condition of the row", []change{{file, "      required: [heat]\n", condition("steam", "true")}, {file, minutes, ""}}, nil},
		{"a condition on another member", []change{{file, "      required: [heat]\n", condition("heat", "true")}, {file, minutes, ""}}, []string{"deviation condition required if steam == true", "deviation condition nothing"}},
		{"a condition of another value", []change{{file, "      required: [heat]\n", condition("steam", "false")}, {file, minutes, ""}}, []string{"deviation condition required if steam == true", "deviation condition nothing"}},
		{"a condition of another operator", []change{{file, "      required: [heat]\n", strings.Replace(condition("steam", "true"), "{const: true}", "{not: {const: true}}", 1)}, {file, minutes, ""}}, []string{"deviation condition required if steam == true", "deviation condition nothing"}},
		{"a further condition", []change{{file, "      required: [heat]\n", condition("steam", "true") + "      dependentRequired: {steam: [minutes]}\n"}, {file, minutes, ""}}, []string{"deviation condition nothing"}},
		{"conditional, and the row says no", []change{{file, "      required: [name, oven]\n", "      required: [name, oven]\n      dependentRequired: {toppings: [shape]}\n"}, {file, "                  toppings:\n                    - \"seeds\"\n", ""}}, []string{"deviation required optional"}},
		{"optional, and the row says conditional", []change{{create, "<tr><td>steam</td><td>否", "<tr><td>steam</td><td>条件必选"}}, []string{"deviation required conditional"}},
		{"a citation without the number of the table", []change{{file, "page: 创建面包, table: 2, row: flour}", "page: 创建面包, row: flour}"}}, []string{"source", "citation"}},
		{"a nameless row", []change{{create, "<tr><td>steam</td>", "<tr><td>-</td><td>否</td><td>Boolean</td><td>釉。</td></tr>\n<tr><td>steam</td>"}}, []string{"row"}},
		{"letters of Han", []change{{file, `^[A-Za-z0-9\-_]*$`, `^[A-Za-z0-9\-_\p{Han}]*$`}}, []string{"deviation characters of A-Za-z0-9\\-_"}},
		{"letters with accents", []change{{file, `^[A-Za-z0-9\-_]*$`, `^[A-Za-z0-9\-_é]*$`}}, []string{"deviation characters of A-Za-z0-9\\-_"}},
		{"a sign of no script", []change{{file, `^[A-Za-z0-9\-_]*$`, `^[A-Za-z0-9\-_😀]*$`}}, []string{"deviation characters of A-Za-z0-9\\-_"}},
		{"short texts alone", []change{{file, `^[A-Za-z0-9\-_]*$`, `^[A-Za-z0-9\-_]{1,9}$`}}, []string{"deviation characters of A-Za-z0-9\\-_"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, pages := planted(t, c.changes...)
			r, err := check(t, file, pages)
			if err != nil {
				t.Fatal(err)
			}
			if got := said(r); !slices.Equal(got, append([]string{}, c.want...)) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			sums(t, r)
		})
	}
}

// minutes is the reason that the bakery has for its condition.
const minutes = `            deviates:
              - aspect: condition
                says: required if steam == true
                has: 'nothing'
                reason: An oven without minutes bakes for as long as it takes.
`

// condition demands minutes if a member has a value.
func condition(field, value string) string {
	return "      required: [heat]\n      if: {properties: {" + field + ": {const: " + value + "}}, required: [" + field + "]}\n      then: {required: [minutes]}\n"
}

// A parameter of one method is not judged by the row of another.
func TestPlantedMethods(t *testing.T) {
	dir := t.TempDir()
	pages := filepath.Join(dir, "loaves")
	if err := os.Mkdir(pages, 0o755); err != nil {
		t.Fatal(err)
	}
	page := "# Loaves\n"
	for _, op := range []struct{ method, row string }{{"GET", "| limit | Integer | No | Value range: 1-100 |"}, {"DELETE", "| limit | Integer | Yes | Value range: 1-5 |"}} {
		page += "\n## " + op.method + " loaves\n\n`" + op.method + " /v1/loaves`\n\n### Query Parameters\n\n| Name | Type | Required | Description |\n|---|---|---|---|\n" + op.row + "\n\n### Response\n\n| Name | Type | Description |\n|---|---|---|\n| total | Integer | Count |\n"
	}
	text := "openapi: 3.1.0\ninfo: {title: Loaves, version: 0.1.0}\npaths:\n  /v1/loaves:\n"
	for _, op := range []struct{ method, limit string }{{"delete", "required: true, schema: {type: integer, minimum: 1, maximum: MOST}"}, {"get", "schema: {type: integer, minimum: 1, maximum: 100}"}} {
		text += "    " + op.method + ":\n      operationId: " + op.method + "Loaves\n      parameters:\n        - {name: limit, in: query, " + op.limit + ", x-tally-source: {basis: documented, at: [{edition: loaves, page: loaves, row: limit}]}}\n" +
			"      responses:\n        '200': {description: Fine., content: {application/json: {schema: {type: object, properties: {total: {type: integer, x-tally-source: {basis: documented, at: [{edition: loaves, page: loaves, row: total}]}}}}}}}\n" +
			"      x-tally-source: {basis: documented, at: [{edition: loaves, page: loaves, part: uri}]}\n"
	}
	for most, want := range map[string][]string{"5": {}, "50": {"deviation maximum 5"}} {
		file := filepath.Join(dir, "openapi.yaml")
		for to, data := range map[string]string{filepath.Join(pages, "loaves.md"): page, file: strings.Replace(text, "MOST", most, 1)} {
			if err := os.WriteFile(to, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r, err := check(t, file, pages)
		if err != nil {
			t.Fatal(err)
		}
		if got := said(r); !slices.Equal(got, want) {
			t.Errorf("a maximum of %s: got %q, want %q", most, got, want)
		}
	}
}
