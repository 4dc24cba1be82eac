package mock_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

func login(user, password, scope string) string {
	if scope != "" {
		scope = `,"scope":` + scope
	}
	return fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":"D"}}}}%s}}`, user, password, scope)
}

func (c *client) login(scope string) {
	c.t.Helper()
	c.token = ""
	a := c.must("POST", "/v3/auth/tokens", login("ops", "pw", scope))
	if a.status != 201 {
		c.t.Errorf("a token with status %d", a.status)
	}
	c.token = a.header.Get("X-Subject-Token")
}

func TestCredentials(t *testing.T) {
	c := start(t, fixed())
	list := instances + "?de_type=Notebook"
	for _, row := range []struct {
		name, header, value string
		status              int
		code                string
	}{
		{"none", "", "", 401, "ModelArts.0201"},
		{"garbage", "X-Auth-Token", "zzz", 401, "ModelArts.0203"},
		{"cut", "X-Auth-Token", "test-tok", 401, "ModelArts.0204"},
		{"altered", "X-Auth-Token", "tally.abcdef", 401, "ModelArts.0204"},
		{"another project's", "X-Auth-Token", "other-token", 403, "ModelArts.0210"},
		{"a signature", "Authorization", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=00", 401, "APIGW.0301"},
		{"basic", "Authorization", "Basic dTpw", 401, "APIGW.0305"},
		{"bearer", "Authorization", "Bearer test-token", 200, ""},
		{"bearer in lower case", "Authorization", "bearer test-token", 200, ""},
		{"empty bearer", "Authorization", "Bearer ", 401, "ModelArts.0201"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &client{t, c.url, ""}
			req := c.request("GET", list, "")
			if row.header != "" {
				req.Header.Set(row.header, row.value)
			}
			if a := c.send(req); a.status != row.status || a.code() != row.code {
				t.Errorf("%d %s, want %d %s", a.status, a.raw, row.status, row.code)
			}
		})
	}
}

func TestTokenExpires(t *testing.T) {
	c := start(t, fixed())
	const scope = `{"project":{"name":"` + project + `"}}`
	c.login(scope)
	first := c.token
	list := instances + "?de_type=Notebook"
	c.must("GET", list, "")
	c.advance("23h59m59s")
	c.must("GET", list, "")
	c.login(scope)
	second := c.token
	c.token = first
	c.must("GET", list, "") // a new token does not end the old one
	c.advance("1s")
	c.refused("GET", list, "", 401, "ModelArts.0202")
	c.token = second
	c.must("GET", list, "")
}

func TestTokenScopes(t *testing.T) {
	c := start(t)
	list := instances + "?de_type=Notebook"
	for scope, code := range map[string]string{
		"": "ModelArts.0212", `{"domain":{"name":"D"}}`: "ModelArts.0212",
		`{"project":{"id":"` + project + `"}}`:                         "",
		`{"project":{"name":"` + project + `","domain":{"name":"D"}}}`: "",
		`{"project":{"name":"elsewhere"}}`:                             "ModelArts.0210",
		`{"project":{"name":"` + project + `"},"domain":{"id":"d"}}`:   "",
	} {
		c.login(scope)
		if a := c.do("GET", list, ""); a.code() != code {
			t.Errorf("scope %s: %d %s, want %q", scope, a.status, a.raw, code)
		}
	}
}

func TestTokenService(t *testing.T) {
	c := start(t, mock.WithAuth(mock.Auth{Users: []mock.User{{Name: "ops", Password: "right"}}}))
	c.token = ""
	a := c.do("POST", "/v3/auth/tokens", login("ops", "wrong", ""))
	if a.status != 401 || a.at("/error/message") != "The username or password is wrong." || a.at("/error/title") != "Unauthorized" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	for _, body := range []string{"", "{", "[]", `{"auth":{}}`, `{"auth":{"identity":{"methods":[],"password":{"user":{"name":"x","password":"y"}}}}}`} {
		a := c.do("POST", "/v3/auth/tokens", body)
		if a.status != 400 || a.at("/error/message") != "The request body is invalid" {
			t.Errorf("%s: %d %s", body, a.status, a.raw)
		}
	}
	a = c.must("POST", "/v3/auth/tokens", login("ops", "right", `{"project":{"name":"cn-north-4"}}`))
	url := fmt.Sprint(a.at("/token/catalog/1/endpoints/0/url"))
	if want := c.url + "/v1/" + mock.ProjectID("cn-north-4"); a.at("/token/catalog/1/type") != "modelartsv1" || url != want {
		t.Errorf("catalog: %s", a.raw)
	}
	for _, name := range []string{"cn-north-4", "eu-de_team", "eu-de_other", "cn-north-4"} { // whatever was asked before
		a := c.must("POST", "/v3/auth/tokens", login("ops", "right", `{"project":{"name":"`+name+`"}}`))
		region, _, _ := strings.Cut(name, "_")
		for i := range 2 {
			at := fmt.Sprintf("/token/catalog/%d/endpoints/0/", i)
			if a.at(at+"url") != c.url+"/v1/"+mock.ProjectID(name) || a.at(at+"region") != region {
				t.Errorf("the catalog of %s has %v in %v", name, a.at(at+"url"), a.at(at+"region"))
			}
		}
	}
	if a := c.must("POST", "/v3/auth/tokens?nocatalog=1", login("ops", "right", `{"project":{"name":"cn-north-4"}}`)); a.at("/token/catalog") != nil {
		t.Errorf("nocatalog: %s", a.raw)
	}
	c.must("GET", "/v3", "")
}

func TestAuthModes(t *testing.T) {
	c := start(t, mock.WithAuth(mock.Auth{Mode: mock.Any}))
	c.token = "whatever"
	c.create(notebook("a"))
	if a := c.must("GET", instances+"?de_type=Notebook", ""); a.at("/total_count") != 1.0 {
		t.Errorf("any: %s", a.raw)
	}
	c.token = "somebody-else"
	if a := c.must("GET", instances+"?de_type=Notebook", ""); a.at("/total_count") != 0.0 {
		t.Errorf("any: another token is another user, yet %s", a.raw)
	}
	c.token = ""
	c.refused("GET", instances+"?de_type=Notebook", "", 401, "ModelArts.0201")

	c = start(t, mock.WithAuth(mock.Auth{Mode: mock.Off}))
	c.token = ""
	c.create(notebook("a"))
	if a := c.must("GET", instances+"?de_type=Notebook", ""); a.at("/total_count") != 1.0 {
		t.Errorf("off: %s", a.raw)
	}
}

func TestBadOptions(t *testing.T) {
	negative := -1
	for want, opt := range map[string]mock.Option{
		`mock: auth mode "lax": want strict, any or off`:                                mock.WithAuth(mock.Auth{Mode: "lax"}),
		`mock: token 1: want TOKEN=PROJECT, neither of them empty`:                      mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "x"}}}),
		`mock: quota -1: want 0 (no limit) or more`:                                     mock.WithWorld(mock.World{Quota: &negative}),
		`mock: rate limit 5 per "week": want a positive number per minute, hour or day`: mock.WithWorld(mock.World{RateLimit: mock.RateLimit{Calls: 5, Window: "week"}}),
	} {
		if _, err := mock.New(contract.Default(), opt); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
