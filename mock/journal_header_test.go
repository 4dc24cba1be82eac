package mock

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"testing"
)

// A header that is kept is the header, whatever is in it.
func FuzzHeader(f *testing.F) {
	f.Add("Accept", "text/plain", "application/json", "X-Empty")
	f.Add("", "\x00\r\n\xff", "", "\x80")
	f.Fuzz(func(t *testing.T, name, first, second, other string) {
		h := http.Header{name: {first, second}}
		h[other] = append(h[other], first)
		text := appendHeader([]byte("before"), h)
		if got := headerOf(text[len("before"):]); !reflect.DeepEqual(got, h) {
			t.Errorf("%q becomes %q", h, got)
		}
	})
}

// What has no lines is nothing that was sent.
func TestHeaderWithoutLines(t *testing.T) {
	got := headerOf(appendHeader(nil, http.Header{"Date": nil, "Server": {}, "Age": {"1"}}))
	if names := slices.Collect(maps.Keys(got)); !slices.Equal(names, []string{"Age"}) {
		t.Errorf("%q", names)
	}
}
