package derive

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// Code is an entry of an error catalogue. A code that several rows give different statuses or messages has one entry
// for each.
type Code struct {
	Code     string
	Status   int    // 0 when the table does not say
	Message  string // "" when the table does not say
	Internal bool   // its row calls it an error of the service
	Places   []Place
}

var codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.\-:]{0,79}$`)

// Codes gathers the error codes of all pages, sorted by code; those of a later edition first.
func (s *Set) Codes() []*Code {
	byKey := map[string]*Code{}
	var out []*Code
	for i := len(s.Pages) - 1; i >= 0; i-- {
		for _, r := range s.Pages[i].Rows {
			if r.In != page.ErrorTable {
				continue
			}
			c := r.code()
			if c == nil {
				continue
			}
			key := c.Code + "\x00" + strconv.Itoa(c.Status) + "\x00" + c.Message
			if known := byKey[key]; known != nil {
				known.Places = append(known.Places, c.Places...)
				continue
			}
			byKey[key] = c
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *Code) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

func (r *Row) code() *Code {
	t := r.Table
	code := cell.Normal(r.Cells.Cell(t, page.RoleCode).Text.First())
	if !codeForm.MatchString(code) {
		return nil
	}
	c := &Code{Code: code, Places: []Place{r.Place}}
	c.Places[0].Row = code
	if status := cell.Normal(r.Cells.Cell(t, page.RoleStatus).Text.First()); len(status) >= 3 {
		if n, err := strconv.Atoi(status[:3]); err == nil && n >= 100 && n < 600 {
			c.Status = n
		}
	}
	c.Message = strings.Join(strings.Fields(cell.Normal(r.Cells.Cell(t, page.RoleMessage).Text.String())), " ")
	if isNothing(c.Message) {
		c.Message = ""
	}
	for i, column := range t.Columns {
		text := r.Cells.Cells[i].Text.First()
		if column.Role == page.RolePhrase && (strings.Contains(text, "内部") || strings.Contains(strings.ToLower(text), "internal")) {
			c.Internal = true
		}
	}
	return c
}

// bodies are the shapes of error bodies, as failure examples show them, with what varies replaced by what the
// vocabulary calls it.
type bodies struct {
	names  []string
	shapes map[string]any    // by name
	byText map[string]string // canonical JSON to name
	codes  map[string]*Code
	shown  map[string][]string // code to the operations whose examples show it
	body   map[string]string   // code to the body that shows it
}

func newBodies(codes []*Code) *bodies {
	b := &bodies{shapes: map[string]any{}, byText: map[string]string{}, codes: map[string]*Code{}, shown: map[string][]string{}, body: map[string]string{}}
	for _, c := range codes {
		if b.codes[c.Code] == nil {
			b.codes[c.Code] = c
		}
	}
	return b
}

// learn takes a failure example and tells which code it shows; nil when it shows none that is known.
func (b *bodies) learn(operation string, payload []byte) *Code {
	var v any
	if json.Unmarshal(payload, &v) != nil {
		return nil
	}
	members, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	found := b.codeIn(members)
	if found == nil {
		return nil
	}
	shape := templateOf(members, found)
	text, err := json.Marshal(shape)
	if err != nil {
		return nil
	}
	name := b.byText[string(text)]
	if name == "" {
		name = "body" + strconv.Itoa(len(b.names)+1)
		b.byText[string(text)], b.shapes[name] = name, shape
		b.names = append(b.names, name)
	}
	if !slices.Contains(b.shown[found.Code], operation) {
		b.shown[found.Code] = append(b.shown[found.Code], operation)
	}
	if b.body[found.Code] == "" {
		b.body[found.Code] = name
	}
	return found
}

// codeIn finds a known code among the texts of a body.
func (b *bodies) codeIn(v any) *Code {
	switch v := v.(type) {
	case string:
		return b.codes[v]
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if c := b.codeIn(v[name]); c != nil {
				return c
			}
		}
	}
	return nil
}

// templateOf puts placeholders where a body has the code, the status and texts. Everything else is left out, since
// it belongs to the one failure that is shown.
func templateOf(v any, code *Code) any {
	switch v := v.(type) {
	case string:
		if v == code.Code {
			return "${code}"
		}
		return "${message}"
	case float64:
		if int(v) == code.Status && code.Status != 0 {
			return "${status}"
		}
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			if t := templateOf(member, code); t != nil {
				out[name] = t
			}
		}
		return out
	}
	return nil
}
