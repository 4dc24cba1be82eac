package mock

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"
)

// WithSeed makes ids from a seed and the name of the sandbox, and lets chance begin there, so that runs repeat:
// with the same seed, faults by probability and latencies from a range come in the same order. The default is
// ids as WithIDs says, and chance from 0. Tokens stay random: they are secrets.
func WithSeed(seed uint64) Option {
	return func(s *settings) error { s.seed, s.seeded = seed, true; return nil }
}

// uniqueID is the unique part of an id. The world's lock is held.
func (w *world) uniqueID() string {
	if !w.settings.seeded {
		return w.settings.ids()
	}
	w.made++
	return seededID(w.settings.seed, w.name, w.made)
}

// requestID is the unique part of the id of a request. Those of a seed have a count of their own: a state that is
// restored brings back the ids of resources, but what was asked since stays asked. Where state is kept they do not
// come from the seed, because those of the process before would come again. The world's lock is held.
func (w *world) requestID() string {
	if !w.settings.seeded || w.gate != nil {
		return w.settings.ids()
	}
	w.asked++
	return seededID(w.settings.seed, requestsOf+w.name, w.asked)
}

// requestsOf begins what ids of requests are made from. No sandbox has such a name, so that no resource has one.
const requestsOf = "request "

// seededID is the nth id of a sandbox, in the form of a UUID of version 1, which the documented ids are.
func seededID(seed uint64, sandbox string, n uint64) string {
	text := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, seed), n)
	sum := sha256.Sum256(append(text, sandbox...))
	id := uuid.UUID(sum[:16])
	id[6], id[8], id[10] = id[6]&0x0f|0x10, id[8]&0x3f|0x80, id[10]|1
	return id.String()
}
