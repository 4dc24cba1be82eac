package openapi

import (
	"regexp/syntax"
	"strings"
	"unicode"
)

// maxText bounds what is made for a pattern.
const maxText = 1 << 16

// maxWrites bounds the steps of that: what is repeated may write nothing.
const maxWrites = 1 << 17

// matching is a text that a regular expression matches, another one at each turn where it leaves room. What
// may be repeated is repeated that often beyond what it must. False when it is no expression of Go's, or wants
// too long a text. Assertions inside of it may fail: the schema tells.
func matching(pattern string, repeats, turn int) (string, bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	w := &writer{repeats: repeats, turn: turn, steps: maxWrites}
	w.write(re)
	return w.String(), w.Len() < maxText && w.steps > 0
}

type writer struct {
	strings.Builder
	repeats, turn int
	steps         int // that are left
}

func (w *writer) write(re *syntax.Regexp) {
	if w.steps--; w.Len() >= maxText || w.steps <= 0 {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		w.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		w.WriteRune(w.pick(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.WriteRune(w.pick([]rune{'a', 'z'}))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			w.write(sub)
		}
	case syntax.OpAlternate:
		w.write(re.Sub[w.turn%len(re.Sub)])
	case syntax.OpQuest:
		w.times(re.Sub[0], 0, 1)
	case syntax.OpStar:
		w.times(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		w.times(re.Sub[0], 1, -1)
	case syntax.OpRepeat:
		w.times(re.Sub[0], re.Min, re.Max)
	}
}

func (w *writer) times(re *syntax.Regexp, least, most int) {
	n := least + w.repeats
	if most >= 0 {
		n = min(n, most)
	}
	for range n {
		if w.steps <= 0 || w.Len() >= maxText {
			return
		}
		w.write(re)
	}
}

// pick is a rune of a class, given as pairs of bounds: a letter or a digit where there is one.
func (w *writer) pick(class []rune) rune {
	if len(class) == 0 {
		return unicode.ReplacementChar
	}
	for _, wanted := range []string{"abcdefghijklmnopqrstuvwxyz", "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "-_./ "} {
		var found []rune
		for _, r := range wanted {
			if inClass(class, r) {
				found = append(found, r)
			}
		}
		if len(found) > 0 {
			return found[w.turn%len(found)]
		}
	}
	return class[0]
}

func inClass(class []rune, r rune) bool {
	for i := 0; i+1 < len(class); i += 2 {
		if class[i] <= r && r <= class[i+1] {
			return true
		}
	}
	return false
}
