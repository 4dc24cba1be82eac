package openapi

import (
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Secrets are the places where the exchanges of an operation carry what must not be shown: credentials, and
// what the document marks with format: password. Pointers are JSON pointers in which * stands for every item of
// an array and every member of a map.
type Secrets struct {
	Request   []string
	Responses map[int][]string // by status; 0 for default and for ranges
	Query     []string         // names of query parameters
	Headers   []string         // names of headers
}

const (
	secretMark  = "password"
	secretDepth = 12
	maxSecrets  = 4000 // schemas that are looked at, of one that contains itself many times over
)

// Secrets lists what is secret in the exchanges of the operation, each list sorted.
func (op *Operation) Secrets() Secrets {
	s := Secrets{Responses: map[int][]string{}}
	if body := op.parts().body; body != nil {
		s.Request = secretsOf(body.Media, inward)
	}
	for _, r := range op.parts().responses {
		status, _ := strconv.Atoi(r.Code)
		if found := secretsOf(r.Media, outward); len(found) > 0 {
			s.Responses[status] = sorted(append(s.Responses[status], found...))
		}
	}
	for _, p := range op.parts().parameters {
		if schema := p.compiled(); schema != nil && schema.compiled != nil && marked(everything([]*jsonschema.Schema{schema.compiled})) {
			s.add(p.In, p.Name)
		}
	}
	for _, all := range op.parts().security {
		for _, r := range all {
			if r.kind == "apiKey" {
				s.add(r.in, r.name)
			}
		}
	}
	s.Query, s.Headers = sorted(s.Query), sorted(s.Headers)
	return s
}

func (s *Secrets) add(in, name string) {
	switch in {
	case "query":
		s.Query = append(s.Query, name)
	case "header":
		s.Headers = append(s.Headers, name)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func secretsOf(media []*Media, way direction) []string {
	var out []string
	left := maxSecrets
	for _, m := range media {
		if schema := m.schema(way); schema != nil && schema.compiled != nil {
			findSecrets([]*jsonschema.Schema{schema.compiled}, "", 0, &left, &out)
		}
	}
	return sorted(out)
}

func marked(parts []*jsonschema.Schema) bool {
	return slices.ContainsFunc(parts, func(s *jsonschema.Schema) bool { return s.Format == secretMark })
}

// findSecrets walks what is said of one value, and then of its members.
func findSecrets(schemas []*jsonschema.Schema, pointer string, depth int, left *int, out *[]string) {
	if *left--; depth > secretDepth || *left < 0 || len(schemas) == 0 {
		return
	}
	parts := everything(schemas)
	if marked(parts) {
		*out = append(*out, pointer)
		return
	}
	members := map[string][]*jsonschema.Schema{}
	var rest []*jsonschema.Schema
	for _, s := range parts {
		for name, member := range s.Properties {
			members[name] = append(members[name], member)
		}
		if more, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
			rest = append(rest, more)
		}
		if s.Items2020 != nil {
			rest = append(rest, s.Items2020)
		}
	}
	for name, of := range members {
		findSecrets(of, pointer+"/"+escapeToken(name), depth+1, left, out)
	}
	findSecrets(rest, pointer+"/*", depth+1, left, out)
}
