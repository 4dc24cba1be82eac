package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Entries are the catalogues that look-ups search: for each schema, what a region offers, by key. The
// value is immutable; With gives a changed copy.
type Entries struct {
	bySchema map[string]map[string]map[string]any
	schemas  map[string]*Schema
	keys     map[string]string // by schema: JSON pointer to the member that is an entry's key
}

// Names lists the entries as "Schema/key", sorted.
func (e Entries) Names() []string {
	var out []string
	for _, schema := range sortedKeys(e.bySchema) {
		for _, key := range sortedKeys(e.bySchema[schema]) {
			out = append(out, schema+"/"+key)
		}
	}
	return out
}

// find gives an entry; it must not be changed.
func (e Entries) find(schema, key string) (map[string]any, bool) {
	entry, ok := e.bySchema[schema][key]
	return entry, ok
}

// Find gives the entry "Schema/key"; nil when there is none. It must not be changed.
func (e Entries) Find(name string) map[string]any {
	schema, key, _ := strings.Cut(name, "/")
	return e.bySchema[schema][key]
}

// With applies a merge patch to the entry "Schema/key"; an entry that is not there yet is made. The
// result must satisfy the schema.
func (e Entries) With(name string, patch map[string]any) (Entries, error) {
	schema, key, ok := strings.Cut(name, "/")
	if !ok || e.bySchema[schema] == nil {
		return e, fmt.Errorf("catalogue entry %q: want SCHEMA/KEY with a schema of %v", name, sortedKeys(e.bySchema))
	}
	if err := e.knownMembers(name, schema, patch); err != nil {
		return e, err
	}
	entry, _ := MergePatch(e.bySchema[schema][key], patch).(map[string]any)
	if bad := e.schemas[schema].Check("entry", entry); len(bad) > 0 {
		return e, fmt.Errorf("catalogue entry %q: %s", name, bad[0])
	}
	if at := e.keys[schema]; plain(valueAt(entry, at)) != key {
		return e, fmt.Errorf("catalogue entry %q: its %s must be %q, its key", name, at, key)
	}
	out := Entries{bySchema: maps.Clone(e.bySchema), schemas: e.schemas, keys: e.keys}
	out.bySchema[schema] = maps.Clone(e.bySchema[schema])
	out.bySchema[schema][key] = entry
	return out, nil
}

// Learn adds the entries that a create's body refers to and the catalogues do not have. Each is like the one
// that another body, the documented one, refers to. It gives the names of the new entries too.
func (rt *ResourceType) Learn(e Entries, body, documented any) (Entries, []string, error) {
	var learnt []string
	if rt.Create == nil {
		return e, nil, nil
	}
	for _, k := range rt.Create.Effect.lookups {
		key, like := plain(valueAt(body, k.from)), plain(valueAt(documented, k.from))
		entry, known := e.find(k.in, like)
		if _, there := e.find(k.in, key); there || !known || key == "" {
			continue
		}
		own := any(key)
		for _, token := range slices.Backward(pointerTokens(k.by)) {
			own = map[string]any{token: own}
		}
		copied, _ := MergePatch(entry, own.(map[string]any)).(map[string]any)
		var err error
		if e, err = e.With(k.in+"/"+key, copied); err != nil {
			return e, nil, err
		}
		learnt = append(learnt, k.in+"/"+key)
	}
	return e, learnt, nil
}

// knownMembers refuses a patch of members that the schema does not have: a typing error would change
// nothing, and nobody would notice.
func (e Entries) knownMembers(name, schema string, patch map[string]any) error {
	var known []string
	for _, m := range e.schemas[schema].place.schemaMembers() {
		known = append(known, m.name)
	}
	for _, member := range sortedKeys(patch) {
		if len(known) > 0 && !slices.Contains(known, member) {
			return fmt.Errorf("catalogue entry %q: member %q is not in the schema %s%s", name, member, schema, suggest(member, known))
		}
	}
	return nil
}

// readEntries reads the catalogue behind a look-up from the examples of its schema.
func (l *loader) readEntries(k lookup, schema place) {
	all := &l.c.entries
	if all.bySchema[k.in] != nil {
		return
	}
	compiled := l.schemas.compile(schema)
	if compiled == nil {
		return
	}
	all.schemas[k.in], all.keys[k.in] = compiled, k.by
	all.bySchema[k.in] = map[string]map[string]any{}
	for _, at := range schema.get("examples").items() {
		entry, _ := at.data().(map[string]any)
		key := plain(valueAt(entry, k.by))
		for _, v := range compiled.Check("entry", at.data()) {
			at.addf("catalogue entry %q breaks its schema: %s", key, v)
		}
		if all.bySchema[k.in][key] != nil {
			at.addf("catalogue entry %q stands here twice", key)
		}
		all.bySchema[k.in][key] = entry
	}
}
