package contract

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/tallystick/tallystick"
	"github.com/tallystick/tallystick/contract/openapi"
)

// Contract is a document that has been read, checked and compiled. It is immutable and safe for
// concurrent use.
type Contract struct {
	Title   string
	Version string // the document's info.version
	Name    string // file name

	operations []*Operation
	catalogue  *catalogue
	entries    Entries
	resources  []*ResourceType
	wire       map[string]Fault
	security   []*Scheme
	doc        *document
	schemas    *schemas
	hash       string
	once       sync.Once
	derived    *prober // once it has been asked for
	templates  []template
	files      fs.FS    // where the document was read
	payloads   []string // files of examples

	showing  sync.Once // the document as Documented reads it
	shownAs  *openapi.Document
	shownErr error

	asked sync.Map // what remembered keeps

	foreign   *openapi.Document // nil for a contract that has keys of the vocabulary
	byForeign map[*openapi.Operation]*Operation
}

// Scheme is a way to present a credential.
type Scheme struct {
	Name   string
	Type   string // apiKey, http, …
	Header string // apiKey: the header that carries it
	faults map[string]Fault
}

// Default is the contract embedded in this module. It is loaded once; a document that does not load is
// a defect of the build and panics. What the tests of this module have proved of it is not proved again.
var Default = sync.OnceValue(func() *Contract {
	c, err := load(tallystick.Files, tallystick.Document, true)
	if err != nil {
		panic(fmt.Sprintf("the embedded contract does not load:\n%v", err))
	}
	return c
})

// SHA256 is the hash of all Files, in hex.
func (c *Contract) SHA256() string { return c.hash }

// Operations lists the operations in the order of the document.
func (c *Contract) Operations() []*Operation { return slices.Clone(c.operations) }

// Operation finds an operation by its id; nil when there is none.
func (c *Contract) Operation(id string) *Operation {
	for _, op := range c.operations {
		if op.ID == id {
			return op
		}
	}
	return nil
}

// Errors lists the catalogue in the order of the document, variants after their entry.
func (c *Contract) Errors() []*Error {
	if c.catalogue == nil {
		return nil
	}
	return slices.Clone(c.catalogue.entries)
}

// Error finds an entry by code, or a variant by code/variant; nil when there is none.
func (c *Contract) Error(ref string) *Error { return c.catalogue.byRef[ref] }

// Resources lists the kinds of resources that effects speak of.
func (c *Contract) Resources() []*ResourceType { return slices.Clone(c.resources) }

// Entries are the catalogues as the document has them.
func (c *Contract) Entries() Entries { return c.entries }

// Schemes lists the security schemes in the order of the document.
func (c *Contract) Schemes() []*Scheme { return slices.Clone(c.security) }

// WireRefusal is the answer to a condition of HTTP (a key of the root's x-tally-error), nil when the
// contract names none. What its message says of the one request stays open.
func (c *Contract) WireRefusal(condition string) *Refusal { return refusalFor(c.wire, condition) }

// SecurityRefusal is the answer to a credential in the given condition, nil when no scheme names one. What its
// message says of the one request stays open; SecurityRefusalFor fills it in.
func (c *Contract) SecurityRefusal(condition string) *Refusal {
	for _, s := range c.security {
		if r := refusalFor(s.faults, condition); r != nil {
			return r
		}
	}
	return nil
}

func refusalFor(faults map[string]Fault, condition string) *Refusal {
	f, ok := faults[condition]
	if !ok {
		return nil
	}
	return &Refusal{Error: f.Error, Also: f.Also, Source: f.Error.Source}
}

// Conditions lists the names that rules give to conditions of the world outside the API, sorted.
func (c *Contract) Conditions() []string {
	var out []string
	for _, op := range c.operations {
		for _, r := range op.Rules {
			if r.Given != "" {
				out = append(out, r.Given)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Load reads a contract from fsys. The error is a Problems with everything that is wrong, or the error
// of reading the file. Example payloads are read from files beside the document; nothing is fetched.
func Load(fsys fs.FS, name string) (*Contract, error) { return load(fsys, name, false) }

func load(fsys fs.FS, name string, proven bool) (*Contract, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	d, ok := parse(name, data)
	if !ok {
		return nil, d.problems.sorted()
	}
	l := &loader{fsys: fsys, doc: d, proven: proven, c: &Contract{Name: name, files: fsys, doc: d, catalogue: &catalogue{}}}
	l.c.readHash(data)
	l.load(data)
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	d.tree.settle()
	l.schemas.settle()
	return l.c, nil
}

type loader struct {
	fsys    fs.FS
	doc     *document
	proven  bool // the document has been found in order before: only what builds on it is done
	c       *Contract
	schemas *schemas
	types   *typist
}

// load works in phases: a phase that finds the document wanting stops those that build on it.
func (l *loader) load(source []byte) {
	data, err := json.Marshal(l.doc.top().dataOf(func(name string) bool { return !strings.HasPrefix(name, "x-tally") }))
	if err != nil {
		l.doc.top().addf("the document cannot be written as JSON: %v", err)
		return
	}
	if !l.proven && !l.wellFormed(data, source) {
		return
	}
	if l.schemas, err = newSchemas(l.doc, data); err != nil {
		l.doc.top().addf("the document is not readable as JSON Schema: %v", err)
		return
	}
	if l.types, err = newTypist(); err != nil {
		l.doc.top().addf("expressions cannot be typed: %v", err)
		return
	}
	l.c.schemas = l.schemas
	top := l.doc.top()
	l.c.Title, l.c.Version = top.get("info", "title").text(), top.get("info", "version").text()
	l.c.entries = Entries{map[string]map[string]map[string]any{}, map[string]*Schema{}, map[string]string{}}
	l.c.catalogue = readCatalogue(top.get("components", keyErrors))
	l.faults()
	l.operations()
	l.effects()
	if l.proven || len(l.doc.problems) > 0 {
		return
	}
	l.checkReferences()
	l.prove()
}

// wellFormed holds the document to OpenAPI and to the vocabulary, and reports what is wrong; data is the
// document without the keys of the vocabulary, as JSON.
func (l *loader) wellFormed(data, source []byte) bool {
	verdict := make(chan error, 1)
	go func() { verdict <- judgeOpenAPI(data, false) }()
	wellFormed := checkVocabulary(l.doc.top())
	err := <-verdict
	if err == nil {
		return wellFormed
	}
	if again := judgeOpenAPI(source, true); again != nil {
		err = again
	}
	l.doc.reportOpenAPI(err)
	return false
}

// faults reads every x-tally-error of the document.
func (l *loader) faults() {
	top := l.doc.top()
	all := readFaults(top.get(keyError), l.c.catalogue, wireOrSchemaKeyword)
	l.schemas.defaults, l.c.wire = all, map[string]Fault{}
	for _, keyword := range wireKeywords {
		if f, ok := all[keyword]; ok {
			l.c.wire[keyword] = f
		}
	}
	top.get("components", "securitySchemes").each(func(name string, at place) {
		at = at.resolve()
		l.c.security = append(l.c.security, &Scheme{Name: name, Type: at.get("type").text(), Header: at.get("name").text(),
			faults: readFaults(at.get(keyError), l.c.catalogue, securityKeyword)})
	})
	var walk func(p place)
	walk = func(p place) {
		p.each(func(name string, member place) {
			if name == keyError && strings.Contains(p.pointer, "/schema") {
				l.schemas.faults[p.pointer] = readFaults(member, l.c.catalogue, schemaKeyword)
			} else if !strings.HasPrefix(name, "x-") && !slices.Contains(payloads, name) {
				walk(member)
			}
		})
		for _, item := range p.items() {
			walk(item)
		}
	}
	walk(top)
}

// effects reads what operations do, and what builds on it, in the order in which one needs the other.
func (l *loader) effects() {
	l.c.templates = templatesOf(l.c.operations)
	for _, op := range l.c.operations {
		if p := op.place.get(keyEffect); p.exists() {
			if op.Effect = l.readEffect(op, p); op.Effect != nil {
				op.Effect.Resource.operations = append(op.Effect.Resource.operations, op)
			}
		}
	}
	rootScope := l.newScope(nil)
	for _, op := range l.c.operations {
		self := place{}
		if op.Effect != nil && op.Effect.Do != List {
			self = op.Effect.Resource.place
		}
		op.scope = l.scopeOf(op, self)
		if op.Effect != nil {
			op.Rules = l.readRules(l.doc.top().get(keyRules), rootScope)
		}
		op.Rules = append(op.Rules, l.readRules(op.place.get(keyRules), op.scope)...)
		if op.Effect != nil && op.Effect.Do == Create {
			l.readCreation(op, op.place.get(keyEffect))
		}
	}
	for _, rt := range l.c.resources {
		if p := rt.place.get(keyLifecycle); p.exists() {
			l.readLifecycle(rt, p)
		}
	}
}

// resourceType finds or makes the type that an effect names.
func (l *loader) resourceType(at place) *ResourceType {
	name := at.text()
	for _, rt := range l.c.resources {
		if rt.Name == name {
			return rt
		}
	}
	schema := l.doc.top().get("components", "schemas", name)
	if !schema.exists() {
		at.addf("resource %q is not among components.schemas%s", name, suggest(name, l.schemaNames()))
		return nil
	}
	rt := &ResourceType{Name: name, place: schema}
	l.c.resources = append(l.c.resources, rt)
	return rt
}

func (l *loader) schemaNames() []string {
	var names []string
	l.doc.top().get("components", "schemas").each(func(n string, _ place) { names = append(names, n) })
	return names
}

// refuseToFetch keeps the schema compiler inside the document.
func refuseToFetch(url string) (io.ReadCloser, error) {
	return nil, fmt.Errorf("%s lies outside the document; nothing is fetched", url)
}
