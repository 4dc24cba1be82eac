package contract

import (
	"encoding/json"
	"math/big"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// verdict is what a glance at a value gives. Only a thorough check can tell why a value is refused.
type verdict int8

const (
	unsure verdict = iota
	yes
	no
)

// glance is a schema that can be checked without a word: it says yes or no only where the thorough check would
// say the same, and unsure where it does not know the keyword or the kind of number. The nil glance is unsure.
type glance struct {
	always          verdict // of a boolean schema
	blind           bool    // it has something that only the thorough check knows
	kinds           kinds
	constant        []any
	enum            []any
	texts           map[string]bool // of an enum of nothing but strings
	format          func(any) bool
	required        []string
	members         map[string]*glance
	others          *glance // members that the schema does not name; nil for any
	minMembers      int
	maxMembers      int
	items           *glance
	minItems        int
	maxItems        int
	minLength       int
	maxLength       int
	matches         func(string) bool
	least           *int64
	most            *int64
	all             []*glance // all must say yes, a $ref among them
	any             []*glance
	one             []*glance
	not             *glance
	condition       *glance
	then, otherwise *glance
}

// kinds are JSON types as bits; 0 is any.
type kinds uint8

const (
	isNull kinds = 1 << iota
	isBoolean
	isNumber
	isInteger
	isString
	isArray
	isTheObject
)

var kindNames = map[string]kinds{"null": isNull, "boolean": isBoolean, "number": isNumber | isInteger, "integer": isInteger,
	"string": isString, "array": isArray, "object": isTheObject}

// newGlance reads a compiled schema.
func newGlance(s *jsonschema.Schema) *glance { return glancer{}.read(s) }

// glancer remembers what it has read, so that a schema may contain itself. One that meets itself before it has
// come to a member or an item would never end; such a schema does not compile.
type glancer map[*jsonschema.Schema]*glance

func (k glancer) read(s *jsonschema.Schema) *glance {
	if s == nil {
		return nil
	}
	if known := k[s]; known != nil {
		return known
	}
	g := &glance{minMembers: s.MinProperties, maxMembers: s.MaxProperties, minItems: s.MinItems, maxItems: s.MaxItems,
		minLength: s.MinLength, maxLength: s.MaxLength, required: s.Required, constant: s.Constant, enum: s.Enum}
	k[s] = g
	if s.Always != nil {
		if g.always = no; *s.Always {
			g.always = yes
		}
		return g
	}
	for _, t := range s.Types {
		g.kinds |= kindNames[t]
	}
	g.blind = s.RecursiveRef != nil || s.DynamicRef != nil || s.PropertyNames != nil || s.RegexProperties || len(s.PatternProperties) > 0 ||
		len(s.Dependencies) > 0 || len(s.DependentRequired) > 0 || len(s.DependentSchemas) > 0 || s.UnevaluatedProperties != nil ||
		s.UniqueItems || s.Items != nil || s.AdditionalItems != nil || len(s.PrefixItems) > 0 || s.Contains != nil || s.UnevaluatedItems != nil ||
		s.ContentEncoding != "" || s.ContentMediaType != "" || s.ContentSchema != nil || s.MultipleOf != nil ||
		s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil || len(s.Extensions) > 0
	g.format = jsonschema.Formats[s.Format]
	g.texts = textsOf(s.Enum)
	g.matches = matcher(s.Pattern)
	g.least, g.most = g.bound(s.Minimum), g.bound(s.Maximum)
	k.readParts(g, s)
	return g
}

// readParts reads the schemas within a schema.
func (k glancer) readParts(g *glance, s *jsonschema.Schema) {
	if len(s.Properties) > 0 {
		g.members = make(map[string]*glance, len(s.Properties))
		for name, member := range s.Properties {
			g.members[name] = k.read(member)
		}
	}
	switch others := s.AdditionalProperties.(type) {
	case bool:
		if !others {
			g.others = &glance{always: no}
		}
	case *jsonschema.Schema:
		g.others = k.read(others)
	}
	g.items, g.not, g.condition = k.read(s.Items2020), k.read(s.Not), k.read(s.If)
	g.then, g.otherwise = k.read(s.Then), k.read(s.Else)
	for _, part := range s.AllOf {
		g.all = append(g.all, k.read(part))
	}
	if s.Ref != nil {
		g.all = append(g.all, k.read(s.Ref))
	}
	for _, part := range s.AnyOf {
		g.any = append(g.any, k.read(part))
	}
	for _, part := range s.OneOf {
		g.one = append(g.one, k.read(part))
	}
}

// bound is a whole number; any other is for the thorough check.
func (g *glance) bound(r *big.Rat) *int64 {
	if r == nil {
		return nil
	}
	if !r.IsInt() || !r.Num().IsInt64() {
		g.blind = true
		return nil
	}
	n := r.Num().Int64()
	return &n
}

func textsOf(enum []any) map[string]bool {
	texts := make(map[string]bool, len(enum))
	for _, v := range enum {
		text, ok := v.(string)
		if !ok {
			return nil
		}
		texts[text] = true
	}
	return texts
}

// check judges a value as encoding/json decodes it with UseNumber. A part that says no decides, whatever the
// others do not know.
func (g *glance) check(v any) verdict {
	switch {
	case g == nil:
		return unsure
	case g.always != unsure:
		return g.always
	}
	sum := yes
	if g.blind {
		sum = unsure
	}
	kind, known := jsonKindOf(v)
	if !known {
		return unsure
	}
	if g.kinds != 0 && g.kinds&kind == 0 {
		return no
	}
	if len(g.constant) > 0 {
		sum = sum.and(same(v, g.constant[0]))
	}
	if len(g.enum) > 0 {
		sum = sum.and(g.listed(v))
	}
	if g.format != nil {
		sum = sum.and(of(g.format(v)))
	}
	if sum == no {
		return no
	}
	switch v := v.(type) {
	case map[string]any:
		sum = sum.and(g.checkObject(v))
	case []any:
		sum = sum.and(g.checkArray(v))
	case string:
		sum = sum.and(g.checkString(v))
	case json.Number:
		sum = sum.and(g.checkNumber(v))
	}
	return g.checkParts(sum, v)
}

func of(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// and is no when either is, and yes when both are.
func (a verdict) and(b verdict) verdict {
	switch {
	case a == no || b == no:
		return no
	case a == yes:
		return b
	}
	return unsure
}

// kindOf is false for what encoding/json does not make, and for a number that may or may not be whole.
func jsonKindOf(v any) (kinds, bool) {
	switch v := v.(type) {
	case nil:
		return isNull, true
	case bool:
		return isBoolean, true
	case string:
		return isString, true
	case []any:
		return isArray, true
	case map[string]any:
		return isTheObject, true
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return isNumber, false
		}
		return isInteger, v != ""
	}
	return 0, false
}

// same compares plain values. Numbers of the same text are the same; others may be.
func same(v, want any) verdict {
	switch v := v.(type) {
	case nil:
		return of(want == nil)
	case bool:
		b, ok := want.(bool)
		return of(ok && b == v)
	case string:
		text, ok := want.(string)
		return of(ok && text == v)
	case json.Number:
		if n, ok := want.(json.Number); ok && n == v {
			return yes
		}
	}
	return unsure
}

func (g *glance) listed(v any) verdict {
	if text, ok := v.(string); ok && g.texts != nil {
		return of(g.texts[text])
	}
	sum := no
	for _, item := range g.enum {
		switch same(v, item) {
		case yes:
			return yes
		case unsure:
			sum = unsure
		}
	}
	return sum
}

func (g *glance) checkObject(v map[string]any) verdict {
	if (g.minMembers != -1 && len(v) < g.minMembers) || (g.maxMembers != -1 && len(v) > g.maxMembers) {
		return no
	}
	for _, name := range g.required {
		if _, present := v[name]; !present {
			return no
		}
	}
	if g.members == nil && g.others == nil {
		return yes
	}
	sum := yes
	for name, value := range v {
		member, named := g.members[name]
		if !named {
			if member = g.others; member == nil {
				continue
			}
		}
		if sum = sum.and(member.check(value)); sum == no {
			return no
		}
	}
	return sum
}

func (g *glance) checkArray(v []any) verdict {
	if (g.minItems != -1 && len(v) < g.minItems) || (g.maxItems != -1 && len(v) > g.maxItems) {
		return no
	}
	if g.items == nil {
		return yes
	}
	sum := yes
	for _, item := range v {
		if sum = sum.and(g.items.check(item)); sum == no {
			return no
		}
	}
	return sum
}

func (g *glance) checkString(v string) verdict {
	if g.minLength != -1 || g.maxLength != -1 {
		length := utf8.RuneCountInString(v)
		if (g.minLength != -1 && length < g.minLength) || (g.maxLength != -1 && length > g.maxLength) {
			return no
		}
	}
	return of(g.matches == nil || g.matches(v))
}

func (g *glance) checkNumber(v json.Number) verdict {
	if g.least == nil && g.most == nil {
		return yes
	}
	n, err := v.Int64()
	if err != nil {
		return unsure
	}
	return of((g.least == nil || n >= *g.least) && (g.most == nil || n <= *g.most))
}

// checkParts judges by the schemas that apply to the same value.
func (g *glance) checkParts(sum verdict, v any) verdict {
	for _, part := range g.all {
		if sum = sum.and(part.check(v)); sum == no {
			return no
		}
	}
	if len(g.any) > 0 {
		best := no
		for _, part := range g.any {
			if found := part.check(v); found == yes {
				best = yes
				break
			} else if found == unsure {
				best = unsure
			}
		}
		sum = sum.and(best)
	}
	if len(g.one) > 0 {
		sum = sum.and(oneOf(g.one, v))
	}
	if g.not != nil {
		switch g.not.check(v) {
		case yes:
			return no
		case unsure:
			sum = sum.and(unsure)
		}
	}
	if g.condition == nil {
		return sum
	}
	switch g.condition.check(v) {
	case yes:
		return sum.and(g.then.orYes(v))
	case no:
		return sum.and(g.otherwise.orYes(v))
	}
	if g.then.orYes(v) == yes && g.otherwise.orYes(v) == yes {
		return sum
	}
	return sum.and(unsure)
}

// orYes is check, where a schema that is absent allows everything.
func (g *glance) orYes(v any) verdict {
	if g == nil {
		return yes
	}
	return g.check(v)
}

func oneOf(parts []*glance, v any) verdict {
	accepted := 0
	for _, part := range parts {
		switch part.check(v) {
		case yes:
			accepted++
		case unsure:
			return unsure
		}
	}
	return of(accepted == 1)
}

// matcher is a pattern's MatchString. A pattern for texts of one set of characters needs no automaton.
func matcher(re *regexp.Regexp) func(string) bool {
	if re == nil {
		return nil
	}
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil || tree.Op != syntax.OpConcat || len(tree.Sub) != 3 || tree.Sub[0].Op != syntax.OpBeginText || tree.Sub[2].Op != syntax.OpEndText {
		return re.MatchString
	}
	repeat := tree.Sub[1]
	if (repeat.Op != syntax.OpStar && repeat.Op != syntax.OpPlus) || repeat.Sub[0].Op != syntax.OpCharClass {
		return re.MatchString
	}
	return classMatcher(repeat.Sub[0].Rune, repeat.Op == syntax.OpStar)
}

// classMatcher matches texts of characters within ranges, given as pairs.
func classMatcher(ranges []rune, empty bool) func(string) bool {
	var ascii [utf8.RuneSelf]bool
	within := func(c rune) bool {
		for i := 0; i < len(ranges); i += 2 {
			if c >= ranges[i] && c <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	for c := range ascii {
		ascii[c] = within(rune(c))
	}
	return func(text string) bool {
		for _, c := range text {
			if c < utf8.RuneSelf {
				if !ascii[c] {
					return false
				}
			} else if !within(c) {
				return false
			}
		}
		return empty || text != ""
	}
}
