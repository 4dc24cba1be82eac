package contract

// Stray finds the first member of a value that the schema names nowhere, where it names any: a slip of the pen,
// most likely. It gives the JSON pointer to it, and a hint at the name that was probably meant; both are "" when
// there is none. Members of maps whose names nobody fixes are never strays.
func (s *Schema) Stray(value any) (pointer, hint string) {
	if s == nil {
		return "", ""
	}
	return s.place.stray("", value)
}

func (p place) stray(pointer string, value any) (at, hint string) {
	object, ok := value.(map[string]any)
	members := p.schemaMembers()
	if !ok || len(members) == 0 {
		return "", ""
	}
	known := make([]string, 0, len(members))
	inner := map[string]place{}
	for _, m := range members {
		known = append(known, m.name)
		inner[m.name] = m.place
	}
	for _, name := range sortedKeys(object) {
		at := pointer + "/" + escapeToken(name)
		member, ok := inner[name]
		if !ok {
			return at, suggest(name, known)
		}
		if at, hint := member.stray(at, object[name]); at != "" {
			return at, hint
		}
	}
	return "", ""
}
