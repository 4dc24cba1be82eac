package mock_test

import (
	"net/http"
	"strings"
	"testing"
)

// A filter that nothing can pass is refused, with what would be right; one that only nothing has passed yet is not.
func TestJournalFiltersAreKnown(t *testing.T) {
	c := start(t)
	c.do("BREW", instances, "")
	for _, call := range []string{"requests", "requests/count", "requests.har"} {
		for _, q := range []struct{ query, says string }{
			{"operation=listInstance", `operation "listInstance" is not known; the nearest are "listInstances", `},
			{"operation=LISTINSTANCES", `"listInstances"`},
			{"method=GTE", `method "GTE" is not known; the nearest are "GET", `},
			{"code=ModelArts.63090", `code "ModelArts.63090" is not known; the nearest are "ModelArts.6309", `},
			{"status=999", `status "999" is none of HTTP; want 100 to 599, a class such as 4xx, or 0 for no answer; documented are 200, `},
			{"status=9xx", `status "9xx"`},
			{"status=8", `status "8"`},
			{"status=4004", `query status`},
			{"verdict=vaild", `verdict`},
		} {
			a := c.do(http.MethodGet, "/_tally/"+call+"?"+q.query, "")
			if text, _ := a.body["error"].(string); a.status != http.StatusBadRequest || !strings.Contains(text, q.says) {
				t.Errorf("%s?%s: %d %s, want %q", call, q.query, a.status, a.raw, q.says)
			}
		}
		for _, query := range []string{"", "operation=createInstance", "operation=-", "method=delete", "method=BREW", "code=ModelArts.6309", "status=0", "status=418", "status=5xx", "verdict=valid"} {
			if a := c.do(http.MethodGet, "/_tally/"+call+"?"+query, ""); a.status != http.StatusOK {
				t.Errorf("%s?%s: %d %s", call, query, a.status, a.raw)
			}
		}
	}
}
