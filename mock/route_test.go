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

// A segment with parameters and literals is taken apart. What does not fit it is no path.
func TestMixedSegments(t *testing.T) {
	h, err := New(plain(t, "/items/{id}.json", "/places/{region}:{id}", "/v{n}/items"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/items/7.json": 200, "/items/7.xml": 404, "/items/.json": 404, "/places/north:7": 200,
		"/places/north%3A7": 200, "/places/north%3A%2F": 200, "/places/north": 404, "/places/:7": 404, "/v2/items": 200, "/w2/items": 404} {
		if got, body := callOn(h, "GET", path, ""); got != want {
			t.Errorf("GET %s: %d %s, want %d", path, got, body, want)
		}
	}
	if _, err := New(plain(t, "/items/{id}.json", "/items/{id}")); err == nil || !strings.Contains(err.Error(), "could not be told from one for operation") {
		t.Errorf("two paths that Echo takes for one: %v", err)
	}
}

// A path that cannot be served as it is written is refused, not served as another one.
func TestPathsThatAreRefused(t *testing.T) {
	for _, row := range []struct{ path, want string }{
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
