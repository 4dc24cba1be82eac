// Package poll gives connections a poller that is a goroutine as others are, in place of the Go runtime's.
//
// On one processor the runtime looks at the network when there is nothing else to do, and else every 10 ms. After a
// collection its sweeper always has something to do: it goes to the end of the queue of what runs, and is found there
// before the network is looked at (golang/go#56060). So whatever comes in meanwhile waits, 10 ms at a time, in each
// collection. A goroutine that waits for the network in a system call stands in that same queue, and has its turn.
package poll

import (
	"net"
	"runtime"
)

// Listen gives a listener whose connections have a poller of their own where that is better: on one processor, as
// GOMAXPROCS tells now. Elsewhere, and on a system other than Linux, it gives the listener itself.
func Listen(l net.Listener) (net.Listener, error) {
	if runtime.GOMAXPROCS(0) > 1 {
		return l, nil
	}
	return own(l)
}
