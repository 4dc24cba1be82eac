package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// identityHook knows the token service of this family of APIs: which operation issues tokens, how its
// body names user and scope, and where the token comes back. It is the one place that does.
var identityHook = struct{ operation, header string }{"createToken", "X-Subject-Token"}

// login makes sure that a tenant has a token.
func (r *runner) login(ctx context.Context, t *tenant) error {
	if t.token != "" || (t.Login == nil && t.Key != nil) {
		return nil
	}
	if t.Login == nil {
		return usage("no credentials for project %s: give a token, or user and password", t.Project)
	}
	r.session.secret(t.Login.Password)
	scope := map[string]any{"project": map[string]any{"id": t.Project}}
	if t.Login.ProjectName != "" {
		scope = map[string]any{"project": map[string]any{"name": t.Login.ProjectName}}
	}
	token, err := r.issue(ctx, *t.Login, scope)
	t.token = token
	return err
}

// issue asks the token service for a token; a nil scope asks for one without a project.
func (r *runner) issue(ctx context.Context, l Login, scope map[string]any) (string, error) {
	answer, token, err := r.askToken(ctx, l, scope)
	switch {
	case err != nil:
		return "", err
	case answer.err != nil:
		return "", fmt.Errorf("%w: token service %s: %w", ErrUnreachable, answer.URL, answer.err)
	case !isTokenService(answer):
		return "", fmt.Errorf("%w: %s answers %d %s: this is no token service; give the address of one", ErrUnreachable, answer.URL, answer.Status, shortBody(answer))
	case !answer.ok() || token == "":
		return "", fmt.Errorf("%w: token service %s answers %d %s", ErrCredentials, answer.URL, answer.Status, shortBody(answer))
	}
	r.session.secret(token)
	return token, nil
}

// isTokenService tells whether an answer to the request for a token can be that of a token service: one that knows
// the path, has not failed, and speaks JSON. Who is refused may be told in any form.
func isTokenService(r *reply) bool {
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		return true
	case r.Status == http.StatusNotFound || r.Status == http.StatusMethodNotAllowed || r.Status >= http.StatusInternalServerError:
		return false
	}
	return object(r) != nil || r.rawHeader.Get(identityHook.header) != ""
}

// askToken sends the request for a token.
func (r *runner) askToken(ctx context.Context, l Login, scope map[string]any) (*reply, string, error) {
	op := r.c.Operation(identityHook.operation)
	if op == nil {
		return nil, "", usage("the contract has no operation %s; give a token", identityHook.operation)
	}
	auth := map[string]any{"identity": map[string]any{"methods": []any{"password"}, "password": map[string]any{
		"user": map[string]any{"name": l.User, "password": l.Password, "domain": map[string]any{"name": l.Domain}}}}}
	if scope != nil {
		auth["scope"] = scope
	}
	body, err := json.Marshal(map[string]any{"auth": auth})
	if err != nil {
		return nil, "", err
	}
	s := r.session.at(l.URL)
	answer := s.send(ctx, call{op: op, method: op.Method, path: op.Path, contentType: "application/json", body: body})
	return answer, answer.rawHeader.Get(identityHook.header), nil
}

// at is the session for another base URL.
func (s *session) at(base string) *session {
	if base == "" {
		return s
	}
	return &session{base: strings.TrimRight(base, "/"), client: s.client, timeout: s.timeout, pace: s.pace, record: s.record, main: s.root()}
}

// claimByControl gets what a mock gives to anybody: a second project, unless the user has named one.
func (r *runner) claimByControl(ctx context.Context) {
	if r.second != nil || r.c.Operation(identityHook.operation) == nil {
		return
	}
	id := strings.Map(func(c rune) rune { // another id of the same form
		if c == '0' {
			return '1'
		}
		return c
	}, r.first.Project)
	if id == r.first.Project {
		id = "0" + id[1:]
	}
	t := &tenant{Credentials: Credentials{Project: id}}
	token, err := r.issue(ctx, r.whoever(), map[string]any{"project": map[string]any{"id": id}})
	if err != nil {
		return
	}
	t.token, r.second = token, t
}

// anybody is a user that a mock without configured users accepts.
var anybody = Login{User: "tally", Password: "tally-check", Domain: "tally"}

// unscoped is a token without a project; an error when the target gives none.
func (t *trial) unscoped() (string, error) {
	return t.issue(t.ctx, t.whoever(), nil)
}

// whoever is the user whose credentials may be used for more tokens.
func (r *runner) whoever() Login {
	if r.first.Login != nil {
		return *r.first.Login
	}
	return anybody
}

// mayLogIn tells whether more tokens can be had.
func (r *runner) mayLogIn() bool {
	return r.c.Operation(identityHook.operation) != nil && (r.first.Login != nil || r.control != nil)
}
