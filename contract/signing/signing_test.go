package signing_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract/signing"
)

// The example of the signing guide.
const (
	guideURL    = "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0"
	guideSecret = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
	guideSigned = "SDK-HMAC-SHA256 Access=AK, SignedHeaders=content-type;host;x-sdk-date, Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
	guideHash   = "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a"
)

var guideTime = time.Date(2019, 11, 15, 3, 36, 55, 0, time.UTC)

func request(t testing.TB, method, url string, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return req
}

func parse(t testing.TB, header string) signing.Authorization {
	t.Helper()
	a, err := signing.Parse(header)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestGuide(t *testing.T) {
	req := request(t, http.MethodGet, guideURL, "Content-Type", "application/json")
	signing.Sign(req, nil, "AK", guideSecret, guideTime.In(time.FixedZone("", 3600)))
	if got := req.Header.Get("Authorization"); got != guideSigned {
		t.Errorf("got  %s\nwant %s", got, guideSigned)
	}
	f := signing.Explain(signing.Of(req, nil), parse(t, guideSigned), nil, nil)
	if want := "SDK-HMAC-SHA256\n20191115T033655Z\n" + guideHash; f.StringToSign != want {
		t.Errorf("string to sign %q, want %q; canonical request\n%s", f.StringToSign, want, f.Canonical)
	}
	if at, err := signing.Of(req, nil).Date(); err != nil || !at.Equal(guideTime) {
		t.Errorf("date %v, %v", at, err)
	}
}

func ExampleSign() {
	req, err := http.NewRequest(http.MethodGet, guideURL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	signing.Sign(req, nil, "AK", guideSecret, guideTime)
	a, err := signing.Parse(req.Header.Get("Authorization"))
	fmt.Println(a, err)
	fmt.Println(signing.Of(req, nil).Verify(a, guideSecret), signing.Of(req, nil).Verify(a, "another"))
	// Output:
	// SDK-HMAC-SHA256 by AK over host;x-sdk-date <nil>
	// true false
}

func TestCanonical(t *testing.T) {
	for url, want := range map[string][2]string{
		"http://h":                             {"/", ""},
		"http://h/a%20b/c?z=1&a=&x=%2F~+y":     {"/a%20b/c/", "a=&x=%2F~%20y&z=1"},
		"http://h/a/":                          {"/a/", ""},
		"http://h/%E4%B8%AD?q":                 {"/%E4%B8%AD/", "q="},
		"http://h/a?limit-x=1&limit=2&limit=1": {"/a/", "limit=1&limit=2&limit-x=1"}, // by name, not by the whole pair
		"http://h/a?x=%zz&&y=1":                {"/a/", "x=%25zz&y=1"},
	} {
		req := request(t, http.MethodPost, url, "X-Two", "  b ", signing.DateHeader, "20191115T033655Z")
		req.Header.Add("X-Two", "a")
		f := signing.Explain(signing.Of(req, []byte("{}")), parse(t, "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-two;host, Signature=0"), nil, nil)
		lines := strings.Split(f.Canonical, "\n")
		if len(lines) != 8 || lines[0] != "POST" || lines[1] != want[0] || lines[2] != want[1] || lines[3] != "host:h" || lines[4] != "x-two:b,a" || lines[5] != "" || lines[6] != "host;x-two" {
			t.Errorf("%s: %q", url, lines)
		}
	}
}

func TestParse(t *testing.T) {
	a := parse(t, "SDK-HMAC-SHA256  Access=AK ,SignedHeaders=Host;x-sdk-date,Signature=secret00")
	if a.Access != "AK" || strings.Join(a.Signed, " ") != "host x-sdk-date" {
		t.Errorf("%v", a)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, a); strings.Contains(text, "secret00") {
			t.Errorf("%s shows the signature: %s", verb, text)
		}
	}
	for header, want := range map[string]string{
		"Bearer x":        "does not begin with SDK-HMAC-SHA256",
		"SDK-HMAC-SHA256": "no NAME=VALUE; want Access=, SignedHeaders= and Signature=",
		"SDK-HMAC-SHA256 Credential=AK/20150907//ec2/sdk_request, SignedHeaders=host, Signature=00": `has a part "Credential"; want Access=`,
		"SDK-HMAC-SHA256 Access=a, Access=b, SignedHeaders=host, Signature=00":                      "says Access twice",
		"SDK-HMAC-SHA256 Access=a, SignedHeaders=host":                                              "is not complete",
		"SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature=00":                                 "no NAME=VALUE",
		"SDK-HMAC-SHA256 Access=a SignedHeaders=host, Signature=00":                                 "no NAME=VALUE",
		"SDK-HMAC-SHA256 Access=a, SignedHeaders=host;Host, Signature=00":                           "a signed header twice",
		"SDK-HMAC-SHA256 Access=a, SignedHeaders=host;, Signature=00":                               "without a name",
	} {
		if _, err := signing.Parse(header); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", header, err, want)
		}
	}
}

func TestLacks(t *testing.T) {
	req := request(t, http.MethodGet, "http://h/", signing.DateHeader, "yesterday")
	for signed, want := range map[string]string{
		"host":                    "X-Sdk-Date is not among the signed headers",
		"host;x-sdk-date;x-other": "the signed header x-other is not in the request",
		"x-sdk-date":              "",
	} {
		if got := signing.Of(req, nil).Lacks(parse(t, "SDK-HMAC-SHA256 Access=a, SignedHeaders="+signed+", Signature=00")); got != want {
			t.Errorf("%s: %q, want %q", signed, got, want)
		}
	}
	if _, err := signing.Of(req, nil).Date(); err == nil || !strings.Contains(err.Error(), "not of the form") {
		t.Error(err)
	}
	req.Header.Del(signing.DateHeader)
	if _, err := signing.Of(req, nil).Date(); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Error(err)
	}
}

// The package stands below all others, and needs nothing of the network but its names.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/tallystick/tallystick/contract/signing").Output()
	if err != nil || !strings.Contains(string(out), "/contract/signing") {
		t.Fatalf("go list: %v %s", err, out)
	}
	for p := range strings.FieldsSeq(string(out)) {
		if strings.Contains(strings.SplitN(p, "/", 2)[0], ".") && !strings.HasSuffix(p, "/contract/signing") {
			t.Errorf("signing depends on %s", p)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(guideSigned)
	f.Add("SDK-HMAC-SHA256 Access=a,SignedHeaders=;,Signature=")
	f.Fuzz(func(t *testing.T, header string) {
		a, err := signing.Parse(header)
		if err != nil {
			return
		}
		if a.Access == "" || len(a.Signed) == 0 {
			t.Errorf("%q gives %v", header, a)
		}
		req := request(t, http.MethodGet, guideURL)
		m := signing.Of(req, nil)
		m.Lacks(a)
		m.Verify(a, guideSecret)
	})
}

// FuzzSign: what is signed is verified, by the same secret only, whatever the request is; and looking for
// mistakes in it shows no secret.
func FuzzSign(f *testing.F) {
	f.Add("GET", "h:1", "/a b/ü", "a=1&b&%zz=+", "X-Name", " value ", []byte("{}"), "secret-of-the-key")
	f.Add("", "", "", "", "", "", []byte(nil), "")
	f.Fuzz(func(t *testing.T, method, host, path, query, name, value string, body []byte, secret string) {
		req := &http.Request{Method: method, Host: host, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}}
		if strings.EqualFold(name, "authorization") || strings.ContainsAny(name, ";, =") || name == "" {
			name = "X-Name"
		}
		req.Header.Set(name, value)
		signing.Sign(req, body, "AK", secret, guideTime)
		a, err := signing.Parse(req.Header.Get("Authorization"))
		if err != nil {
			t.Skip("a name that no header has") // such as one with white space of another kind
		}
		m := signing.Of(req, body)
		if !m.Verify(a, secret) {
			t.Error("what was signed is refused")
		}
		if m.Verify(a, secret+"x") {
			t.Error("another secret fits")
		}
		const kept = "tally-kept-secret"
		finding := signing.Explain(m, a, []string{kept}, []string{name})
		if strings.Contains(fmt.Sprint(finding), kept) {
			t.Errorf("%v", finding)
		}
	})
}
