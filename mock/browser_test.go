package mock_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"github.com/tallystick/tallystick/internal/race"
	"github.com/tallystick/tallystick/internal/testbrowser"
)

// browserTime bounds a whole test in a browser, stepTime a step of it, on a machine that has other things to do.
const (
	browserTime = 4 * time.Minute
	stepTime    = time.Minute
)

// tab is the dashboard in a browser.
type tab struct {
	*testbrowser.Tab
	t *testing.T
}

// openTab starts a browser with the dashboard of a mock. Nothing but that may be asked for anything.
func openTab(t *testing.T, mockURL string, media ...*emulation.MediaFeature) *tab {
	t.Helper()
	if race.Enabled {
		t.Skip("a browser is slow enough without the race detector; make whole goes without it")
	}
	mock, err := url.Parse(mockURL)
	if err != nil {
		t.Fatal(err)
	}
	own := func(u *url.URL) bool {
		return u.Scheme == "blob" || u.Host == mock.Host && strings.HasPrefix(u.Path, "/_tally/")
	}
	p := &tab{t: t, Tab: testbrowser.Open(t, testbrowser.Options{Address: mockURL + "/_tally/", Own: own, Time: browserTime, Step: stepTime, Media: media})}
	p.Is(`document.getElementById('link').textContent`, "live")
	return p
}
