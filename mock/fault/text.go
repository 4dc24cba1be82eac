package fault

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Form is the grammar in short, for messages and helps.
const Form = "OPERATION:NAME[=VALUE]…"

// items are the names that may stand after the operation, in the order in which String writes them. Those that
// end with a dot go on with a name of the request's.
var items = []struct {
	name string
	set  func(f *Fault, name, value string) error
	get  func(f Fault) []string // all that stands after the name; "=" begins a value
}{
	{"method", text(func(f *Fault) *string { return &f.Method }), one(func(f Fault) string { return f.Method })},
	{"path", text(func(f *Fault) *string { return &f.Path }), one(func(f Fault) string { return f.Path })},
	{"tenant", text(func(f *Fault) *string { return &f.Tenant }), one(func(f Fault) string { return f.Tenant })},
	{"resource", text(func(f *Fault) *string { return &f.Resource }), one(func(f Fault) string { return f.Resource })},
	{"query.", member(func(f *Fault) *map[string]string { return &f.Query }), members(func(f Fault) map[string]string { return f.Query })},
	{"header.", member(func(f *Fault) *map[string]string { return &f.Header }), members(func(f Fault) map[string]string { return f.Header })},
	{"body.", member(func(f *Fault) *map[string]string { return &f.Body }), members(func(f Fault) map[string]string { return f.Body })},
	{"skip", number(func(f *Fault) *int { return &f.Skip }), count(func(f Fault) int { return f.Skip })},
	{"every", number(func(f *Fault) *int { return &f.Every }), count(func(f Fault) int { return f.Every })},
	{"first", number(func(f *Fault) *int { return &f.First }), count(func(f Fault) int { return f.First })},
	{"probability", setProbability, getProbability},
	{Before, when, is(func(f Fault) bool { return f.When == Before })},
	{After, when, is(func(f Fault) bool { return f.When == After })},
	{"latency", text(func(f *Fault) *string { return &f.Latency }), one(func(f Fault) string { return f.Latency })},
	{"status", number(func(f *Fault) *int { return &f.Status }), count(func(f Fault) int { return f.Status })},
	{"code", text(func(f *Fault) *string { return &f.Code }), one(func(f Fault) string { return f.Code })},
	{"arg", addArg, getArgs},
	{"drop", setDrop, one(func(f Fault) string { return f.Drop })},
	{"truncate", setTruncate, getTruncate},
	{"malformed", flag(func(f *Fault) *bool { return &f.Malformed }), is(func(f Fault) bool { return f.Malformed })},
	{"rate", number(func(f *Fault) *int { return &f.Rate }), count(func(f Fault) int { return f.Rate })},
	{"force", flag(func(f *Fault) *bool { return &f.Force }), is(func(f Fault) bool { return f.Force })},
}

// Parse reads a fault: an operationId, or * for all, then items between colons. An item is a name, or a name
// with = and a value; query., header. and body. go on with the name of a parameter, of a header, and with the
// JSON pointer of a member. A backslash takes the meaning of the byte after it away. A name stands once, apart
// from arg. A fault that does not fit together is an error, as Check gives it.
func Parse(spec string) (Fault, error) {
	parts, err := split(spec)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", spec, err)
	}
	f := Fault{Operation: parts[0].name}
	if parts[0].hasValue {
		return Fault{}, fmt.Errorf("fault %q: want %s", spec, Form)
	}
	seen := map[string]bool{}
	for _, p := range parts[1:] {
		if seen[p.name] && p.name != "arg" {
			return Fault{}, fmt.Errorf("fault %q: %s stands here twice", spec, p.name)
		}
		seen[p.name] = true
		if err := f.take(p); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", spec, err)
		}
	}
	if err := f.Check(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", spec, err)
	}
	return f, nil
}

// String writes the fault as Parse reads it.
func (f Fault) String() string {
	out := []string{escape(f.Operation)}
	for _, it := range items {
		for _, rest := range it.get(f) {
			out = append(out, it.name+rest)
		}
	}
	return strings.Join(out, ":")
}

// part is one item without its backslashes.
type part struct {
	name, value string
	hasValue    bool
}

// split takes a text apart at its colons, and the items at their first =.
func split(spec string) ([]part, error) {
	if len(spec) > 2*maxText {
		return nil, fmt.Errorf("%d bytes: want at most %d", len(spec), 2*maxText)
	}
	var out []part
	var now part
	var b strings.Builder
	end := func() {
		if now.hasValue {
			now.value = b.String()
		} else {
			now.name = b.String()
		}
		b.Reset()
	}
	for i := 0; i < len(spec); i++ {
		switch c := spec[i]; {
		case c == '\\' && i+1 == len(spec):
			return nil, errors.New(`a backslash at the end: want a byte after it, or \\`)
		case c == '\\':
			i++
			b.WriteByte(spec[i])
		case c == '=' && !now.hasValue:
			end()
			now.hasValue = true
		case c == ':':
			end()
			out = append(out, now)
			now = part{}
		default:
			b.WriteByte(c)
		}
	}
	end()
	return append(out, now), nil
}

// escape puts a backslash before what means something.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `:`, `\:`, `=`, `\=`).Replace(s)
}

// take does what one item says.
func (f *Fault) take(p part) error {
	var known []string
	for _, it := range items {
		open := strings.HasSuffix(it.name, ".")
		if open && strings.HasPrefix(p.name, it.name) && p.hasValue {
			return it.set(f, p.name[len(it.name):], p.value)
		}
		if p.name == it.name && !open {
			isFlag := slices.Contains([]string{Before, After, "malformed", "force"}, it.name)
			if isFlag == p.hasValue && it.name != "drop" {
				return fmt.Errorf("%s: want %s", it.name, map[bool]string{true: "it without a value", false: it.name + "=VALUE"}[isFlag])
			}
			return it.set(f, p.name, p.value)
		}
		if known = append(known, it.name); open {
			known[len(known)-1] += "NAME=VALUE"
		}
	}
	return fmt.Errorf("%q means nothing: want one of %s", p.name, strings.Join(known, ", "))
}

func text(at func(*Fault) *string) func(*Fault, string, string) error {
	return func(f *Fault, name, value string) error {
		if value == "" {
			return fmt.Errorf("%s: the value is missing", name)
		}
		*at(f) = value
		return nil
	}
}

func one(of func(Fault) string) func(Fault) []string {
	return func(f Fault) []string {
		if of(f) == "" {
			return nil
		}
		return []string{"=" + escape(of(f))}
	}
}

func number(at func(*Fault) *int) func(*Fault, string, string) error {
	return func(f *Fault, name, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > maxCount {
			return fmt.Errorf("%s %q: want a number from 1 to %d", name, value, maxCount)
		}
		*at(f) = n
		return nil
	}
}

func count(of func(Fault) int) func(Fault) []string {
	return func(f Fault) []string {
		if of(f) == 0 {
			return nil
		}
		return []string{"=" + strconv.Itoa(of(f))}
	}
}

func flag(at func(*Fault) *bool) func(*Fault, string, string) error {
	return func(f *Fault, _, _ string) error { *at(f) = true; return nil }
}

func is(of func(Fault) bool) func(Fault) []string {
	return func(f Fault) []string {
		if of(f) {
			return []string{""}
		}
		return nil
	}
}

func member(at func(*Fault) *map[string]string) func(*Fault, string, string) error {
	return func(f *Fault, name, value string) error {
		m := at(f)
		if *m == nil {
			*m = map[string]string{}
		}
		(*m)[name] = value
		return nil
	}
}

func members(of func(Fault) map[string]string) func(Fault) []string {
	return func(f Fault) []string {
		var out []string
		for _, name := range slices.Sorted(maps.Keys(of(f))) {
			out = append(out, escape(name)+"="+escape(of(f)[name]))
		}
		return out
	}
}

func when(f *Fault, name, _ string) error {
	if f.When != "" {
		return errors.New("before and after: want one of them")
	}
	f.When = name
	return nil
}

func setProbability(f *Fault, _, value string) error {
	p, err := strconv.ParseFloat(value, 64)
	if err != nil || !(p > 0) || p > 1 {
		return fmt.Errorf("probability %q: want a number above 0, at most 1", value)
	}
	f.Probability = p
	return nil
}

func getProbability(f Fault) []string {
	if f.Probability == 0 {
		return nil
	}
	return []string{"=" + strconv.FormatFloat(f.Probability, 'g', -1, 64)}
}

func addArg(f *Fault, _, value string) error { f.Args = append(f.Args, value); return nil }

func getArgs(f Fault) []string {
	var out []string
	for _, a := range f.Args {
		out = append(out, "="+escape(a))
	}
	return out
}

func setDrop(f *Fault, _, value string) error {
	f.Drop = cmp.Or(value, DropConnection)
	return nil
}

func setTruncate(f *Fault, _, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxCount {
		return fmt.Errorf("truncate %q: want a number of bytes from 0 to %d", value, maxCount)
	}
	f.Truncate = &n
	return nil
}

func getTruncate(f Fault) []string {
	if f.Truncate == nil {
		return nil
	}
	return []string{"=" + strconv.Itoa(*f.Truncate)}
}
