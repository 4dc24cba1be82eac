package mock

import (
	"strings"
	"testing"
)

// What a path says literally is matched literally.
func TestLiteralColon(t *testing.T) {
	h, err := New(plain(t, "/items", "/items:batch", "/items/{id}", "/items/all:old"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/items": 200, "/items:batch": 200, "/items:other": 404, "/items/7": 200, "/items/all:old": 200, "/itemsX": 404} {
		if got, body := callOn(h, "GET", path, ""); got != want {
			t.Errorf("GET %s: %d %s, want %d", path, got, body, want)
		}
	}
}

// A path that cannot be served as it is written is refused, not served as another one.
func TestPathsThatAreRefused(t *testing.T) {
	for _, row := range []struct{ path, want string }{
		{"/items/{id}.json", `path "/items/{id}.json", segment "{id}.json": want a literal or one whole {name}`},
		{"/items/v{n}", "want a literal or one whole {name}"},
		{"/items/{a}{b}", "want a literal or one whole {name}"},
		{"/items/*", `segment "*"`},
		{"/items/:batch", `segment ":batch"`},
		{"/_tally/health", "the control API stands there"},
	} {
		_, err := New(plain(t, row.path))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", row.path, err, row.want)
		}
	}
	if _, err := New(plain(t, "/_tally/health"), WithControl(false)); err != nil {
		t.Errorf("without the control API its place is free: %v", err)
	}
}
