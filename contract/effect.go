package contract

import (
	"slices"

	"cel.dev/cel-go/common/types"
)

// Deed is what a success of an operation does.
type Deed string

// The closed set of deeds.
const (
	Create     Deed = "create"
	Read       Deed = "read"
	List       Deed = "list"
	Update     Deed = "update"
	Delete     Deed = "delete"
	Transition Deed = "transition"
)

// Effect is what a success of an operation does to a resource.
type Effect struct {
	Do       Deed
	Resource *ResourceType
	Tenant   string    // path parameter; "" when resources belong to nobody
	Key      string    // path parameter; "" for create and list
	Missing  *Error    // no such resource
	Answer   *Template // body of a success; nil for the resource itself
	Event    string    // transition: JSON pointer to the body member that names the event

	ID     *Template // create
	Unique *Unique
	Quota  *Quota

	Filters []Filter          // list
	Alias   map[string]string // other query name → parameter
	Sort    *Sort
	Page    *Page

	keeper  *keeper // create and update
	lookups []lookup
	drops   []drop
	fills   []fill
	alone   bool // fills may work in place
}

// Unique is a member whose value no two resources of a tenant share.
type Unique struct {
	By    string // JSON pointer into the resource
	Error *Error
}

// Quota bounds the resources of a tenant.
type Quota struct {
	Default int
	Error   *Error
}

// Filter keeps the resources whose member equals a query parameter.
type Filter struct {
	Parameter string
	Member    string // JSON pointer into the resource
	Own       bool   // the parameter is a switch: true keeps what is the caller's own
}

// Sort names the parameters that choose an order; Keys maps a value of By to a member, Descending is the
// value of Order that turns the order round.
type Sort struct {
	By         string            `yaml:"by"`
	Order      string            `yaml:"order"`
	Descending string            `yaml:"descending"`
	Keys       map[string]string `yaml:"keys"`
}

// Page names the parameters that choose a part; a limit of 0 is none.
type Page struct{ Offset, Limit string }

type lookup struct {
	in         string
	from, by   string
	into       []string
	intoMember string
}

type drop struct {
	at   []string
	path string // the same as a JSON pointer
	when *expression
}

type fill struct {
	when *expression
	set  *Template
}

type effectDoc struct {
	Do     Deed              `yaml:"do"`
	Tenant string            `yaml:"tenant"`
	Key    string            `yaml:"key"`
	Event  string            `yaml:"event"`
	Alias  map[string]string `yaml:"alias"`
	Sort   *Sort             `yaml:"sort"`
	Page   *Page             `yaml:"page"`
}

func (l *loader) readEffect(op *Operation, p place) *Effect {
	var doc effectDoc
	if !p.decode(&doc) {
		return nil
	}
	e := &Effect{Do: doc.Do, Tenant: doc.Tenant, Key: doc.Key, Event: doc.Event, Alias: doc.Alias, Sort: doc.Sort, Page: doc.Page}
	if e.Resource = l.resourceType(p.get("resource")); e.Resource == nil {
		return nil
	}
	if code, ok := p.child("missing"); ok {
		e.Missing = l.c.catalogue.find(code, code.text())
	}
	if e.Do == Create || e.Do == Update {
		if op.Body == nil || op.Body.Schema == nil {
			p.addf("operation %q has no JSON body to %s from", op.ID, e.Do)
			return nil
		}
		budget := maxMembers
		e.keeper = newKeeper(op.Body.Schema.place, e.Resource.place, 0, &budget)
	}
	l.checkEffectNames(op, e, p)
	if answer, ok := p.child("answer"); ok {
		schema := place{}
		if s := op.Success(); s != nil && s.Schema != nil {
			schema = s.Schema.place
		}
		e.Answer = compileTemplate(answer, schema)
	}
	if unique := p.get("unique"); unique.exists() {
		l.checkMember(unique.get("by"), e.Resource.place)
		e.Unique = &Unique{unique.get("by").text(), l.c.catalogue.find(unique.get("error"), unique.get("error").text())}
	}
	if quota := p.get("quota"); quota.exists() {
		e.Quota = &Quota{Error: l.c.catalogue.find(quota.get("error"), quota.get("error").text())}
		quota.get("default").decode(&e.Quota.Default)
	}
	l.readFilters(e, p)
	return e
}

// checkEffectNames holds parameters and members that an effect names to the operation.
func (l *loader) checkEffectNames(op *Operation, e *Effect, p place) {
	parameter := func(at place, in string) {
		if at.exists() && op.Parameter(in, at.text()) == nil {
			at.addf("operation %q has no %s parameter %q", op.ID, in, at.text())
		}
	}
	parameter(p.get("tenant"), "path")
	parameter(p.get("key"), "path")
	for _, name := range []string{"by", "order"} {
		parameter(p.get("sort", name), "query")
	}
	for _, name := range []string{"offset", "limit"} {
		parameter(p.get("page", name), "query")
	}
	p.get("sort", "keys").each(func(_ string, at place) { l.checkMember(at, e.Resource.place) })
	p.get("alias").each(func(_ string, at place) { parameter(at, "query") })
	p.get("filter").each(func(name string, at place) {
		if op.Parameter("query", name) == nil {
			at.addf("operation %q has no query parameter %q", op.ID, name)
		}
	})
	if event := p.get("event"); event.exists() && op.Body != nil && op.Body.Schema != nil {
		l.checkMember(event, op.Body.Schema.place)
		e.Resource.events = append(e.Resource.events, actionValues(op, e.Event)...)
	}
	for _, only := range []struct {
		member string
		deed   Deed
	}{{"id", Create}, {"lookups", Create}, {"drop", Create}, {"fill", Create}, {"unique", Create}, {"quota", Create},
		{"filter", List}, {"alias", List}, {"sort", List}, {"page", List}, {"event", Transition}} {
		if at := p.get(only.member); at.exists() && e.Do != only.deed {
			at.addf("%s belongs to do: %s, not to %s", only.member, only.deed, e.Do)
		}
	}
}

// actionValues are the values that the schema of a body member allows.
func actionValues(op *Operation, pointer string) []Event {
	var out []Event
	for _, b := range op.Body.Schema.place.schemaAt(pointer).branches() {
		for _, item := range b.get("enum").items() {
			out = append(out, Event{Name: item.text(), Operation: op, Action: true})
		}
	}
	return out
}

func (l *loader) readFilters(e *Effect, p place) {
	p.get("filter").each(func(name string, at place) {
		f := Filter{Parameter: name, Member: at.text()}
		if own := at.get("own"); own.exists() {
			f.Own, f.Member, at = true, own.text(), own
		}
		l.checkMember(at, e.Resource.place)
		e.Filters = append(e.Filters, f)
	})
}

// readCreation reads the parts of a create effect that need the operation's scope.
func (l *loader) readCreation(op *Operation, p place) {
	e := op.Effect
	schema := e.Resource.place
	if id, ok := p.child("id"); ok {
		e.ID = compileTemplate(id, place{})
		e.Resource.Create = op
	}
	for _, at := range p.get("lookups").items() {
		k := lookup{in: at.get("in").text(), from: at.get("from").text(), by: at.get("by").text(), into: pointerTokens(at.get("into").text())}
		k.intoMember = at.get("into").text()
		l.checkMember(at.get("from"), op.Body.Schema.place)
		l.checkMember(at.get("into"), schema)
		if catalogue := l.doc.top().get("components", "schemas", k.in); !catalogue.exists() {
			at.get("in").addf("schema %q is not among components.schemas%s", k.in, suggest(k.in, l.schemaNames()))
		} else if len(catalogue.get("examples").items()) == 0 {
			at.get("in").addf("schema %q has no examples, so it is no catalogue", k.in)
		} else {
			l.checkMember(at.get("by"), catalogue)
			l.readEntries(k, catalogue)
		}
		e.lookups = append(e.lookups, k)
	}
	for _, at := range p.get("drop").items() {
		l.checkMember(at.get("at"), schema)
		when, _ := at.child("when")
		e.drops = append(e.drops, drop{pointerTokens(at.get("at").text()), at.get("at").text(), op.scope.compile(when, types.BoolType)})
	}
	for _, at := range p.get("fill").items() {
		f := fill{set: compileTemplate(at.get("set"), schema)}
		if when, ok := at.child("when"); ok {
			f.when = op.scope.compile(when, types.BoolType)
		}
		e.fills = append(e.fills, f)
	}
	e.readAlone()
}

// Event is something that may happen to a resource: an operation, or an action value of one.
type Event struct {
	Name      string // what rows name
	Operation *Operation
	Action    bool // Name is the value of the operation's event member
}

// ResourceType is a kind of resource that the API manages.
type ResourceType struct {
	Name      string // component schema
	Lifecycle *Lifecycle
	Create    *Operation

	place      place
	events     []Event
	operations []*Operation
}

// Events lists what may happen to a live resource, actions before the other operations.
func (rt *ResourceType) Events() []Event {
	out := slices.Clone(rt.events)
	for _, op := range rt.operations {
		if op.Effect.Do == Delete || op.Effect.Do == Update || (op.Effect.Do == Read && rt.mentions(op.ID)) {
			out = append(out, Event{Name: op.ID, Operation: op})
		}
	}
	return out
}

func (rt *ResourceType) mentions(event string) bool {
	return rt.Lifecycle != nil && rt.Lifecycle.mentioned[event]
}

func (rt *ResourceType) eventNames() []string {
	var names []string
	for _, e := range rt.Events() {
		names = append(names, e.Name)
	}
	return append(names, OnTimer, OnTurn, OnFault)
}

// operationsOf are the operations behind events, each once.
func (rt *ResourceType) operationsOf(events []string) []*Operation {
	var out []*Operation
	for _, op := range rt.operations {
		hit := slices.ContainsFunc(events, func(name string) bool {
			return name == op.ID || slices.ContainsFunc(rt.events, func(e Event) bool { return e.Operation == op && e.Name == name })
		})
		if hit {
			out = append(out, op)
		}
	}
	return out
}
