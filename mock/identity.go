package mock

import (
	"net/http"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// hook serves an operation whose meaning no effect can say.
type hook func(*server, *exchange, *contract.Request) error

// hooks serve the operations whose meaning no effect can say, by operationId. They alone know members of
// the API by name.
var hooks = map[string]hook{
	"createToken":        createToken,
	"getIdentityVersion": getIdentityVersion,
}

// Hooks lists the operations that Go code serves, not the contract alone.
func Hooks() []string { return sortedKeys(hooks) }

const identityTime = "2006-01-02T15:04:05.000000Z"

// createToken issues a token for a project, for a domain or for neither.
func createToken(s *server, c *exchange, req *contract.Request) error {
	at := func(pointer string) string { return text(contract.Value(bodyOf(req), pointer)) }
	const user, project, domain = "/auth/identity/password/user", "/auth/scope/project", "/auth/scope/domain"
	name := at(user + "/name")
	if name == "" {
		name = at(user + "/id")
	}
	userDomain := first(at(user+"/domain/name"), at(user+"/domain/id"))
	c.world.mu.Lock()
	now, admitted := c.world.clock.now(), c.world.keys.admits(name, at(user+"/password"), userDomain)
	c.world.mu.Unlock()
	if !admitted && c.tampering.condition(c.operation, "credentials") != "" {
		return refusedFor(c.operation.Refusal("credentials"), http.StatusUnauthorized, "user name or password is wrong")
	}
	who := s.principal(names{user: name, domain: first(userDomain, "default"), id: at(project + "/id"), project: at(project + "/name")})
	g := grant{caller: who.caller, project: who.tenant, expires: now.Add(tokenLife)}
	token := map[string]any{"methods": contract.Value(bodyOf(req), "/auth/identity/methods"), "user": who.account,
		"issued_at": now.Format(identityTime), "expires_at": g.expires.Format(identityTime),
		"roles": roles}
	catalog := []any{}
	if who.scope != nil {
		token["project"] = who.scope
		catalog = s.catalog(c, g.project, first(who.project, who.id))
	} else if id, name := at(domain+"/id"), at(domain+"/name"); id != "" || name != "" {
		token["domain"] = entity(first(name, id), first(id, derivedID("domain "+name)))
	}
	if req.Query["nocatalog"] == nil || req.Query["nocatalog"] == "" {
		token["catalog"] = catalog
	}
	c.world.mu.Lock()
	value := c.world.keys.issue(g, now)
	c.world.mu.Unlock()
	c.writer.Header().Set("X-Subject-Token", value)
	c.outcome.spent = true // but for the answer, which is written here
	return c.send(c.operation.Success().Status, map[string]any{"token": token})
}

// names are what a request calls a user and a project, which it may name, or know by id, or both.
type names struct{ user, domain, id, project string }

// principal is a user in a project, or in none, as a token shows them. Nobody may change its maps.
type principal struct {
	names
	caller  contract.Caller
	account map[string]any
	tenant  string
	scope   map[string]any // the project; nil for none
}

// principal is whom a request names. Most clients ask for the same again.
func (s *server) principal(of names) *principal {
	if last := s.lastPrincipal.Load(); last != nil && last.names == of {
		return last
	}
	p := &principal{names: names{strings.Clone(of.user), strings.Clone(of.domain), strings.Clone(of.id), strings.Clone(of.project)}} // the request's text is not kept
	p.caller = callerOf(p.user)
	domain := entity(p.domain, derivedID("domain "+p.domain))
	p.account = entity(p.user, p.caller.ID)
	p.account["domain"], p.account["password_expires_at"] = domain, ""
	if p.id != "" || p.project != "" {
		p.tenant = first(p.id, ProjectID(p.project))
		p.scope = entity(first(p.project, p.id), p.tenant)
		p.scope["domain"] = domain
	}
	s.lastPrincipal.Store(p)
	return p
}

// roles are those of everybody.
var roles = []any{entity("te_admin", derivedID("role te_admin"))}

func entity(name, id string) map[string]any { return map[string]any{"name": name, "id": id} }

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// catalog is what a token lists for a project, for the region that was set, else the one that the project is named
// after. Most clients ask for the same again.
func (s *server) catalog(c *exchange, project, projectName string) []any {
	region, _, _ := strings.Cut(projectName, "_")
	if set := c.world.settings.auth.Region; set != "" {
		region = set
	}
	last, base := s.lastCatalog.Load(), c.base()
	if last == nil || last.project != project || last.region != region || last.base != base {
		last = &catalog{strings.Clone(project), strings.Clone(region), base, nil}
		last.services = s.services(last)
		s.lastCatalog.Store(last)
	}
	return last.services
}

// catalog is a list of services, which nobody may change.
type catalog struct {
	project, region, base string
	services              []any
}

// services lists the mock itself under the service types that clients look for.
func (s *server) services(of *catalog) []any {
	var out []any
	for _, serviceType := range []string{"modelarts", "modelartsv1"} {
		id := derivedID("service " + serviceType)
		out = append(out, map[string]any{"id": id, "name": "modelarts", "type": serviceType, "endpoints": []any{map[string]any{
			"id": derivedID("endpoint " + serviceType + of.region), "interface": "public", "region": of.region, "region_id": of.region,
			"url": of.base + s.root(of.project)}}})
	}
	identity := derivedID("service identity")
	return append(out, map[string]any{"id": identity, "name": "iam", "type": "identity", "endpoints": []any{map[string]any{
		"id": derivedID("endpoint identity" + of.region), "interface": "public", "region": of.region, "region_id": of.region,
		"url": of.base + "/v3"}}})
}

// root is the part of the path that all operations on a tenant's resources share, with the tenant in it.
func (s *server) root(project string) string {
	for _, op := range s.contract.Operations() {
		if op.Effect == nil || op.Effect.Tenant == "" {
			continue
		}
		if before, _, ok := strings.Cut(op.Path, "{"+op.Effect.Tenant+"}"); ok {
			return before + project
		}
	}
	return ""
}

// base is the address under which the client reached the mock.
func (c *exchange) base() string {
	if c.request.TLS != nil {
		return "https://" + c.request.Host
	}
	return "http://" + c.request.Host
}

// getIdentityVersion answers the discovery of OpenStack clients.
func getIdentityVersion(_ *server, c *exchange, _ *contract.Request) error {
	return c.send(c.operation.Success().Status, map[string]any{"version": map[string]any{
		"id": "v3.14", "status": "stable", "updated": time.Date(2020, 4, 7, 0, 0, 0, 0, time.UTC).Format(time.RFC3339),
		"links":       []any{map[string]any{"rel": "self", "href": c.base() + "/v3"}},
		"media-types": []any{map[string]any{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}}}})
}
