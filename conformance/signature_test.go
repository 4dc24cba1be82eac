package conformance

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The example of the signing guide.
func TestSignature(t *testing.T) {
	req, err := http.NewRequest(http.MethodGet, "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	AccessKey{ID: "AK", Secret: "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"}.sign(req, nil, time.Date(2019, 11, 15, 3, 36, 55, 0, time.UTC))
	const want = "SDK-HMAC-SHA256 Access=AK, SignedHeaders=content-type;host;x-sdk-date, Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
	if got := req.Header.Get("Authorization"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	canonical, _ := canonicalRequest(req, nil)
	if got := hash([]byte(canonical)); got != "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a" {
		t.Errorf("canonical request %s\n%s", got, canonical)
	}
}

func TestCanonicalParts(t *testing.T) {
	req, err := http.NewRequest(http.MethodPost, "https://h/a%20b/c?z=1&a=&x=%2F~+y", nil)
	if err != nil {
		t.Fatal(err)
	}
	canonical, _ := canonicalRequest(req, []byte("{}"))
	if lines := strings.Split(canonical, "\n"); lines[1] != "/a%20b/c/" || lines[2] != "a=&x=%2F~%20y&z=1" {
		t.Errorf("%q", lines)
	}
}
