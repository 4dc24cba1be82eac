package contract

import (
	"regexp"
	"strings"
)

// Segment is one segment of a path template that has more in it than a literal or one whole {name}: {region}:{id},
// or {id}.json. It is safe for concurrent use.
type Segment struct {
	Names   []string // of its parameters, in their order
	pattern *regexp.Regexp
}

var segmentHole = regexp.MustCompile(`\{([^{}]+)\}`)

// MixedSegment reads such a segment; nil for a literal, for one whole {name}, and for parameters with nothing
// between them, which nobody can tell apart.
func MixedSegment(text string) *Segment {
	marks := segmentHole.FindAllStringSubmatchIndex(text, -1)
	if len(marks) == 0 || marks[0][0] == 0 && marks[0][1] == len(text) {
		return nil
	}
	s, at, form := &Segment{}, 0, strings.Builder{}
	for i, m := range marks {
		if i > 0 && m[0] == at {
			return nil
		}
		form.WriteString(regexp.QuoteMeta(text[at:m[0]]) + "(.+?)")
		s.Names, at = append(s.Names, text[m[2]:m[3]]), m[1]
	}
	if strings.ContainsAny(segmentHole.ReplaceAllString(text, ""), "{}") {
		return nil
	}
	var err error
	if s.pattern, err = regexp.Compile("^(?s:" + form.String() + regexp.QuoteMeta(text[at:]) + ")$"); err != nil {
		return nil // no UTF-8
	}
	return s
}

// Values are the values of the parameters in a segment of a request, in the order of Names; false when the segment
// does not fit.
func (s *Segment) Values(segment string) ([]string, bool) {
	m := s.pattern.FindStringSubmatch(segment)
	if m == nil {
		return nil, false
	}
	return m[1:], true
}
