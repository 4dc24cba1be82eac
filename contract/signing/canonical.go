package signing

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// parts are the six parts of a canonical request, and what stands before its hash in the string to sign. Each is
// as it is written there.
type parts struct {
	method, path, query, headers, signed, body string // a line break ends each header
	scheme, date                               string
	whole                                      bool // the canonical request itself is signed, not its hash: a mistake
}

func (m Message) parts(names []string) parts {
	names = slices.Clone(names)
	slices.Sort(names)
	return parts{method: m.Method, path: canonicalPath(m.URL.Path), query: canonicalQuery(m.URL.RawQuery),
		headers: m.lines(names, ":"), signed: strings.Join(names, ";"), body: hash(m.Body),
		scheme: Scheme, date: m.Header.Get(DateHeader)}
}

func (p parts) canonical() string {
	return strings.Join([]string{p.method, p.path, p.query, p.headers, p.signed, p.body}, "\n")
}

func (p parts) toSign() string {
	canonical := p.canonical()
	if !p.whole {
		canonical = hash([]byte(canonical))
	}
	return p.scheme + "\n" + p.date + "\n" + canonical
}

// value is a header as it is signed. One that stands there several times is one, with commas between.
func (m Message) value(name string) string {
	if strings.EqualFold(name, hostName) {
		return strings.TrimSpace(m.Host)
	}
	var values []string
	for _, v := range m.Header.Values(name) {
		values = append(values, strings.TrimSpace(v))
	}
	return strings.Join(values, ",")
}

func (m Message) lines(names []string, separator string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + separator + m.value(name) + "\n")
	}
	return b.String()
}

// canonicalPath is a path with its segments escaped anew, and with a slash at its end.
func canonicalPath(path string) string {
	segments := strings.Split(path, "/")
	for i := range segments {
		segments[i] = escape(segments[i])
	}
	return slashed(strings.Join(segments, "/"))
}

func slashed(path string) string {
	if strings.HasSuffix(path, "/") {
		return path
	}
	return path + "/"
}

// pair is a parameter of a query.
type pair struct{ name, value string }

// pairs are the parameters of a query in its order. What is escaped wrongly stands as it is.
func pairs(raw string) []pair {
	var out []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, pair{unescape(name), unescape(value)})
	}
	return out
}

// canonicalQuery is a query sorted by its names, then by its values, and escaped anew.
func canonicalQuery(raw string) string {
	all := pairs(raw)
	slices.SortFunc(all, func(a, b pair) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.value, b.value)) })
	return joined(all)
}

func joined(all []pair) string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = escape(p.name) + "=" + escape(p.value)
	}
	return strings.Join(out, "&")
}

// plain are the unreserved characters of RFC 3986.
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"

var afterQueryEscape = strings.NewReplacer("+", "%20", "%7E", "~")

// escape escapes everything but the unreserved characters of RFC 3986.
func escape(text string) string {
	if strings.Trim(text, plain) == "" {
		return text
	}
	return afterQueryEscape.Replace(url.QueryEscape(text))
}

func unescape(text string) string {
	if free, err := url.QueryUnescape(text); err == nil {
		return free
	}
	return text
}
