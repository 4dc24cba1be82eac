package conformance

// tenant is a project with a token for it.
type tenant struct {
	Credentials
	token string
}

// clone is a tenant that renews its token by itself.
func (t *tenant) clone() *tenant {
	if t == nil {
		return nil
	}
	c := *t
	return &c
}

// tenantOf is the tenant whose instance it is; nil when this run has no credentials for the project.
func (r *runner) tenantOf(in *instance) *tenant { return r.tenant(in.project) }

// tenant is the one with a project; "" stands for that of the run.
func (r *runner) tenant(project string) *tenant {
	switch {
	case project == "" || project == r.first.Project:
		return r.first
	case r.second != nil && project == r.second.Project:
		return r.second
	}
	return nil
}

// elsewhere is a project as an instance names it: "" for that of the run.
func (r *runner) elsewhere(project string) string {
	if project == r.first.Project {
		return ""
	}
	return project
}
