package openapi

// A branch of a choice is often told apart by a member that has one value in it. The validator would look at all
// of each branch all the same; so that member, which the branch demands anyway, goes before it as a condition.

// maxTold bounds the values of a member that tells branches apart, and the parts that it is looked for in.
const maxTold = 4

// guarded is the normal form of a branch behind what tells it apart.
func (n *normalizer) guarded(branch place, normal any) any {
	told := map[string]any{}
	n.tell(branch, told, 0)
	if len(told) == 0 {
		return normal
	}
	return map[string]any{"if": map[string]any{"properties": told}, "then": normal, "else": false}
}

// tell collects the members that have few values.
func (n *normalizer) tell(p place, told map[string]any, depth int) {
	if p = p.resolve(); depth > maxTold {
		return
	}
	p.child("properties").each(func(name string, at place) {
		member := at.resolve()
		values, _ := member.child("enum").value.([]any)
		if (len(values) > 0 && len(values) <= maxTold || member.child("const").exists()) && told[name] == nil {
			told[name] = n.schema(at)
		}
	})
	for _, part := range p.child("allOf").items() {
		n.tell(part, told, depth+1)
	}
}

// keepChoice reads the branches of a choice.
func keepChoice(n *normalizer, at place) any {
	branches, ok := keepSchemas(n, at).([]any)
	if !ok {
		return nil
	}
	for i, branch := range at.items() {
		branches[i] = n.guarded(branch, branches[i])
	}
	return branches
}
