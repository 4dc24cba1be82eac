package changelog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/page"
)

// maxPointers bounds the members that one change of an example names.
const maxPointers = 5

// examples compares examples of the same part, in their order. They promise nothing, so that no change breaks
// clients.
func (c *comparison) examples(p pair) {
	for _, part := range []page.Part{page.RequestPart, page.SuccessPart, page.FailurePart} {
		before, after := examplesOf(p.old.described, part), examplesOf(p.new.described, part)
		for i := range max(len(before), len(after)) {
			name := fmt.Sprintf("example %d of the %s", i+1, part)
			switch {
			case i >= len(before):
				c.tell(p, "example-added", Info, name+" is new", c.old.operations(p.old.described).lacking(), c.new.shown(after[i]))
			case i >= len(after):
				c.tell(p, "example-removed", Info, name+" is gone", c.old.shown(before[i]), c.new.operations(p.new.described).lacking())
			default:
				c.log.Compared.Examples++
				if text := differences(before[i].Payload, after[i].Payload); text != "" {
					c.tell(p, "example-changed", Info, name+" differs: "+text, c.old.shown(before[i]), c.new.shown(after[i]))
				}
			}
		}
	}
}

// lacking is a side whose places do not state what the other one does.
func (s Side) lacking() Side {
	s.Stated = false
	return s
}

func (s *side) shown(e *page.Example) Side { return Side{true, []Place{s.spotted(e.Place)}} }

// examplesOf are the examples with a payload, those of all descriptions of an operation.
func examplesOf(ops []*derive.Operation, part page.Part) []*page.Example {
	var out []*page.Example
	for _, op := range ops {
		for _, e := range op.Examples {
			if e.Part == part && e.Payload != nil {
				out = append(out, e)
			}
		}
	}
	return out
}

// differences names the members in which two payloads differ, without their values, which may be secrets.
func differences(a, b []byte) string {
	before, after := leaves(a), leaves(b)
	var gone, added, changed []string
	for _, at := range slices.Sorted(maps.Keys(before)) {
		if value, ok := after[at]; !ok {
			gone = append(gone, at)
		} else if value != before[at] {
			changed = append(changed, at)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[at]; !ok {
			added = append(added, at)
		}
	}
	var parts []string
	for _, one := range []struct {
		word string
		at   []string
	}{{"added", added}, {"removed", gone}, {"other values at", changed}} {
		if len(one.at) > 0 {
			parts = append(parts, one.word+" "+few(one.at))
		}
	}
	return strings.Join(parts, "; ")
}

func few(all []string) string {
	if len(all) <= maxPointers {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:maxPointers], ", "), len(all)-maxPointers)
}

// leaves are the values of a payload by pointer. An empty object or list is a value.
func leaves(payload []byte) map[string]string {
	out := map[string]string{}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	var v any
	if d.Decode(&v) == nil {
		gather(out, "", v)
	}
	return out
}

func gather(out map[string]string, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			gather(out, at+"/"+name, member)
		}
		if len(v) > 0 {
			return
		}
	case []any:
		for i, item := range v {
			gather(out, at+"/"+strconv.Itoa(i), item)
		}
		if len(v) > 0 {
			return
		}
	}
	out[at] = fmt.Sprintf("%T %v", v, v)
}
