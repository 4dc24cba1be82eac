package derive

import "os"

// Holds tells whether a file is one of the pages of the set, under whatever name.
func (s *Set) Holds(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	same := func(file string) bool {
		other, err := os.Stat(file)
		return err == nil && os.SameFile(info, other)
	}
	for _, p := range s.Pages {
		if same(p.File) {
			return true
		}
	}
	for _, p := range s.Skipped {
		if same(p.File) {
			return true
		}
	}
	return false
}
