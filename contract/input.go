package contract

import (
	"encoding/json"
	"fmt"
	"net/url"
)

// DocumentedInput is the request that the document shows for an operation: its first example body that
// contradicts nothing, the first example of each required parameter.
func (op *Operation) DocumentedInput() (Input, error) {
	in := Input{Path: map[string]string{}, Query: url.Values{}}
	for _, p := range op.Parameters {
		if !p.Required {
			continue
		}
		value := ""
		for _, name := range sortedKeys(p.Examples) {
			value = plain(p.Examples[name])
		}
		if value == "" && p.In == "query" {
			return in, fmt.Errorf("parameter %q of %s is required and has no example", p.Name, op.ID)
		}
		switch p.In {
		case "path":
			in.Path[p.Name] = value
		case "query":
			in.Query.Set(p.Name, value)
		}
	}
	if op.Body == nil {
		return in, nil
	}
	body := op.DocumentedRequest()
	if body == nil {
		return in, fmt.Errorf("operation %s takes a body and has no request example", op.ID)
	}
	data, err := json.Marshal(body)
	in.Body, in.ContentType = data, "application/json"
	return in, err
}

// Patched is the input with a merge patch on its body and values set in its query.
func (in Input) Patched(body map[string]any, query map[string]string) (Input, error) {
	out := in
	if query != nil {
		out.Query = url.Values{}
		for name, values := range in.Query {
			out.Query[name] = values
		}
		for name, value := range query {
			out.Query.Set(name, value)
		}
	}
	if body != nil {
		value, err := decodeJSON(in.Body)
		if err != nil {
			return out, err
		}
		if out.Body, err = json.Marshal(MergePatch(value, body)); err != nil {
			return out, err
		}
		out.ContentType = "application/json"
	}
	return out, nil
}

// WithBody is the input with another body, sent as JSON.
func (in Input) WithBody(body any) (Input, error) {
	data, err := json.Marshal(body)
	in.Body, in.ContentType = data, "application/json"
	return in, err
}
