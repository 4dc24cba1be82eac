//go:build unix

package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/testpostgres"
	"github.com/tallystick/tallystick/mock/store"
)

func row(key, value string) store.Row { return store.Row{Kind: "k", Key: key, Value: []byte(value)} }

func gone(key string) store.Row { return store.Row{Kind: "k", Key: key} }

func TestChanges(t *testing.T) {
	url := testpostgres.Schema(t)
	one, two := mustOpen(t, url), mustOpen(t, url)
	start := mustBegin(t, one, 0)
	if !start.Whole() || len(changesOf(t, start)) != 0 {
		t.Error("a new schema is not whole, or not empty")
	}
	began := mustCommit(t, start)
	if began != start.Revision() {
		t.Errorf("nothing changed, and the revision is %d after %d", began, start.Revision())
	}
	strange := store.Row{Kind: "k\x00", Key: "\xff\x00", Value: []byte{0}}
	first := write(t, one, row("b", "2"), row("a", "1"), row("empty", ""), strange)
	for _, tc := range []struct {
		name   string
		change []store.Row
		since  int64
		whole  bool
		want   []string
	}{
		{"all", nil, 0, true, []string{"k\x00/\xff\x00=\x00", "k/a=1", "k/b=2", "k/empty="}},
		{"those of one commit", nil, began, false, []string{"k\x00/\xff\x00=\x00", "k/a=1", "k/b=2", "k/empty="}},
		{"none", nil, first, false, nil},
		{"a changed one", []store.Row{row("b", "3")}, first, false, []string{"k/b=3"}},
		{"the last of several", []store.Row{row("b", "4"), gone("b"), row("c", "1"), row("b", "5")}, first, false, []string{"k/b=5", "k/c=1"}},
		{"a gone one", []store.Row{gone("b")}, first, false, []string{"k/b gone", "k/c=1"}},
		{"one that never was", []store.Row{gone("x")}, first, false, []string{"k/b gone", "k/c=1", "k/x gone"}},
		{"all without the gone ones", nil, 0, true, []string{"k\x00/\xff\x00=\x00", "k/a=1", "k/c=1", "k/empty="}},
		{"one that is back", []store.Row{row("b", "6")}, first, false, []string{"k/b=6", "k/c=1", "k/x gone"}},
		{"after a revision to come", nil, first + 1e6, true, []string{"k\x00/\xff\x00=\x00", "k/a=1", "k/b=6", "k/c=1", "k/empty="}},
	} {
		if tc.change != nil {
			write(t, one, tc.change...)
		}
		for _, s := range []*Shared{one, two} {
			turn := mustBegin(t, s, tc.since)
			got := changesOf(t, turn)
			slices.Sort(got)
			if turn.Whole() != tc.whole || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%s: whole %t, %q; want %t, %q", tc.name, turn.Whole(), got, tc.whole, tc.want)
			}
			turn.Rollback()
		}
	}
}

// Turns exclude each other: a number that 4 connections raise, two goroutines on each, loses nothing.
func TestTurnsExcludeEachOther(t *testing.T) {
	url := testpostgres.Schema(t)
	const connections, each = 4, 40
	var wait sync.WaitGroup
	for range connections {
		s := mustOpen(t, url)
		for range 2 {
			wait.Go(func() {
				for range each {
					turn, err := s.Begin(t.Context(), 0)
					if err != nil {
						t.Error(err)
						return
					}
					n := 0
					err = turn.Changes(func(r store.Row) error {
						n, err = strconv.Atoi(string(r.Value))
						return err
					})
					_, failed := turn.Commit(t.Context(), []store.Row{row("n", strconv.Itoa(n+1))})
					if err = errors.Join(err, failed); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wait.Wait()
	turn := mustBegin(t, mustOpen(t, url), 0)
	defer turn.Rollback()
	if got, want := changesOf(t, turn), []string{fmt.Sprintf("k/n=%d", connections*2*each)}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Each of several processes sees each change once, and none of its own.
func TestChangesAreSeenOnce(t *testing.T) {
	url := testpostgres.Schema(t)
	var wait sync.WaitGroup
	mirrors := make([]*mirror, 4)
	for i := range mirrors {
		s, m := mustOpen(t, url), &mirror{}
		mirrors[i] = m
		wait.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for n := range 60 {
				if err := m.step(t.Context(), s, random, fmt.Sprintf("%d-%d", i, n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	s := mustOpen(t, url)
	for i, m := range mirrors {
		turn := mustBegin(t, s, m.revision)
		if err := m.follow(turn); err != nil {
			t.Error(err)
		}
		turn.Rollback()
		if !m.equals(mirrors[0]) || len(m.rows) == 0 {
			t.Errorf("process %d has %v, process 0 has %v", i, m.rows, mirrors[0].rows)
		}
	}
}

// step takes a turn, and changes, forgets or only looks at a few of 20 rows.
func (m *mirror) step(ctx context.Context, s store.Shared, random *rand.Rand, value string) error {
	turn, err := s.Begin(ctx, m.revision)
	if err != nil {
		return err
	}
	defer turn.Rollback()
	if err := m.follow(turn); err != nil {
		return err
	}
	var rows []store.Row
	for range random.IntN(4) {
		key := strconv.Itoa(random.IntN(20))
		if r := row(key, value); random.IntN(3) > 0 {
			rows, m.rows[key] = append(rows, r), value
		} else {
			rows = append(rows, gone(key))
			delete(m.rows, key)
		}
	}
	revision, err := turn.Commit(ctx, rows)
	m.revision = revision
	return err
}

func TestHorizon(t *testing.T) {
	url := testpostgres.Schema(t)
	s := mustOpen(t, url)
	s.keep = time.Hour
	first := write(t, s, row("a", "1"), row("b", "1"), row("c", "1"))
	second := write(t, s, gone("a"))
	execute(t, url, "update $schema.tally_row set gone = gone - interval '50 minutes' where value is null")
	execute(t, url, "update $schema.tally_head set pruned = pruned - interval '1 day'")
	write(t, s, gone("b")) // too early for a
	if turn := mustBegin(t, s, first); turn.Whole() || len(changesOf(t, turn)) != 2 {
		t.Errorf("whole %t, %q, want both gone ones", turn.Whole(), changesOf(t, turn))
	} else {
		turn.Rollback()
	}
	execute(t, url, "update $schema.tally_row set gone = gone - interval '20 minutes' where value is null")
	execute(t, url, "update $schema.tally_head set pruned = pruned - interval '1 day'")
	write(t, s, row("d", "1"))
	for since, want := range map[int64][]string{
		first:  {"whole", "k/c=1", "k/d=1"}, // would not hear of a
		second: {"k/b gone", "k/d=1"},
	} {
		turn := mustBegin(t, s, since)
		var got []string
		if turn.Whole() {
			got = append(got, "whole")
		}
		if got = append(got, changesOf(t, turn)...); !slices.Equal(got, want) {
			t.Errorf("since %d: %q, want %q", since-first, got, want)
		}
		turn.Rollback()
	}
}

// More than comes with the beginning of a turn, and more than one statement takes.
func TestManyRows(t *testing.T) {
	s := mustOpen(t, testpostgres.Schema(t))
	before := write(t, s, row("first", "1"))
	rows := make([]store.Row, partRows+most)
	for i := range rows {
		rows[i] = row(fmt.Sprintf("%06d", i), "v")
	}
	after := write(t, s, rows...)
	for since, want := range map[int64]int{0: len(rows) + 1, before: len(rows), after: 0} {
		turn := mustBegin(t, s, since)
		if got := len(changesOf(t, turn)); got != want {
			t.Errorf("since %d: %d rows, want %d", since, got, want)
		}
		turn.Rollback()
	}
	turn := mustBegin(t, s, before)
	stop := errors.New("enough")
	if err := turn.Changes(func(store.Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v, want what the function gave", err)
	}
	if next := mustCommit(t, turn, row("first", "2")); next != after+1 {
		t.Errorf("revision %d after %d", next, after)
	}
}

func TestPartOf(t *testing.T) {
	big := store.Row{Value: []byte(strings.Repeat("x", partBytes))}
	for _, tc := range []struct {
		rows []store.Row
		want int
	}{
		{[]store.Row{{}}, 1},
		{make([]store.Row, partRows), partRows},
		{make([]store.Row, partRows+1), partRows},
		{[]store.Row{big, {}}, 2},
		{[]store.Row{big, big, {}}, 1},
		{[]store.Row{{Key: "x"}, big}, 1},
	} {
		if got := partOf(tc.rows); got != tc.want {
			t.Errorf("%d of %d rows, want %d", got, len(tc.rows), tc.want)
		}
	}
}

// The clock is the server's, and does not go back behind what another one has written.
func TestClock(t *testing.T) {
	url := testpostgres.Schema(t)
	s := mustOpen(t, url)
	turn := mustBegin(t, s, 0)
	earlier := turn.Now()
	turn.Rollback()
	turn = mustBegin(t, s, 0)
	if now := turn.Now(); now.Before(earlier) || now.Location() != time.UTC {
		t.Errorf("%v after %v", now, earlier)
	}
	turn.Rollback()
	execute(t, url, "update $schema.tally_head set at = at + interval '1 hour'")
	turn = mustBegin(t, mustOpen(t, url), 0)
	defer turn.Rollback()
	if ahead := turn.Now().Sub(earlier); ahead < 59*time.Minute {
		t.Errorf("the clock goes back: it is %v ahead", ahead)
	}
}

func TestEnded(t *testing.T) {
	url := testpostgres.Schema(t)
	s, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	turn := mustBegin(t, s, 0)
	mustCommit(t, turn, row("a", "1"))
	if err := turn.Rollback(); err != nil {
		t.Errorf("Rollback after Commit: %v", err)
	}
	_, err = turn.Commit(t.Context(), nil)
	holdTo(t, err, url, "$server: the turn has ended")
	holdTo(t, turn.Changes(nil), url, "$server: the turn has ended")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	_, err = s.Begin(t.Context(), 0)
	holdTo(t, err, url, "$server: it has been closed")
}

// Whoever stops waiting does not stop the others.
func TestStopsWaiting(t *testing.T) {
	url := testpostgres.Schema(t)
	one, two := mustOpen(t, url), mustOpen(t, url)
	held := mustBegin(t, one, 0)
	for _, s := range []*Shared{one, two} { // in the same process, and in another
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := s.Begin(ctx, 0); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), ": no answer in time: ") {
			t.Errorf("%v, want the end of the context", err)
		}
		cancel()
	}
	mustCommit(t, held, row("a", "1"))
	write(t, two, row("b", "1"))
	write(t, one, row("c", "1"))
}
