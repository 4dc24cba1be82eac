package changelog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/derive"
)

// catalogued is the rows of a code in the catalogues of both editions.
type catalogued struct{ old, new []*derive.Code }

// codes compares the error catalogues. In the terms of oasdiff, which codes there are is no promise to clients, as it
// is not which statuses of failures there are; but clients tell failures apart by the status of a code that they know.
func (c *comparison) codes() {
	before, after := c.old.set.Codes(), c.new.set.Codes()
	if len(before) == 0 || len(after) == 0 {
		return
	}
	both := map[string]*catalogued{}
	var order []string
	of := func(code string) *catalogued {
		if both[code] == nil {
			both[code] = &catalogued{}
			order = append(order, code)
		}
		return both[code]
	}
	for _, one := range before {
		of(one.Code).old = append(of(one.Code).old, one)
	}
	for _, one := range after {
		of(one.Code).new = append(of(one.Code).new, one)
	}
	for _, code := range order {
		c.code(code, both[code])
	}
}

func (c *comparison) code(code string, k *catalogued) {
	old, newer := c.old.coded(k.old), c.new.coded(k.new)
	tell := func(rule string, level Level, text string) {
		c.add(Change{Rule: rule, Level: level, Text: text, Old: old, New: newer})
	}
	switch {
	case len(k.old) == 0:
		tell("code-added", Info, "the code "+code+" is new")
		return
	case len(k.new) == 0:
		tell("code-removed", Info, "the code "+code+" is no longer in the catalogue")
		return
	}
	c.log.Compared.Codes++
	for _, what := range []struct {
		name  string
		level Level
		of    func(*derive.Code) string
	}{{"status", Warning, statusOf}, {"message", Info, messageOf}} {
		switch a, b := distinct(k.old, what.of), distinct(k.new, what.of); {
		case a == b:
		case a == "":
			tell("code-"+what.name+"-stated", Info, fmt.Sprintf("the code %s got a %s: %s", code, what.name, b))
		case b == "":
			tell("code-"+what.name+"-unstated", Info, fmt.Sprintf("the code %s no longer has a %s; it was %s", code, what.name, a))
		default:
			tell("code-"+what.name+"-changed", what.level, fmt.Sprintf("the %s of the code %s changed from %s to %s", what.name, code, a, b))
		}
	}
}

// coded is where a catalogue has a code; without it, the tables where it has its codes.
func (s *side) coded(codes []*derive.Code) Side {
	var places []derive.Place
	for _, one := range codes {
		places = append(places, one.Places...)
	}
	if len(codes) > 0 {
		return s.places(true, places)
	}
	for _, one := range s.set.Codes() {
		for _, at := range one.Places {
			at.Row, at.Index = "", 0
			places = append(places, at)
		}
	}
	return s.places(false, places)
}

func statusOf(c *derive.Code) string {
	if c.Status == 0 {
		return ""
	}
	return strconv.Itoa(c.Status)
}

func messageOf(c *derive.Code) string {
	if c.Message == "" {
		return ""
	}
	return quoted(c.Message)
}

// distinct joins what the rows of a code say, each once and sorted, since catalogues repeat themselves; "" when none
// of them says anything.
func distinct(codes []*derive.Code, of func(*derive.Code) string) string {
	var out []string
	for _, c := range codes {
		if text := of(c); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " and ")
}
