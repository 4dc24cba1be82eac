package changelog

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/derive"
)

// side is one edition: its draft for oasdiff, where each statement of the draft stands, and its rows.
type side struct {
	name     string
	set      *derive.Set
	coverage derive.Coverage
	spec     *openapi3.T           // nil without operations
	ops      map[string]*operation // by method and nameless path
	order    []string
	files    map[[2]string]string // of pages, by edition and name
}

func readSide(name string, set *derive.Set) (*side, error) {
	s := &side{name: name, set: set, ops: map[string]*operation{}, files: map[[2]string]string{}}
	for _, p := range set.Pages {
		s.files[[2]string{p.Edition, p.Name}] = p.File
	}
	draft, err := set.Draft("")
	if errors.Is(err, derive.ErrNothing) {
		s.coverage = set.Coverage()
		return s, nil // there may be codes
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.coverage = draft.Coverage
	// What one table no longer says, another one of the same structure must not make up for.
	if draft, err = set.DraftApart(""); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	if s.spec, err = loader.LoadFromData(draft.Document); err != nil {
		return nil, fmt.Errorf("%s: the draft cannot be compared: %w", name, err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(draft.Document, &root); err != nil {
		return nil, fmt.Errorf("%s: the draft cannot be compared: %w", name, err)
	}
	return s, s.walk(&root)
}

// describedBy are the pages that describe an operation.
func (s *side) describedBy(key string) []*derive.Operation {
	var out []*derive.Operation
	for _, p := range s.set.Pages {
		for _, op := range p.Operations {
			if operationKey(op.Method, op.Path) == key {
				out = append(out, op)
			}
		}
	}
	return out
}

var hole = regexp.MustCompile(`\{[^{}]*\}`)

// operationKey is what makes an operation the same in two editions. The names of path parameters do not count.
func operationKey(method, path string) string {
	return strings.ToUpper(method) + " " + hole.ReplaceAllString(path, "{}")
}

// at is the side of a change that rows state.
func (s *side) at(rows ...*derive.Row) Side {
	var places []derive.Place
	for _, r := range rows {
		places = append(places, r.Place)
	}
	return s.places(true, places)
}

// tables is the side of a change that the tables of some rows do not state.
func (s *side) tables(rows []*derive.Row) Side {
	var places []derive.Place
	for _, r := range rows {
		places = append(places, r.Table.Place)
	}
	return s.places(false, places)
}

// places is a side with the first of some places, each once.
func (s *side) places(stated bool, all []derive.Place) Side {
	out, seen := Side{Stated: stated && len(all) > 0, Places: []Place{}}, map[derive.Place]bool{}
	for _, p := range all {
		if !seen[p] && len(out.Places) < maxPlaces {
			seen[p] = true
			out.Places = append(out.Places, s.spotted(p))
		}
	}
	return out
}

// spotted words a place that the reader of pages knows.
func (s *side) spotted(p derive.Place) Place {
	return Place{clean(p.String()), s.files[[2]string{p.Edition, p.Page}], p.Line}
}

func quoted(text string) string { return strconv.Quote(text) }
