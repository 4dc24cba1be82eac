package page

import (
	"regexp"
	"slices"
	"strings"
)

var (
	exampleLine = regexp.MustCompile(`^(?i:request\s*:\s*)?(` + methods + `)\s+(\S+)`)
	headerLine  = regexp.MustCompile(`^["']?[A-Za-z][A-Za-z0-9-]*["']?\s*[:：]\s*\S`)
	answerLine  = regexp.MustCompile(`^HTTP/[0-9.]+\s+([1-5][0-9]{2})`)
	memberStart = regexp.MustCompile(`^["“][^"”\n]{1,80}["”]\s*[:：]`)
)

// code reads a block of code: the URI in its section, else an example.
func (a *assembler) code(b *block) {
	if a.programs() {
		return
	}
	known := len(a.page.Operations)
	if a.ctx == uriContext && a.part == "" && a.uriIn(b.code, b.line) && (known < len(a.page.Operations) || !shows(a.label)) {
		return
	}
	e := &Example{Place: a.place(b.line), Part: a.part, Label: a.label, Status: a.status}
	if e.Part == "" {
		switch a.ctx {
		case requestContext, uriContext:
			e.Part = RequestPart
		case responseContext:
			e.Part = SuccessPart
		}
	}
	e.read(b.code)
	if e.Part == "" && e.Method != "" {
		e.Part = RequestPart
	}
	a.page.Examples = append(a.page.Examples, e)
	for _, r := range e.Repairs {
		place := e.Place
		place.Line += r.Line - 1
		a.page.Problems = append(a.page.Problems, Problem{place, "the example is repaired: " + r.Text, false})
	}
	if e.Outcome == Broken {
		a.page.Problems = append(a.page.Problems, Problem{e.Place, "the example is no JSON and cannot be repaired", true})
	}
	if len(a.groups) == 0 {
		a.loose.examples = append(a.loose.examples, e)
	} else {
		g := a.groups[len(a.groups)-1]
		g.examples = append(g.examples, e)
	}
	a.grouped = false
}

// programs tells whether a section shows how to program, rather than what is sent.
func (a *assembler) programs() bool {
	return slices.ContainsFunc(a.sections, func(s string) bool { return strings.Contains(strings.ToLower(s), "sdk") })
}

// shows tells whether a label speaks of an example.
func shows(label string) bool {
	return containsAny(strings.ToLower(label), "示例", "样例", "举例", "example", "sample")
}

// read splits the text of an example into its request line and its payload.
func (e *Example) read(code string) {
	e.Outcome = Without
	skipped := 0
	rest := code
	if line, after := cutLine(rest); exampleLine.MatchString(strings.TrimSpace(line)) {
		m := exampleLine.FindStringSubmatch(strings.TrimSpace(line))
		e.Method, e.Target = m[1], m[2]
		rest, skipped = after, 1
	} else if m := answerLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
		e.Status = m[1]
		rest, skipped = after, 1
	}
	for rest != "" {
		line, after := cutLine(rest)
		line = strings.TrimSpace(line)
		if line == "" || headerLine.MatchString(line) && !memberStart.MatchString(line) {
			rest, skipped = after, skipped+1
			continue
		}
		break
	}
	body := strings.TrimSpace(rest)
	switch {
	case body == "":
		return
	case body[0] == '{' || body[0] == '[' || memberStart.MatchString(body):
	case e.Method != "" || skipped > 0 && !strings.ContainsAny(body, "{["):
		return
	default:
		at := strings.IndexAny(body, "{[")
		if at < 0 || at > 200 || strings.HasPrefix(body, "curl") || strings.HasPrefix(body, "<") || strings.Contains(body[:at], "://") || !introduces(body[:at]) {
			return
		}
		skipped += strings.Count(body[:at], "\n")
		body = body[at:]
	}
	payload, repairs, err := RepairJSON(body)
	for i := range repairs {
		repairs[i].Line += skipped
	}
	e.Payload, e.Repairs, e.Outcome = payload, repairs, Parsed
	switch {
	case err != nil:
		e.Outcome, e.Payload = Broken, nil
	case len(repairs) > 0:
		e.Outcome = Repaired
	}
}

// introduces tells whether a text before a payload leads to it, and is no program that has braces.
func introduces(text string) bool {
	last := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	return last == "" || strings.HasSuffix(last, ":") || strings.HasSuffix(last, "：")
}

func cutLine(s string) (line, after string) {
	line, after, _ = strings.Cut(s, "\n")
	return line, after
}
