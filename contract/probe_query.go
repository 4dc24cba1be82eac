package contract

import "net/url"

// queryProbes break the schema of a parameter, all of whose values are texts.
func (g *prober) queryProbes(s *stage, p *Parameter) {
	base, in, ok := g.queryBase(s, p)
	id := s.op.ID + "/*/" + s.queryName(p)
	if !ok {
		g.drop(id, "no value of it is accepted beside the documented request")
		return
	}
	for _, d := range p.spot().textDefects(base) {
		broken := setQuery(in, p.Name, d.value)
		d.pointer = p.Name
		g.schemaProbe(s, s.op.ID+"/"+d.keyword+"/"+s.queryName(p), d, p.spot().source, []Input{broken})
	}
}

// queryName tells parameters from members of the body where there are both.
func (s *stage) queryName(p *Parameter) string {
	if s.op.Body != nil {
		return "?" + p.Name
	}
	return p.Name
}

func (p *Parameter) spot() spot {
	s := spot{places: []place{p.Schema.place}, required: p.Required, source: p.Source}
	if p.Source.Basis == "" {
		s.source = s.ownSource(p.Source)
	}
	return s
}

// queryBase is the documented request with a parameter in it, and that parameter's text.
func (g *prober) queryBase(s *stage, p *Parameter) (string, Input, bool) {
	if values := s.in.Query[p.Name]; len(values) > 0 {
		return values[0], s.in, true
	}
	var values []any
	for _, name := range sortedKeys(p.Examples) {
		values = append(values, p.Examples[name])
	}
	for _, v := range append(values, p.spot().values(0)...) {
		in := setQuery(s.in, p.Name, v)
		if g.accepts(s.op, in, s.setup) == nil {
			return plain(v), in, true
		}
	}
	return "", s.in, false
}

func setQuery(in Input, name string, value any) Input {
	query := url.Values{}
	for n, values := range in.Query {
		query[n] = values
	}
	if value == removed {
		delete(query, name)
	} else {
		query[name] = []string{plain(value)}
	}
	in.Query = query
	return in
}

// textDefects are the ways to break a query parameter.
func (s spot) textDefects(valid string) []defect {
	var out []defect
	if s.required {
		out = append(out, defect{keyword: "required", value: removed})
	}
	for _, kind := range s.kinds() {
		if kind != "string" {
			out = append(out, defect{keyword: "type", variant: "text", value: "abc"}, defect{keyword: "type", variant: "empty", value: ""})
		}
	}
	return append(out, s.valueDefects(valid)...)
}
