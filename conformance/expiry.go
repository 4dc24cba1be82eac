package conformance

import (
	"context"
	"net/http"

	"github.com/tallystick/tallystick/contract"
)

// What else a user may give for more to be judged.
const (
	claimRenewal = "user and password, or a token that does not expire"
	claimUsers   = "a token service that knows its users"
)

// expired is a token whose life is over: a new one is taken, and the clock moved past it. The tokens that the run
// works with must outlive that.
func (t *trial) expired() (string, error) {
	scope := map[string]any{"project": map[string]any{"id": t.first.Project}}
	token, err := t.issue(t.ctx, t.whoever(), scope)
	if err != nil {
		return "", err
	}
	other, err := t.issue(t.ctx, t.whoever(), scope)
	if err != nil {
		return "", err
	}
	mark := commonPrefix(token, other)
	for _, given := range []*Credentials{&t.target.First, t.target.Second} {
		if given != nil && given.Token != "" && commonPrefix(mark, given.Token) == mark {
			return "", notClaimed{claimRenewal} // the same service has issued it, so its life is as long
		}
	}
	if err := t.control.advance(t.ctx, "24h"); err != nil {
		return "", err
	}
	for _, own := range []*tenant{t.first, t.second} {
		if own != nil && own.Login != nil {
			own.token = ""
			if err := t.login(t.ctx, own); err != nil {
				return "", err
			}
		}
	}
	if t.second != nil && t.target.Second == nil {
		t.second = nil
		t.claimByControl(t.ctx)
	}
	return token, nil
}

func commonPrefix(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// renewed repeats a call with a new token when the old one has expired during the run.
func (r *runner) renewed(ctx context.Context, c call, answer *reply) (*reply, bool) {
	if answer.Status != http.StatusUnauthorized || c.token == "" {
		return answer, false
	}
	for _, own := range []*tenant{r.first, r.second} {
		if own == nil || own.token != c.token || !r.hasExpired(answer) {
			continue
		}
		if !r.renew(ctx, own) {
			return answer, false
		}
		c.token = own.token
		return r.session.send(ctx, c), true
	}
	return answer, false
}

// hasExpired tells whether an answer says that the token has expired.
func (r *runner) hasExpired(answer *reply) bool {
	code, _ := r.c.ErrorIn(decoded(answer))
	refusal := r.c.SecurityRefusal("expired")
	return refusal != nil && accepts(refusal, code)
}

// renew gets a new token for a tenant that logs in, or for one that was claimed from a mock.
func (r *runner) renew(ctx context.Context, own *tenant) bool {
	if own.Login != nil {
		own.token = ""
		return r.login(ctx, own) == nil
	}
	if own != r.second || r.target.Second != nil || r.control == nil {
		return false
	}
	token, err := r.issue(ctx, r.whoever(), map[string]any{"project": map[string]any{"id": own.Project}})
	if err == nil {
		own.token = token
	}
	return err == nil
}

// accepts tells whether a code is one of those with which a refusal conforms.
func accepts(r *contract.Refusal, code string) bool {
	if r.Error.Code == code {
		return true
	}
	for _, e := range r.Also {
		if e.Code == code {
			return true
		}
	}
	return false
}
