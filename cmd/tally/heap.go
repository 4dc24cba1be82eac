package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A mock, and a run of checks, hold little that lives long, and make much that does not: at Go's own pace the collector would run many
// times a second over a heap of a few megabytes. So it first runs at leastHeap, and at a part more than what lives
// when that is more, so that a large state takes little more memory than it must. Many connections live too, and are
// no reason to run for every few megabytes that requests make. Under a load that would have it run every few seconds,
// which the slowest answers show, it first runs at busyHeap, as long as little lives; of a large state, which takes long
// to look through, the part is larger then.
const (
	leastHeap = 192 << 20
	busyHeap  = 320 << 20
	little    = 64 << 20
	rarely    = 30 * time.Second
	roomPart  = 4        // a quarter of what lives
	busyPart  = 2        // a half under load
	leastRoom = 72 << 20 // but so much at least

	// mostPercent makes the very first collection, which runs at 4 MB for every 100 percent, one at leastHeap.
	mostPercent = leastHeap / (4 << 20) * 100
)

// paceHeap lets the collector run at that pace from now on. Whoever sets GOGC or GOMEMLIMIT has the word.
func paceHeap() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	setPace(rarely)
	watchHeap(time.Now())
}

// watchHeap sets the pace anew after every collection: the one that finds the mark unused ends it. The last one was at
// a moment.
func watchHeap(last time.Time) {
	mark := new(*int)
	runtime.SetFinalizer(mark, func(**int) {
		now := time.Now()
		setPace(now.Sub(last))
		watchHeap(now)
	})
}

func setPace(since time.Duration) { debug.SetGCPercent(paceAt(liveHeap(), since)) }

// paceAt is the percentage at which the collector runs next when so many bytes live, and it ran last so long before.
func paceAt(live uint64, since time.Duration) int {
	least, part := uint64(leastHeap), uint64(roomPart)
	if since < rarely {
		part = busyPart
		if live < little {
			least = busyHeap
		}
	}
	goal := max(least, live+max(live/part, leastRoom))
	return int(min((goal-live)*100/max(live, 1), mostPercent))
}

// liveHeap is what the last collection found alive, in bytes.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	if metrics.Read(sample); sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
