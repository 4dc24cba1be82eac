package mock_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/mock"
)

// TestPythonSigner lets huaweicloudsdkcore, the core of the public Huawei Cloud SDK for Python, sign and send:
// an implementation of the signature that nobody here has written.
func TestPythonSigner(t *testing.T) {
	t.Parallel()
	interpreter, now := python(t), time.Now()
	r := record(t, mock.WithNow(func() time.Time { return now }), mock.WithAuth(mock.Auth{Keys: []mock.Key{
		{Access: "KEY", Secret: keySecret}, {Access: "BRIEF", Secret: "brief-secret", SecurityToken: "brief-token"}}}))
	stdout, stderr, err := run(t, nil, interpreter, filepath.Join("testdata", "python", "aksk.py"), r.url, project)
	if err != nil || strings.TrimSpace(stdout) != "done" {
		t.Fatalf("aksk.py: %v\n%s%s", err, stdout, stderr)
	}
	accepted := map[string]bool{}
	for _, e := range r.drain() {
		signed := strings.HasPrefix(e.header.Get("Authorization"), "SDK-HMAC-SHA256 ")
		if e.header.Get("X-Auth-Token") != "" || (!signed && !strings.HasPrefix(e.uri, "/_tally/")) {
			t.Errorf("%s %s is not signed: %v", e.method, e.uri, e.header)
		}
		if signed && e.status == http.StatusOK && e.header.Get("X-Project-Id") == project {
			accepted[e.method] = true
		}
	}
	for _, method := range []string{"POST", "GET", "PUT", "DELETE"} {
		if !accepted[method] {
			t.Errorf("no signed %s was accepted", method)
		}
	}
}
