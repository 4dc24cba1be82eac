package contract

import "slices"

// Fault says which error a violation yields: the value of one keyword of x-tally-error.
type Fault struct {
	Error *Error
	Args  []string // names of arguments, from the closed set of the vocabulary
	Also  []*Error
	limit faultLimit
}

func (f Fault) refusal(values map[string]string) *Refusal {
	args := make([]string, len(f.Args))
	for i, name := range f.Args {
		args[i] = values[name]
	}
	return &Refusal{Error: f.Error, Args: args, Also: f.Also}
}

// wireKeywords are conditions of HTTP that the root's x-tally-error may name, securityKeywords those of
// a security scheme. Everything else in it is a keyword of JSON Schema.
var (
	wireKeywords     = []string{"body", "route", "method", "entity-size", "uri-size", "header-size", "rate"}
	securityKeywords = []string{"absent", "garbage", "damaged", "expired", "unscoped", "foreign", "unknown-key", "scheme", "signature", "stale", "locked"}
)

// readFaults reads one x-tally-error. allowed tells which keywords mean something at this place.
func readFaults(p place, c *catalogue, allowed func(string) bool) map[string]Fault {
	faults := map[string]Fault{}
	p.each(func(keyword string, at place) {
		if !allowed(keyword) {
			at.addf("keyword %q means nothing here; it belongs %s", keyword, homeOf(keyword))
			return
		}
		var doc struct {
			Error  string   `yaml:"error"`
			Args   []string `yaml:"args"`
			Beyond string   `yaml:"beyond"`
			After  int      `yaml:"after"`
			For    string   `yaml:"for"`
		}
		if doc.Error = at.text(); doc.Error == "" && !at.decode(&doc) {
			return
		}
		code := at
		if member, ok := at.child("error"); ok {
			code = member
		}
		f := Fault{Error: c.find(code, doc.Error), Args: doc.Args, limit: readFaultLimit(at, keyword, doc.Beyond, doc.After, doc.For)}
		for _, also := range at.get("also").items() {
			if e := c.find(also, also.text()); e != nil {
				f.Also = append(f.Also, e)
			}
		}
		if f.Error == nil {
			return
		}
		if n := f.Error.Holes(); n != len(f.Args) {
			code.addf("error %q has %d placeholders in its message, but %d args are given", doc.Error, n, len(f.Args))
		}
		if !securityKeyword(keyword) && slices.Contains(f.Args, reasonArg) {
			code.addf("argument %q means nothing here; it belongs to a condition of a credential", reasonArg)
		}
		faults[keyword] = f
	})
	return faults
}

// credentialsKeyword is the one condition that only an operation may name: it was asked for a token with
// credentials that are not right.
const credentialsKeyword = "credentials"

// homeOf tells where a keyword of x-tally-error may stand.
func homeOf(keyword string) string {
	switch {
	case keyword == credentialsKeyword:
		return "to an operation that issues tokens"
	case keyword == "body":
		return "at the root or to an operation"
	case slices.Contains(wireKeywords, keyword):
		return "at the root"
	case slices.Contains(securityKeywords, keyword):
		return "to a security scheme"
	}
	return "at the root, to an operation or to a schema"
}

func operationKeyword(k string) bool {
	return k == "body" || k == credentialsKeyword || schemaKeyword(k)
}

func schemaKeyword(k string) bool {
	return k != credentialsKeyword && !slices.Contains(wireKeywords, k) && !slices.Contains(securityKeywords, k)
}

func wireOrSchemaKeyword(k string) bool { return schemaKeyword(k) || slices.Contains(wireKeywords, k) }

func securityKeyword(k string) bool { return slices.Contains(securityKeywords, k) }
