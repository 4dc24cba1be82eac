package cell

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: there are many, and most commands read no
// cells. It is safe for concurrent use.
type pattern func() *regexp.Regexp

// patterns are all of them. One that does not compile panics when it is used, so a test compiles all.
var patterns []pattern

func lazily(text string) pattern {
	p := pattern(sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) }))
	patterns = append(patterns, p)
	return p
}

// The methods are those of a regexp.Regexp.

func (p pattern) MatchString(s string) bool              { return p().MatchString(s) }
func (p pattern) FindString(s string) string             { return p().FindString(s) }
func (p pattern) FindStringIndex(s string) []int         { return p().FindStringIndex(s) }
func (p pattern) FindStringSubmatch(s string) []string   { return p().FindStringSubmatch(s) }
func (p pattern) FindStringSubmatchIndex(s string) []int { return p().FindStringSubmatchIndex(s) }
func (p pattern) FindAllString(s string, n int) []string { return p().FindAllString(s, n) }
func (p pattern) FindAllStringIndex(s string, n int) [][]int {
	return p().FindAllStringIndex(s, n)
}
func (p pattern) FindAllStringSubmatch(s string, n int) [][]string {
	return p().FindAllStringSubmatch(s, n)
}
func (p pattern) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return p().FindAllStringSubmatchIndex(s, n)
}
func (p pattern) ReplaceAllStringFunc(s string, repl func(string) string) string {
	return p().ReplaceAllStringFunc(s, repl)
}
