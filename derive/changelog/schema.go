package changelog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// failures is the answer that a draft makes of examples of failures, those of all operations. What each of these shows
// is compared as an example.
const failures = "default"

// drafted are the rules about what drafts choose themselves: pages name neither operations nor versions.
var drafted = []string{"api-operation-id-", "api-version-"}

// schemas has oasdiff compare the documents, and finds out where on the pages each of its changes stands.
func (c *comparison) schemas() error {
	if c.old.spec == nil || c.new.spec == nil {
		return nil
	}
	report, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(),
		&load.SpecInfo{Url: c.old.name, Spec: c.old.spec}, &load.SpecInfo{Url: c.new.name, Spec: c.new.spec})
	if err != nil {
		return fmt.Errorf("the editions cannot be compared: %w", err)
	}
	for _, p := range c.pairs() {
		for _, at := range p.new.order {
			if p.old.spots[at] != nil {
				c.log.Compared.Statements++
			}
		}
	}
	words := checker.NewDefaultLocalizer()
	for _, ch := range checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(checker.GetAllChecks()), report, sources, checker.INFO) {
		if ch.GetSection() == "paths" && !slices.ContainsFunc(drafted, func(p string) bool { return strings.HasPrefix(ch.GetId(), p) }) {
			c.schema(ch, words)
		}
	}
	return nil
}

// levels are those of oasdiff, in our words.
var levels = map[checker.Level]Level{checker.ERR: Error, checker.WARN: Warning, checker.INFO: Info}

func (c *comparison) schema(ch checker.Change, words checker.Localizer) {
	key := operationKey(ch.GetOperation(), ch.GetPath())
	at, named := c.spotOf(ch, key)
	if at.in == failures {
		return
	}
	text := ch.GetUncolorizedText(words)
	if !named && at.path != "" {
		text += " (at " + at.path + ")"
	}
	plain := c.plain(key, at)
	c.add(Change{
		Rule: ch.GetId(), Level: levels[ch.GetLevel()], Method: ch.GetOperation(), Path: ch.GetPath(), Text: text, Comment: ch.GetComment(words),
		Old: c.old.cite(key, at, plain), New: c.new.cite(key, at, plain), spot: at,
	})
}

// spotOf finds the spot of a change: what it speaks of is known by its rule, and the name is among its arguments, as
// some rules have it without the members above it. What an argument leaves open, such as a value that is the name of
// something else too, the line of the document decides. Named tells whether the change has the whole name.
func (c *comparison) spotOf(ch checker.Change, key string) (best spot, named bool) {
	args := map[string]bool{}
	for _, a := range ch.GetArgs() {
		args[strings.Trim(fmt.Sprint(a), "/")] = true
	}
	lines := []int{lineOf(ch.GetBaseSource()), lineOf(ch.GetRevisionSource())}
	score := 0
	for i, op := range []*operation{c.old.ops[key], c.new.ops[key]} {
		if op == nil {
			continue
		}
		for _, at := range op.order {
			s := fit(at, ch.GetId(), args)
			if s > 0 && at.path != "" && op.spots[at].holds(lines[i]) {
				s += fitLine
			}
			if s > score || s == score && s > 0 && len(at.path) > len(best.path) {
				best, score = at, s
			}
		}
	}
	return best, score >= fitName
}

// plain is a spot as rows have it.
func (c *comparison) plain(key string, at spot) spot {
	for _, op := range []*operation{c.new.ops[key], c.old.ops[key]} {
		if op != nil && op.spots[at] != nil {
			return op.spots[at].plain
		}
	}
	return at
}

func lineOf(s *checker.Source) int {
	if s == nil {
		return 0
	}
	return s.Line
}

// How well a spot fits what a rule speaks of. The line of the document adds to it for members: a body is better than
// a member of which only the last name fits, unless the line is that of the member.
const (
	fitNot       = 0
	fitOperation = 1
	fitLeaf      = 4
	fitBody      = 5
	fitLine      = 2
	fitName      = 8
)

func fit(at spot, rule string, args map[string]bool) int {
	parameter := slices.Contains([]string{"path", "query", "header"}, at.in)
	status, header := strings.CutSuffix(at.in, headerMark)
	switch {
	case at == (spot{}):
		return fitOperation
	case strings.Contains(rule, "response"):
		if parameter || at.in == "request" || !args[status] || header != strings.Contains(rule, "header") {
			return fitNot
		}
	case strings.Contains(rule, "parameter"):
		if !parameter || !args[at.in] && !strings.Contains(rule, at.in+"-parameter") {
			return fitNot
		}
	case !strings.Contains(rule, "request") || at.in != "request":
		return fitNot
	}
	switch {
	case at.path == "":
		return fitBody
	case args[at.path]:
		return fitName
	case args[at.path[strings.LastIndexByte(at.path, '/')+1:]]:
		return fitLeaf
	}
	return fitNot
}
