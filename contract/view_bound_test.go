package contract

import (
	"fmt"
	"testing"
	"time"
)

// However many own resources of one form, what is kept of it is bounded.
func TestViewsAreBounded(t *testing.T) {
	kind := Default().Resources()[0]
	forms := kind.NewForms()
	body := map[string]any{"name": "one"}
	form := forms.Of(body)
	at := time.Unix(1, 0)
	for i := range 3 * maxViews {
		r := &Resource{ID: "one", State: kind.Lifecycle.States[0].Name, Created: at, Updated: at, Body: body, Owner: Caller{ID: fmt.Sprint(i)}}
		form.Append(nil, r, "one", at)
	}
	if len(form.views) > maxViews {
		t.Errorf("%d views: want at most %d", len(form.views), maxViews)
	}
}
