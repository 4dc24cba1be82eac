package contract

// Peek gives a member (JSON pointer) of resources as Show shows it, without showing the rest. It is nil where that
// depends on the state, on a condition or on the time.
func (rt *ResourceType) Peek(pointer string) func(*Resource) any {
	var setter *Template
	if rt.Lifecycle != nil {
		for _, s := range rt.Lifecycle.shows {
			if !s.set.sets(pointer) {
				continue
			}
			if setter != nil || s.in != nil || s.when != nil {
				return nil
			}
			setter = s.set
		}
	}
	tokens := pointerTokens(pointer)
	if setter == nil {
		return func(r *Resource) any { return r.at(tokens) }
	}
	for _, token := range tokens {
		if setter = setter.object[token]; setter == nil {
			return nil
		}
	}
	if len(setter.parts) != 3 || setter.parts[0] != "" || setter.parts[2] != "" {
		return nil
	}
	switch setter.parts[1] {
	case "id":
		return func(r *Resource) any { return r.ID }
	case "created":
		return func(r *Resource) any { return setter.render(nil, r.value(r.Created)) }
	}
	return nil
}

// follow follows tokens through objects; nil when they lead nowhere.
func follow(value any, tokens []string) any {
	for _, token := range tokens {
		object, _ := value.(map[string]any)
		value = object[token]
	}
	return value
}
