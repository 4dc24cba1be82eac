package mock_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// An explanation says which fault has hit a request, and that the answer is not the operation's.
func TestExplainedFault(t *testing.T) {
	for _, row := range []struct{ spec, origin, deed string }{
		{"listInstances:code=ModelArts.6101", control.FromFault, "answered code ModelArts.6101"},
		{"listInstances:status=503", control.FromFault, "answered status 503"},
		{"listInstances:malformed", control.FromFault, "spoilt the JSON"},
		{"listInstances:rate=100000", control.FromEffect, "sent 32 bytes in"},
		{"listInstances:latency=1ms", control.FromEffect, "waited 1ms"},
	} {
		c := start(t, fixed(), mock.WithFaults(row.spec))
		req := c.request(http.MethodGet, instances+"?de_type=Notebook", "")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		x, err := (&control.Client{Base: c.url}).Explain(t.Context(), resp.Header.Get(control.RequestHeader))
		if err != nil {
			t.Fatal(err)
		}
		if x.Origin != row.origin || !strings.Contains(x.Fault, row.deed) || !strings.HasPrefix(x.Fault, "f1 (") || !strings.Contains(x.String(), row.deed) {
			t.Errorf("%s: origin %s, fault %q\n%s", row.spec, x.Origin, x.Fault, x)
		}
	}
}

// An explanation says where a signature went wrong, and has no secret in it.
func TestExplainedSignature(t *testing.T) {
	c := start(t, mock.WithAuth(mock.Auth{Keys: []mock.Key{{Access: "AKEXAMPLE", Secret: "the-secret-itself", Project: project}}}))
	req := c.request(http.MethodGet, instances+"?de_type=Notebook", "")
	req.Header.Del("X-Auth-Token")
	req.Header.Set("X-Sdk-Date", "20191115T033655Z")
	req.Header.Set("Authorization", "SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=host;x-sdk-date, Signature="+strings.Repeat("0", 64))
	a := c.send(req)
	x, err := (&control.Client{Base: c.url}).Explain(t.Context(), a.header.Get(control.RequestHeader))
	if err != nil {
		t.Fatal(err)
	}
	text := x.String()
	if x.Signature == nil || !strings.Contains(x.Signature.StringToSign, "SDK-HMAC-SHA256\n20191115T033655Z\n") ||
		!strings.Contains(text, "to sign") || strings.Contains(text, "the-secret-itself") {
		t.Errorf("%+v\n%s", x.Signature, text)
	}
	c.control("GET", "requests/"+x.Request.ID, "") // held to the document
	if e, err := (&control.Client{Base: c.url}).Request(t.Context(), x.Request.ID); err != nil || e.Signature == nil || e.Signature.Problem != x.Signature.Problem {
		t.Errorf("%v: %+v", err, e)
	}
}
