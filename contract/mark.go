package contract

// Mark is what schemas say of a value beside its type: who may set it. The nil Mark belongs to what no
// schema describes. A Mark is immutable.
type Mark struct {
	ReadOnly  bool // the server sets it: what a client sends there means nothing
	WriteOnly bool // clients send it and no answer shows it, as with secrets

	members map[string]*Mark
	others  *Mark // members that the schema does not name
	items   *Mark
}

// Member is the mark of a member of an object.
func (m *Mark) Member(name string) *Mark {
	if m == nil {
		return nil
	}
	if inner, known := m.members[name]; known {
		return inner
	}
	return m.others
}

// Item is the mark of the items of an array.
func (m *Mark) Item() *Mark {
	if m == nil {
		return nil
	}
	return m.items
}

// Mark works out the marks of all that a schema describes.
func (s *Schema) Mark() *Mark {
	if s == nil {
		return nil
	}
	return marker{}.mark(s.place, Mark{})
}

// Mark works out the marks of a resource as it is shown.
func (rt *ResourceType) Mark() *Mark { return marker{}.mark(rt.place, Mark{}) }

// marker remembers what it has seen, so that a schema may contain itself.
type marker map[markKey]*Mark

type markKey struct {
	pointer             string
	readOnly, writeOnly bool
}

// mark is that of a place. What holds for an object holds for all in it.
func (k marker) mark(p place, around Mark) *Mark {
	m := &Mark{ReadOnly: around.ReadOnly, WriteOnly: around.WriteOnly}
	branches := p.branches()
	for _, b := range branches {
		readOnly, _ := b.get("readOnly").data().(bool)
		writeOnly, _ := b.get("writeOnly").data().(bool)
		m.ReadOnly, m.WriteOnly = m.ReadOnly || readOnly, m.WriteOnly || writeOnly
	}
	key := markKey{p.pointer, m.ReadOnly, m.WriteOnly}
	if known := k[key]; known != nil {
		return known
	}
	k[key] = m
	for _, member := range p.schemaMembers() {
		if m.members == nil {
			m.members = map[string]*Mark{}
		}
		m.members[member.name] = k.mark(member.place, *m)
	}
	for _, b := range branches {
		if others, ok := b.child("additionalProperties"); ok && others.get("type").exists() {
			m.others = k.mark(others, *m)
		}
		if items, ok := b.child("items"); ok {
			m.items = k.mark(items, *m)
		}
	}
	return m
}

// TakesCredential tells whether an operation is one by which a caller says who he is: anybody may send it,
// and its body has a member that no answer shows.
func (op *Operation) TakesCredential() bool {
	return !op.Secured && op.Body != nil && op.Body.Schema.Mark().hasWriteOnly(map[*Mark]bool{})
}

func (m *Mark) hasWriteOnly(seen map[*Mark]bool) bool {
	if m == nil || seen[m] {
		return false
	}
	seen[m] = true
	if m.WriteOnly || m.items.hasWriteOnly(seen) || m.others.hasWriteOnly(seen) {
		return true
	}
	for _, inner := range m.members {
		if inner.hasWriteOnly(seen) {
			return true
		}
	}
	return false
}

// Canonical is the text of a parameter in the form that all texts of the same value have, and whether
// leaving the parameter out means the same.
func (p *Parameter) Canonical(text string) (canonical string, isDefault bool) {
	canonical = plain(p.parse(text))
	return canonical, p.Default != nil && plain(p.Default) == canonical
}
