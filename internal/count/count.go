// Package count words numbers of things.
package count

import "fmt"

// Of is a number of things that are called so, as in 1 request and 2 requests. The plural of the noun is made with
// an s.
func Of(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
