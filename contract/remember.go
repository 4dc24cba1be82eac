package contract

import "slices"

// remembered is the answer to a question that takes long, and that is always answered alike: it is worked out
// once. The questions are comparable, and whoever asks may change what it gets.
func remembered[T any](c *Contract, question any, answer func() []T) []T {
	known, ok := c.asked.Load(question)
	if !ok {
		known, _ = c.asked.LoadOrStore(question, answer())
	}
	list, _ := known.([]T)
	return slices.Clone(list)
}
