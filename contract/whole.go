package contract

// Keep lets a resource keep its body as its form and what is its own, which takes a fraction of the memory: Body is nil
// then, and Whole gives it. A nil form, or one that is not of this body, must not be given.
func (r *Resource) Keep(m *Form, own string) { r.Body, r.Form, r.Own = nil, m, own }

// Replace gives a resource another body, which has no form yet.
func (r *Resource) Replace(body map[string]any) { r.Body, r.Form, r.Own = body, nil, "" }

// at is what tokens lead to in the body, however it is kept; nil when they lead nowhere.
func (r *Resource) at(tokens []string) any {
	switch {
	case r.Form == nil:
		return follow(r.Body, tokens)
	case len(r.Form.forms.unique) > 1:
		return follow(r.Whole(), tokens)
	case len(tokens) == 1 && tokens[0] == r.Form.forms.unique[0]:
		return r.Own
	}
	return follow(r.Form.body, tokens)
}

// Whole is the body of a resource, however it is kept. Nobody may change it.
func (r *Resource) Whole() map[string]any {
	if r.Body != nil || r.Form == nil {
		return r.Body
	}
	return with(r.Form.body, r.Form.forms.unique, r.Own)
}
