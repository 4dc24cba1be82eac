package signing_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract/signing"
)

const body = `{"name": "x"}`

// clumsy is a signer that is written anew here, with room for mistakes. Each field is a part as the client of
// the test has it.
type clumsy struct {
	method, path, query, host, hash, secret, between, date string
	names                                                  []string
	encode                                                 func([]byte) string
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (c clumsy) authorization(headers http.Header) string {
	lines := ""
	for _, name := range c.names {
		value := headers.Get(name)
		if strings.EqualFold(name, "host") {
			value = c.host
		}
		lines += name + ":" + c.between + value + "\n"
	}
	list := strings.ToLower(strings.Join(c.names, ";"))
	canonical := strings.Join([]string{c.method, c.path, c.query, lines, list, c.hash}, "\n")
	mac := hmac.New(sha256.New, []byte(c.secret))
	mac.Write([]byte("SDK-HMAC-SHA256\n" + c.date + "\n" + digest(canonical)))
	return "SDK-HMAC-SHA256 Access=AK, SignedHeaders=" + list + ", Signature=" + c.encode(mac.Sum(nil))
}

func TestExplain(t *testing.T) {
	for _, row := range []struct {
		name           string
		spoil          func(*clumsy)
		mistakes       []string
		part           string
		server, client string
	}{
		{name: "path", spoil: func(c *clumsy) { c.path = "/v1/p%201" }, mistakes: []string{"without a slash at its end"}, part: "path", server: "/v1/p%201/", client: "/v1/p%201"},
		{name: "raw path", spoil: func(c *clumsy) { c.path = "/v1/p 1/" }, mistakes: []string{"path is signed without escapes"}, part: "path", server: "/v1/p%201/", client: "/v1/p 1/"},
		{name: "query order", spoil: func(c *clumsy) { c.query = "z=1&a=x%20y&token=REAL" }, mistakes: []string{"query is not sorted"}, part: "query",
			server: "a=x%20y&token=REDACTED&z=1", client: "z=1&a=x%20y&token=REDACTED"},
		{name: "no query", spoil: func(c *clumsy) { c.query = "" }, mistakes: []string{"query is not signed"}, part: "query", server: "a=x%20y&token=REDACTED&z=1"},
		{name: "plus", spoil: func(c *clumsy) { c.query = "a=x+y&token=REAL&z=1" }, mistakes: []string{"spaces in the query"}, part: "query"},
		{name: "untrimmed", spoil: func(c *clumsy) { c.between = " " }, mistakes: []string{"space before them"}, part: "headers", server: "content-type:application/json", client: "content-type: application/json"},
		{name: "capitals", spoil: func(c *clumsy) { c.names = []string{"Content-Type", "Host", "X-Sdk-Date", "X-Security-Token"} }, mistakes: []string{"signed in capitals"}, part: "headers"},
		{name: "header order", spoil: func(c *clumsy) { c.names = []string{"host", "x-sdk-date", "content-type", "x-security-token"} }, mistakes: []string{"headers are not sorted"}, part: "headers"},
		{name: "method", spoil: func(c *clumsy) { c.method = "PUT" }, mistakes: []string{"signed method is PUT"}, part: "method", server: "POST", client: "PUT"},
		{name: "empty body", spoil: func(c *clumsy) { c.hash = digest("") }, mistakes: []string{"that of an empty one"}, part: "hash of the body", server: digest(body), client: digest("")},
		{name: "other body", spoil: func(c *clumsy) { c.hash = digest(`{"name":"x"}`) }, mistakes: []string{"as JSON without spaces"}, part: "hash of the body"},
		{name: "date", spoil: func(c *clumsy) { c.date = "20191115" }, mistakes: []string{"the day alone"}, part: "date in the string to sign", server: "20191115T033655Z", client: "20191115"},
		{name: "host", spoil: func(c *clumsy) { c.host = "h" }, mistakes: []string{"signed host is h,"}, part: "headers", server: "host:h:8080", client: "host:h"},
		{name: "line break", spoil: func(c *clumsy) { c.secret += "\n" }, mistakes: []string{"line break at its end"}},
		{name: "another key", spoil: func(c *clumsy) { c.secret = "the-other-secret" }, mistakes: []string{"secret is that of another key"}},
		{name: "id as secret", spoil: func(c *clumsy) { c.secret = "AK" }, mistakes: []string{"id of the key was used"}},
		{name: "base64", spoil: func(c *clumsy) { c.encode = base64.StdEncoding.EncodeToString }, mistakes: []string{"base64"}},
		{name: "two", spoil: func(c *clumsy) { c.path, c.hash = "/v1/p%201", digest("") }, mistakes: []string{"without a slash", "empty one"}, part: "path", server: "/v1/p%201/", client: "/v1/p%201"},
		{name: "unknown", spoil: func(c *clumsy) { c.secret = "who knows" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := request(t, http.MethodPost, "http://h:8080/v1/p%201?z=1&a=x%20y&token=REAL", "Content-Type", "application/json",
				signing.DateHeader, "20191115T033655Z", signing.TokenHeader, "the-token-of-the-key")
			c := clumsy{method: "POST", path: "/v1/p%201/", query: "a=x%20y&token=REAL&z=1", host: "h:8080", hash: digest(body), secret: guideSecret,
				date: "20191115T033655Z", names: []string{"content-type", "host", "x-sdk-date", "x-security-token"}, encode: hex.EncodeToString}
			m := signing.Of(req, []byte(body))
			if !m.Verify(parse(t, c.authorization(req.Header)), guideSecret) {
				t.Fatal("refused without a mistake")
			}
			row.spoil(&c)
			header := c.authorization(req.Header)
			if m.Verify(parse(t, header), guideSecret) {
				t.Fatal("accepted with the mistake")
			}
			f := signing.Explain(m, parse(t, header), []string{guideSecret, "the-other-secret"}, []string{"token"})
			check(t, f, row.mistakes)
			if f.Part != row.part || (row.server != "" && f.Server != row.server) || (row.client != "" && f.Client != row.client) {
				t.Errorf("%q: server %q, client %q", f.Part, f.Server, f.Client)
			}
			if (f.Hint == "") != (len(row.mistakes) > 0) {
				t.Errorf("hint %q", f.Hint)
			}
			_, signature, _ := strings.Cut(header, "Signature=")
			wantHidden(t, f, signature)
		})
	}
}

// check holds the mistakes that were found to parts of their texts.
func check(t *testing.T, f signing.Finding, want []string) {
	t.Helper()
	if len(f.Mistakes) != len(want) {
		t.Fatalf("mistakes %q, want %q\n%s", f.Mistakes, want, f.Canonical)
	}
	for i, text := range want {
		if !strings.Contains(f.Mistakes[i], text) {
			t.Errorf("mistake %q, want %q", f.Mistakes[i], text)
		}
	}
}

// wantHidden: neither secrets nor signatures are shown, not the right one either.
func wantHidden(t *testing.T, f signing.Finding, signature string) {
	t.Helper()
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(guideSecret))
	mac.Write([]byte(f.StringToSign))
	for _, kept := range []string{guideSecret, "the-other-secret", "the-token-of-the-key", "REAL", signature, hex.EncodeToString(mac.Sum(nil))} {
		if strings.Contains(string(data), kept) {
			t.Errorf("the finding shows %s: %s", kept, data)
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	req := request(b, http.MethodPost, "http://h:8080/v1/p?z=1", "Content-Type", "application/json", signing.DateHeader, "20191115T033655Z")
	a := parse(b, "SDK-HMAC-SHA256 Access=AK, SignedHeaders=content-type;host;x-sdk-date, Signature=00")
	for b.Loop() {
		signing.Explain(signing.Of(req, []byte(body)), a, []string{guideSecret}, nil)
	}
}
