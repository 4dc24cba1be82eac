package conformance

import (
	"cmp"
	"context"
	"fmt"
	"mime"
	"net/http"

	"github.com/tallystick/tallystick/contract"
)

// knock asks for a plain list, to find out whether the service is there and takes a tenant's credentials.
// Wrong answers of the service itself are not its business: they are for the checks to judge.
func (r *runner) knock(ctx context.Context, list *contract.Operation, in contract.Input, t *tenant) error {
	answer := r.session.send(ctx, r.request(list, in, t, ""))
	media, _, _ := mime.ParseMediaType(answer.rawHeader.Get("Content-Type"))
	switch {
	case answer.err != nil && answer.Status == 0:
		return fmt.Errorf("%w: %s: %w", ErrUnreachable, r.session.base, answer.err)
	case answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden:
		return fmt.Errorf("%w: %s for project %s answers %d %s", ErrCredentials, list.ID, t.Project, answer.Status, shortBody(answer))
	case answer.Status >= 300 && answer.Status < 400:
		return fmt.Errorf("%w: %s answers %d and sends on to %s; give the address where the service itself is",
			ErrUnreachable, answer.URL, answer.Status, cmp.Or(r.session.clean(answer.rawHeader.Get("Location")), "nowhere"))
	case answer.Status == http.StatusNotFound:
		return fmt.Errorf("%w: %s answers 404 to %s, which lists what there is; this is not the address of the service: give its base URL, without the path of an operation",
			ErrUnreachable, answer.URL, list.ID)
	case media == "text/html" && decoded(answer) == nil:
		return fmt.Errorf("%w: %s answers %d with a page (text/html), not with JSON; this is not the address of the service",
			ErrUnreachable, answer.URL, answer.Status)
	}
	return nil
}
