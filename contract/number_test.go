package contract_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Numbers that no exact arithmetic can bear are refused at once; whole numbers count however they are
// written.
func TestNumbersOfRequests(t *testing.T) {
	create := contract.Default().Operation("createInstance")
	body := func(size, duration string) string {
		return `{"name":"n","profile_id":"p","flavor":"f","spec":{"storage":{"type":"evs","location":{"volume_size":` + size +
			`}},"auto_stop":{"enable":true,"duration":` + duration + `}}}`
	}
	for _, row := range []struct{ size, duration, want string }{
		{"1e999999999", "3600", "ModelArts.0104"},
		{"1e-999999999", "3600", "ModelArts.0104"},
		{"1e99999999999999999999", "3600", "ModelArts.0104"},
		{strings.Repeat("9", 500), "3600", "ModelArts.0104"},
		{"1e300", "3600", "ModelArts.6331"},
		{"5.5", "3600", "ModelArts.6332"},
		{"5.0", "3.6e3", ""},
		{"50e-1", "3600.000", ""},
	} {
		begin := time.Now()
		req, bad := create.Read(contract.Input{Path: map[string]string{"project_id": "p"}, ContentType: "application/json", Body: []byte(body(row.size, row.duration))})
		got := ""
		if len(bad) > 0 {
			got = bad[0].Refusal.Error.Code
		}
		if got != row.want {
			t.Errorf("%.20s, %s: got %q, want %q (%v)", row.size, row.duration, got, row.want, bad)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("%.20s took %v", row.size, took)
		}
		if got != "" {
			continue
		}
		sent, _ := req.Body.(map[string]any)
		if n := contract.Value(sent, "/spec/auto_stop/duration"); n == nil || !strings.EqualFold(strings.Trim(n.(interface{ String() string }).String(), " "), "3600") {
			t.Errorf("%s is kept as %v", row.duration, n)
		}
	}
}
