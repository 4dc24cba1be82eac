package mock

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/store"
)

// The kinds of rows.
const (
	rowMeta     = "meta" // one, of key "state": whose rows they are
	rowHead     = "head" // one for each part of the head
	rowQueue    = "queue"
	rowResource = "resource"
	rowToken    = "token"
)

// rowFormat is the version of the rows' form. A mock reads what older ones have written.
const rowFormat = 1

// keptMeta says whose rows they are.
type keptMeta struct {
	Format   int                      `json:"format"`
	Contract control.SnapshotContract `json:"contract"`
}

// keptResource is a resource as it is kept: with its place in the queue in which it waits, so that one who joins or
// leaves changes one row and not that of the whole queue.
type keptResource struct {
	Queue string     `json:"queue,omitempty"` // "" when it waits in none
	Place uint64     `json:"place,omitempty"` // those that came earlier have smaller ones
	Begin *time.Time `json:"begin,omitempty"` // when it came
	Name  string     `json:"name,omitempty"`  // the key, where that is a hash
	control.SnapshotResource
}

// keptQueue is a queue as it is kept. Who waits in it stands with the resources.
type keptQueue struct {
	Name string     `json:"name"`
	Last *time.Time `json:"last,omitempty"` // when a turn was served last
}

// keptClock is a clock that goes on while nobody runs.
type keptClock struct {
	Base   time.Time `json:"base"`
	Since  time.Time `json:"since"` // real time at which base was right
	Frozen bool      `json:"frozen"`
	Speed  float64   `json:"speed"`
}

// piece is a row before it is written. It is made under the world's lock, and written without.
type piece struct {
	kind, key string
	value     any                   // nil for gone
	body      func() map[string]any // of a resource; it is worked out without the lock
	data      []byte                // if not nil, the value itself
}

// maxKey is the longest key; a longer one is kept by its hash.
const maxKey = 1000

// rowKey is a key of names that may hold anything.
func rowKey(names ...string) (key string, hashed bool) {
	for i, n := range names {
		if i > 0 {
			key += "/"
		}
		key += url.PathEscape(n)
	}
	if len(key) <= maxKey {
		return key, false
	}
	sum := sha256.Sum256([]byte(key))
	return "#" + hex.EncodeToString(sum[:]), true
}

// row writes a piece.
func (p *piece) row() (store.Row, error) {
	out := store.Row{Kind: p.kind, Key: p.key, Value: p.data}
	if p.value == nil {
		return out, nil
	}
	if r, ok := p.value.(*keptResource); ok {
		body, err := contract.AppendJSON(nil, p.body())
		if err != nil {
			return out, fmt.Errorf("resource %q: the body is no JSON: %w", r.ID, err)
		}
		r.Body = body
	}
	var err error
	out.Value, err = json.Marshal(p.value)
	return out, err
}

// rowsOf writes pieces; of several for the same name only the last one.
func rowsOf(pieces []piece) ([]store.Row, error) {
	type name struct{ kind, key string }
	at := make(map[name]int, len(pieces))
	rows := make([]store.Row, 0, len(pieces))
	for i := range pieces {
		at[name{pieces[i].kind, pieces[i].key}] = i
	}
	for i := range pieces {
		if at[name{pieces[i].kind, pieces[i].key}] != i {
			continue
		}
		row, err := pieces[i].row()
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// pieceOf is a record as it is now.
func (w *world) pieceOf(name recordName) piece {
	key, hashed := rowKey(name.kind, name.tenant, name.id)
	p := piece{kind: rowResource, key: key}
	r := lookUp(&w.worldState, name, w.contract.Resources())
	if r == nil {
		return p
	}
	kept := &keptResource{SnapshotResource: r.describe()}
	if hashed {
		kept.Name = url.PathEscape(name.tenant) + "/" + url.PathEscape(name.id)
	}
	if r.queue != nil {
		kept.Queue, kept.Place, kept.Begin = r.queue.name, r.place, moment(r.Turn.Begin)
	}
	now := r.Resource // whose parts are replaced, never changed
	p.value, p.body = kept, now.Whole
	return p
}

// queuePiece is a queue as it is now; nil for one that has gone.
func queuePiece(name string, q *queue) piece {
	key, _ := rowKey(name)
	p := piece{kind: rowQueue, key: key}
	if q != nil && len(q.records) > 0 {
		p.value = &keptQueue{Name: q.name, Last: moment(q.last)}
	}
	return p
}

// tokenPiece is a token; a nil grant is one that has gone.
func tokenPiece(number uint64, hash tokenHash, g *grant) piece {
	p := piece{kind: rowToken, key: fmt.Sprintf("%016x", number)}
	if g != nil {
		t := g.describe(hash)
		p.value = &t
	}
	return p
}

// metaPiece says whose rows they are.
func (w *world) metaPiece() piece {
	c := w.contract
	return piece{kind: rowMeta, key: "state", value: &keptMeta{Format: rowFormat,
		Contract: control.SnapshotContract{Title: c.Title, Version: c.Version, SHA256: c.SHA256()}}}
}
