package signing

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/textproto"
	"strings"
)

// edit is a mistake that changes a part of what is signed.
type edit struct {
	text    string
	apply   func(*parts)
	changes bool // alone, what is right
}

func (e edit) on(p parts) parts {
	e.apply(&p)
	return p
}

// editsOf are the mistakes that somebody can have made with a message, the likely ones first.
func editsOf(m Message, a Authorization) []edit {
	var out []edit
	for _, some := range [][]edit{pathEdits(m), queryEdits(m), headerEdits(m, a), bodyEdits(m), methodEdits(m), hostEdits(m), dateEdits(m)} {
		out = append(out, some...)
	}
	return out
}

func pathEdits(m Message) []edit {
	return []edit{
		{text: "the path is signed without a slash at its end", apply: func(p *parts) { p.path = strings.TrimSuffix(p.path, "/") }},
		{text: "the path is signed without escapes", apply: func(p *parts) { p.path = slashed(m.URL.Path) }},
		{text: "the path is escaped twice", apply: func(p *parts) { p.path = canonicalPath(p.path) }},
		{text: "the path is signed as it was sent", apply: func(p *parts) { p.path = slashed(m.URL.EscapedPath()) }},
		{text: "the query is signed as a part of the path", apply: func(p *parts) { p.path, p.query = m.URL.EscapedPath()+"?"+m.URL.RawQuery, "" }},
		{text: "the whole URL is signed instead of the path", apply: func(p *parts) { p.path = "http://" + m.Host + p.path }},
	}
}

func queryEdits(m Message) []edit {
	return []edit{
		{text: "the query is not sorted", apply: func(p *parts) { p.query = joined(pairs(m.URL.RawQuery)) }},
		{text: "the query is not signed", apply: func(p *parts) { p.query = "" }},
		{text: "the query is signed as it was sent, neither sorted nor escaped anew", apply: func(p *parts) { p.query = m.URL.RawQuery }},
		{text: "the query is signed without escapes", apply: func(p *parts) { p.query = unescape(p.query) }},
		{text: "the query is escaped twice", apply: func(p *parts) { p.query = canonicalQuery(escape(p.query)) }},
		{text: "spaces in the query are escaped as +; want %20", apply: func(p *parts) { p.query = strings.ReplaceAll(p.query, "%20", "+") }},
		{text: "the = of parameters without a value is missing", apply: func(p *parts) {
			p.query = strings.TrimSuffix(strings.ReplaceAll(p.query, "=&", "&"), "=")
		}},
	}
}

func headerEdits(m Message, a Authorization) []edit {
	out := []edit{
		{text: "the signed headers are not sorted", apply: func(p *parts) { p.headers, p.signed = m.lines(a.Signed, ":"), strings.Join(a.Signed, ";") }},
		{text: "header values are signed with the space before them; want them trimmed", apply: func(p *parts) { p.headers = m.lines(strings.Split(p.signed, ";"), ": ") }},
		{text: "header values are signed with the space after them; want them trimmed", apply: func(p *parts) { p.headers = strings.ReplaceAll(p.headers, "\n", " \n") }},
		{text: "the names of the headers are signed in capitals; want lower case", apply: func(p *parts) {
			p.headers = ""
			for name := range strings.SplitSeq(p.signed, ";") {
				p.headers += textproto.CanonicalMIMEHeaderKey(name) + ":" + m.value(name) + "\n"
			}
		}},
		{text: "the line break after the last header is missing", apply: func(p *parts) { p.headers = strings.TrimSuffix(p.headers, "\n") }},
		{text: "an empty line more stands after the headers", apply: func(p *parts) { p.headers += "\n" }},
		{text: "the signed headers have another separator; want ;", apply: func(p *parts) { p.signed = strings.ReplaceAll(p.signed, ";", ",") }},
	}
	for _, media := range []string{"application/json", "application/json;charset=utf8", "application/json; charset=utf-8", "application/json;charset=UTF-8", ""} {
		out = append(out, edit{text: "another Content-Type is signed than was sent", apply: func(p *parts) { p.set("content-type", media) }})
	}
	return out
}

// set puts a value into the line of a header that is signed.
func (p *parts) set(name, value string) {
	lines := strings.Split(p.headers, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, name+":") {
			lines[i] = name + ":" + value
		}
	}
	p.headers = strings.Join(lines, "\n")
}

// maxRehashed bounds the bodies of which other readings are hashed.
const maxRehashed = 1 << 20

func bodyEdits(m Message) []edit {
	is := func(text, hash string) edit {
		return edit{text: text, apply: func(p *parts) { p.body = hash }}
	}
	out := []edit{
		is("the body is not signed: the hash is that of an empty one", hash(nil)),
		is("the body is not signed: a word stands in place of its hash", "UNSIGNED-PAYLOAD"),
		is("the hash of the body is missing", ""),
		{text: "the hash of the body is written in capitals; want lower case", apply: func(p *parts) { p.body = strings.ToUpper(p.body) }},
	}
	if len(m.Body) > maxRehashed {
		return out
	}
	out = append(out, is("the body is signed with a line break at its end, and sent without", hash(append(bytes.Clone(m.Body), '\n'))),
		is("the body is signed without the white space around it, and sent with it", hash(bytes.TrimSpace(m.Body))))
	var compact bytes.Buffer
	if json.Compact(&compact, m.Body) == nil {
		out = append(out, is("the body is signed as JSON without spaces, and sent with them", hash(compact.Bytes())))
	}
	for _, empty := range []string{"{}", "null"} {
		out = append(out, is("the hash is that of "+empty+", not that of the body", hash([]byte(empty))))
	}
	return out
}

func methodEdits(m Message) []edit {
	out := []edit{{text: "the method is signed in lower case", apply: func(p *parts) { p.method = strings.ToLower(m.Method) }}}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead} {
		if method != m.Method {
			out = append(out, edit{text: "the signed method is " + method + ", the method sent is another", apply: func(p *parts) { p.method = method }})
		}
	}
	return out
}

func hostEdits(m Message) []edit {
	host, port, err := net.SplitHostPort(m.Host)
	if err != nil {
		host, port = m.Host, ""
	}
	names := []string{host, host + ":80", host + ":443"}
	for _, name := range []string{"localhost", "127.0.0.1"} {
		if names = append(names, name); port != "" {
			names = append(names, name+":"+port)
		}
	}
	if forwarded := m.Header.Get("X-Forwarded-Host"); forwarded != "" {
		names = append(names, forwarded)
	}
	var out []edit
	for _, name := range names {
		if name != m.Host {
			out = append(out, edit{text: "the signed host is " + name + ", the host sent is another", apply: func(p *parts) { p.set(hostName, name) }})
		}
	}
	return out
}

func dateEdits(m Message) []edit {
	return []edit{
		{text: "the string to sign has the day alone; want the whole of " + DateHeader, apply: func(p *parts) { p.date = day(m) }},
		{text: "the string to sign has the header Date; want " + DateHeader, apply: func(p *parts) { p.date = m.Header.Get("Date") }},
		{text: "the string to sign has no date", apply: func(p *parts) { p.date = "" }},
		{text: "the string to sign has another algorithm", apply: func(p *parts) { p.scheme = "AWS4-HMAC-SHA256" }},
		{text: "the canonical request is signed itself, without being hashed", apply: func(p *parts) { p.whole = true }},
	}
}
