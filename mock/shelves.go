package mock

import "github.com/tidwall/btree"

// open makes a shelf ready for its first record. The first shelf is that of everything too; the second makes that
// one of its own, by a copy that shares what it has with the first until either changes.
func (x *index) open(s *shelf) {
	x.opened(s)
	switch x.filled++; x.filled {
	case 1:
		x.all = s
	case 2:
		x.all = x.all.shared()
	}
}

// close forgets a shelf without records. Where one is left, it is that of everything.
func (x *index) close(s *shelf) {
	x.closed(s)
	delete(x.shelves, s.name)
	switch x.filled--; x.filled {
	case 0:
		x.all = newShelf("", nil)
	case 1:
		for _, other := range x.shelves {
			if other.records > 0 {
				x.all = other
			}
		}
	}
}

// shared is a shelf with the same records. It costs no more than its trees are many.
func (s *shelf) shared() *shelf {
	out := &shelf{records: s.records, trees: make(map[treeKey]*btree.BTreeG[*record], len(s.trees))}
	for key, tree := range s.trees {
		out.trees[key] = tree.Copy()
	}
	return out
}
