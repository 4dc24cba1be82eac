package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/store"
	"github.com/tallystick/tallystick/mock/store/bolt"
)

// sharedStores open the stores that several mocks share, by the scheme of their URLs. What has no scheme is a file.
var sharedStores = map[string]func(ctx context.Context, url string) (store.Shared, error){"postgres": openPostgres, "postgresql": openPostgres}

// keepSettings is what the flags of `tally mock` say of where its state is kept.
type keepSettings struct {
	place string        // a file or a URL; "" for memory only
	every time.Duration // 0 for before each answer
	sync  bool          // somebody has said how often
}

const syncAlways = "always"

// settings lists the flags in the order of the help.
func (k *keepSettings) settings() settings {
	return settings{
		{name: "state", form: "FILE|URL", secret: true, set: k.setPlace,
			usage: "Keep the state in this file, and go on where it ends: resources, queues, tokens and the clock, which goes on while nothing runs. What other flags say of the start counts when the file is new. Sandboxes, kept snapshots and the journal are not kept. A URL such as postgres://USER:PASSWORD@HOST/DATABASE names a PostgreSQL database, which any number of mocks may share: they are one then. Default in memory only. Example: --state life.tally."},
		{name: "sync", form: "WHEN", initial: syncAlways, words: []string{syncAlways, "100ms"}, set: k.setSync,
			usage: "When changes are on disk: always (before the answer that tells of them) or within a time such as 100ms, which is faster and may lose the last ones in a crash."},
	}
}

func (k *keepSettings) setPlace(text string) error {
	k.place = text
	scheme, _, _ := strings.Cut(text, ":")
	switch {
	case text == "":
		return errors.New("want a file or a URL; leave it out to keep nothing")
	case sharedStores[scheme] != nil && schemeOf(text) == "":
		return errors.New("want " + scheme + "://USER:PASSWORD@HOST/DATABASE")
	}
	return nil
}

func (k *keepSettings) setSync(text string) error {
	k.sync = text != syncAlways
	if !k.sync {
		k.every = 0
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > time.Hour {
		return errors.New("want always, or a duration above 0 such as 100ms, at most 1h")
	}
	k.every = d
	return nil
}

// schemeOf is the scheme of a URL; "" for a file.
func schemeOf(place string) string {
	scheme, _, ok := strings.Cut(place, "://")
	if !ok {
		return ""
	}
	return scheme
}

// name is the place as it may be shown: without a password.
func (k *keepSettings) name() string {
	if schemeOf(k.place) == "" {
		return k.place
	}
	u, err := url.Parse(k.place)
	if err != nil {
		return schemeOf(k.place) + "://…"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// open opens the place for a mock, which owns it; the option is nil where nothing is kept. The function closes what no
// mock has taken.
func (k *keepSettings) open(ctx context.Context) (mock.Option, func() error, error) {
	switch scheme := schemeOf(k.place); {
	case k.place == "" && k.sync:
		return nil, nil, errors.New("--sync: nothing is kept without --state")
	case k.place == "":
		return nil, nil, nil
	case scheme == "":
		f, err := bolt.Open(k.place)
		if err != nil {
			return nil, nil, fmt.Errorf("--state %w", err)
		}
		return mock.WithStore(f, k.every), f.Close, nil
	case sharedStores[scheme] == nil:
		return nil, nil, fmt.Errorf("--state %s: scheme %q: want a file%s", k.name(), scheme, orScheme())
	case k.sync:
		return nil, nil, errors.New("--sync: it is for files; a store that is shared always has a change before the answer")
	default:
		s, err := sharedStores[scheme](ctx, k.place)
		if err != nil {
			return nil, nil, fmt.Errorf("--state: %w", err)
		}
		return mock.WithShared(s), s.Close, nil
	}
}

// orScheme lists the schemes for people.
func orScheme() string {
	var names []string
	for name := range sharedStores {
		names = append(names, " or "+name+"://…")
	}
	slices.Sort(names)
	return strings.Join(names, "")
}

// wrong words why a mock cannot go on with what is kept.
func (k *keepSettings) wrong(err error) error {
	if !errors.Is(err, mock.ErrKept) {
		return err
	}
	text := strings.TrimPrefix(err.Error(), "mock: "+mock.ErrKept.Error()+": ")
	return fmt.Errorf("--state %s: %s", k.name(), strings.TrimPrefix(text, k.place+": "))
}
