package page

import (
	"regexp"
	"strings"
)

const methods = `GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS`

var (
	requestLine = regexp.MustCompile(`(?:^|[\s:：])(` + methods + `)[\s:：]+((?:https?://|/|\{|\[)[^\s]*)`)
	wholeLine   = regexp.MustCompile(`^\W*(?:(?i:uri|url|api)\s*[:：]\s*)?(` + methods + `)[\s:：]+(?:https?://|/)\S*\s*$`)
	methodLine  = regexp.MustCompile(`(?i)^(?:请求方法|http方法|http请求方法|请求方式|方法|http method|request method|method)\s*[:：]\s*(` + methods + `)\s*$`)
	pathLine    = regexp.MustCompile(`(?i)^(?:uri|url|请求uri|请求url|请求路径|接口路径|路径|path|endpoint|request path)(?:格式)?\s*[:：]\s*((?:https?://|/)\S+)\s*$`)
	pathColon   = regexp.MustCompile(`/:([A-Za-z_]\w*)`)
	pathDollar  = regexp.MustCompile(`\$\{|\{\{`)
	pathAngle   = regexp.MustCompile(`<([A-Za-z_][\w-]*)>`)
	queryName   = regexp.MustCompile(`^[A-Za-z_][\w.\-\[\]]*$`)
)

// target splits what stands behind a method into a path template and the names of its query.
func target(raw string) (path string, query []string, ok bool) {
	raw = strings.TrimRight(raw, "。，,；;`\"'”")
	if cut := strings.IndexAny(raw, "，。；"); cut >= 0 {
		raw = raw[:cut]
	}
	raw = pathDollar.ReplaceAllString(strings.ReplaceAll(raw, "}}", "}"), "{")
	raw = pathAngle.ReplaceAllString(raw, "{$1}")
	if _, after, found := strings.Cut(raw, "://"); found {
		slash := strings.IndexByte(after, '/')
		if slash < 0 {
			return "", nil, false
		}
		raw = after[slash:]
	}
	path, rest, _ := strings.Cut(raw, "?")
	path = pathColon.ReplaceAllString(path, "/{$1}")
	if !strings.HasPrefix(path, "/") || strings.Count(path, "{") != strings.Count(path, "}") {
		return "", nil, false
	}
	if len(path) > 1 {
		path = strings.TrimRight(path, "/")
	}
	for pair := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == '&' }) {
		if name, _, _ := strings.Cut(pair, "="); queryName.MatchString(name) {
			query = append(query, name)
		}
	}
	return path, query, true
}

// uriIn finds an operation in a text. Outside of a section about the URI, the text has to be nothing else.
func (a *assembler) uriIn(text string, line int) bool {
	found := false
	if a.ctx != uriContext && !wholeLine.MatchString(strings.TrimSpace(text)) {
		return false
	}
	for _, m := range requestLine.FindAllStringSubmatch(text, 8) {
		found = a.operation(m[1], m[2], line) || found
	}
	if found || a.ctx != uriContext {
		return found
	}
	for l := range strings.SplitSeq(text, "\n") {
		l = strings.TrimSpace(l)
		if m := methodLine.FindStringSubmatch(l); m != nil {
			a.method = strings.ToUpper(m[1])
		}
		if m := pathLine.FindStringSubmatch(l); m != nil {
			a.path = m[1]
		}
	}
	if a.method != "" && a.path != "" {
		found = a.operation(a.method, a.path, line)
		a.method, a.path = "", ""
	}
	return found
}

// operation notes an operation. Ones that follow each other with no table and no heading between them share what
// comes after them.
func (a *assembler) operation(method, raw string, line int) bool {
	path, query, ok := target(raw)
	if !ok {
		return false
	}
	for _, op := range a.page.Operations {
		if op.Method == method && op.Path == path {
			return true
		}
	}
	op := &Operation{Method: method, Path: path, Query: query, Place: a.place(line)}
	a.page.Operations = append(a.page.Operations, op)
	if a.grouped {
		a.groups[len(a.groups)-1].operations = append(a.groups[len(a.groups)-1].operations, op)
	} else {
		a.groups = append(a.groups, &group{operations: []*Operation{op}})
	}
	a.grouped = true
	return true
}

// group is the operations that share a stretch of a page.
type group struct {
	operations []*Operation
	tables     []*Table
	examples   []*Example
}
