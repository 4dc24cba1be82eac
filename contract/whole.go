package contract

// Keep lets a resource keep its body as its form and what is its own, which takes a fraction of the memory: Body is nil
// then, and Whole gives it. A nil form, or one that is not of this body, must not be given.
func (r *Resource) Keep(m *Form, own string) { r.Body, r.Form, r.Own = nil, m, own }

// Replace gives a resource another body, which has no form yet.
func (r *Resource) Replace(body map[string]any) { r.Body, r.Form, r.Own = body, nil, "" }

// Whole is the body of a resource, however it is kept. Nobody may change it.
func (r *Resource) Whole() map[string]any {
	if r.Body != nil || r.Form == nil {
		return r.Body
	}
	return with(r.Form.body, r.Form.forms.unique, r.Own)
}
