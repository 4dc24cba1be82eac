package postgres

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const form = "this is no URL of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE (it is not shown, since it may hold a password); write special characters of the password as %XX"
	const early = "the URL has a # or an @ that ends the password early (it is not shown for that reason): write special characters as %XX, such as %23 for # and %40 for @"
	const unusable = "a part of the URL, or of the variables PG*, cannot be used: "
	const schema = ": want lower-case letters, digits and _, at most 63, the first no digit, not beginning with pg_"
	t.Setenv("PGUSER", "me")
	for _, tc := range []struct{ url, shown, err string }{
		{url: "postgres://u:secret@db.example:6000/mocks", shown: "postgres://u@db.example:6000/mocks, schema tally"},
		{url: "postgresql://u:sec%2Fret@db.example/mocks?schema=team_1&sslmode=disable", shown: "postgres://u@db.example:5432/mocks, schema team_1"},
		{url: "postgres:///mocks?host=/run/postgresql&password=secret", shown: "postgres://me@/run/postgresql/mocks, schema tally"},
		{url: "postgres://u:secret@[::1]/mocks", shown: "postgres://u@[::1]:5432/mocks, schema tally"},
		{url: "", err: form},
		{url: "state.db", err: form},
		{url: "mysql://u:secret@h/d", err: form},
		{url: "postgres:u:secret@h/d", err: form},
		{url: "postgres://u:se/cret@h/d", err: form},
		{url: "postgres://u:12#secret@h/d", err: early},
		{url: "postgres://u:12?secret@h/d", err: early},
		{url: "postgres://u:secret@h/d?sslmode=perhaps", err: unusable + "failed to configure TLS"},
		{url: "postgres://u:secret@h/d?connect_timeout=soon", err: unusable + "invalid connect_timeout"},
		{url: "postgres://u:secret@h/d?schema=", err: `schema "" in the URL` + schema},
		{url: "postgres://u:secret@h/d?schema=Tally", err: `schema "Tally" in the URL` + schema},
		{url: "postgres://u:secret@h/d?schema=pg_toast", err: `schema "pg_toast" in the URL` + schema},
	} {
		a, err := parse(tc.url)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tc.err || err == nil && a.String() != tc.shown {
			t.Errorf("%s:\ngot  %s\nwant %s%s", tc.url, got, tc.err, tc.shown)
		}
	}
}

// What the URL says goes before what is set here.
func TestLimits(t *testing.T) {
	a, err := parse("postgres://u@h/d?lock_timeout=7&application_name=mine")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"lock_timeout": "7", "application_name": "mine", "statement_timeout": "60000", "idle_in_transaction_session_timeout": "10000", "schema": ""} {
		if got := a.config.RuntimeParams[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.config.ConnectTimeout != connectTimeout {
		t.Errorf("connect_timeout is %v", a.config.ConnectTimeout)
	}
}

// No text shows the password, whatever else is in a URL.
func FuzzParse(f *testing.F) {
	for _, seed := range [][3]string{{"u", "h:1", "d"}, {"", "", "?schema=X"}, {"a/b", "[::1]", "#"}, {"u", "h,i:2", "d?sslmode=x&connect_timeout=y"}, {"%", "%zz", "?host=/x"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, user, host, rest string) {
		const secret = "xyzzy-4711"
		if strings.Contains(user+host+rest, "4711") {
			t.Skip()
		}
		for _, text := range []string{
			"postgres://" + user + ":" + secret + "@" + host + "/" + rest,
			"postgres://" + url.User(user).String() + ":" + secret + "@" + host + "/" + rest,
			"postgres://" + host + "/" + rest + "?password=" + secret,
		} {
			a, err := parse(text)
			shown := fmt.Sprint(err)
			if err == nil {
				shown = a.String()
			}
			if strings.Contains(shown, secret) {
				t.Errorf("%q is shown as %s", text, shown)
			}
		}
	})
}
