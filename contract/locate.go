package contract

// Locate is where the value under a JSON pointer stands in the document; the nearest value above it when the
// document has none there.
func (c *Contract) Locate(pointer string) Position {
	at, _ := c.doc.at(pointer)
	return at.position()
}
