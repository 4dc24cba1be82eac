package lane

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	mostHeld  = 64 << 10 // of a body whose length is not known, before it is sent in chunks
	mostKept  = 64 << 10 // of a buffer that is used again
	mostSniff = 512      // of a body, to find out its type
)

// buffered is an answer on its way.
type buffered struct {
	head, body []byte
}

var bufferedAnswers = sync.Pool{New: func() any { return &buffered{} }}

// answer is the http.ResponseWriter of the lane.
type answer struct {
	conn    *conn
	header  http.Header
	out     *buffered // nil until there is a status
	status  int       // 0 until there is one
	length  int64     // that the handler has announced; -1 for none
	written int64     // of the body
	typed   bool      // it has a Content-Type, or needs none
	dated   bool
	last    bool // the connection ends with it
	begun   bool // the end of the header is in out
	chunked bool
	sent    bool // something has been sent
	failed  error
}

// Header is for http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader is for http.ResponseWriter. What is set in the header afterwards is not sent.
func (a *answer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %d", status)) // as net/http does
	}
	if a.status != 0 {
		return
	}
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		a.inform(status)
		return
	}
	a.status, a.length = status, -1
	a.out, _ = bufferedAnswers.Get().(*buffered)
	a.begin()
}

// inform sends an answer before the answer.
func (a *answer) inform(status int) {
	out := appendStatus(nil, status)
	out = append(appendFields(out, a.header, status), lineEnd...)
	a.send(out)
}

// hasBody tells whether an answer of this status may have one.
func hasBody(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}

// begin writes the status line, and the header as it is.
func (a *answer) begin() {
	h := a.header
	if value := h.Get("Content-Length"); value != "" && hasBody(a.status) {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
			a.length = n
		} else {
			delete(h, "Content-Length") // as net/http does
		}
	}
	_, a.dated = h["Date"]
	_, a.typed = h["Content-Type"]
	a.typed = a.typed || h.Get("Content-Encoding") != "" || !hasBody(a.status)
	a.last = a.conn.lane.ending.Load() || h.Get("Connection") == "close"
	if a.last {
		h = h.Clone()
		h["Connection"] = []string{"close"}
	}
	a.out.head = appendFields(appendStatus(a.out.head[:0], a.status), h, a.status)
	a.out.body = a.out.body[:0]
}

// end writes what the server adds to a header. The lengths of all bodies are known by now, but of those in chunks.
func (a *answer) end(body []byte) {
	a.begun = true
	out := a.out.head
	if !a.dated {
		out = a.conn.lane.date.append(out, a.clock())
	}
	if a.length < 0 && hasBody(a.status) && !a.chunked {
		out = append(strconv.AppendInt(append(out, "Content-Length: "...), int64(len(body)), 10), lineEnd...)
	}
	if !a.typed && len(body) > 0 {
		out = append(append(append(out, "Content-Type: "...), http.DetectContentType(body[:min(len(body), mostSniff)])...), lineEnd...)
	}
	if a.chunked {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	out = append(out, lineEnd...)
	a.out.head = out
}

// clock looks at the clock, for the connection too.
func (a *answer) clock() time.Time {
	a.conn.now = time.Now()
	return a.conn.now
}

// Write is for http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	switch {
	case a.out == nil:
		return 0, net.ErrClosed // the handler has returned
	case len(p) == 0:
		return 0, nil
	case !hasBody(a.status):
		return 0, http.ErrBodyNotAllowed
	case a.length >= 0 && a.written+int64(len(p)) > a.length:
		a.written += int64(len(p))
		return 0, http.ErrContentLength
	}
	a.written += int64(len(p))
	for rest := p; len(rest) > 0 && a.failed == nil; {
		piece := rest[:min(len(rest), mostHeld)]
		a.take(piece)
		rest = rest[len(piece):]
	}
	return len(p), a.failed
}

// take keeps a piece of the body until there is enough to send.
func (a *answer) take(p []byte) {
	if a.length >= 0 && a.typed && !a.begun {
		a.end(p)
	}
	if !a.begun {
		a.out.body = append(a.out.body, p...)
	} else {
		a.add(p)
	}
	if len(a.out.body)+len(a.out.head) > mostHeld {
		a.flush()
	}
}

// add puts a part of the body behind what is to be sent.
func (a *answer) add(p []byte) {
	if !a.chunked {
		a.out.head = append(a.out.head, p...)
		return
	}
	out := append(strconv.AppendInt(a.out.head, int64(len(p)), 16), lineEnd...)
	a.out.head = append(append(out, p...), lineEnd...)
}

// FlushError is for http.ResponseController.
func (a *answer) FlushError() error {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.out == nil {
		return net.ErrClosed
	}
	a.flush()
	return a.failed
}

// Flush is for http.Flusher.
func (a *answer) Flush() { _ = a.FlushError() } // the next Write tells

// flush sends what is there. A body whose length is not known goes in chunks from now on.
func (a *answer) flush() {
	if !a.begun {
		a.chunked = a.length < 0 && hasBody(a.status)
		a.end(a.out.body)
		if len(a.out.body) > 0 {
			a.add(a.out.body)
		}
		a.out.body = a.out.body[:0]
	}
	if len(a.out.head) > 0 {
		a.send(a.out.head)
		a.out.head = a.out.head[:0]
	}
}

func (a *answer) send(data []byte) {
	a.sent = true
	if a.failed == nil {
		_, a.failed = a.conn.rwc.Write(data)
	}
}

// finish sends what is left, and tells whether the connection is good for another request.
func (a *answer) finish() bool {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	defer a.release()
	if !a.begun {
		a.end(a.out.body)
		a.out.head = append(a.out.head, a.out.body...)
	}
	if a.chunked {
		a.out.head = append(a.out.head, "0\r\n\r\n"...)
	}
	if a.sent || a.dated {
		a.clock() // end looked at it long ago, or not at all
	}
	if len(a.out.head) > 0 {
		a.send(a.out.head)
	}
	return a.failed == nil && !a.last && (a.length < 0 || a.written == a.length)
}

// release gives the buffers back.
func (a *answer) release() {
	if out := a.out; out != nil {
		a.out = nil
		if cap(out.head) <= 2*mostKept && cap(out.body) <= 2*mostKept {
			bufferedAnswers.Put(out)
		}
	}
}

// SetReadDeadline is for http.ResponseController.
func (a *answer) SetReadDeadline(t time.Time) error {
	a.conn.read.moved()
	return a.conn.rwc.SetReadDeadline(t)
}

// SetWriteDeadline is for http.ResponseController.
func (a *answer) SetWriteDeadline(t time.Time) error {
	a.conn.write.moved()
	return a.conn.rwc.SetWriteDeadline(t)
}

func appendStatus(out []byte, status int) []byte {
	out = strconv.AppendInt(append(out, "HTTP/1.1 "...), int64(status), 10)
	if text := http.StatusText(status); text != "" {
		out = append(append(out, ' '), text...)
	} else {
		out = strconv.AppendInt(append(out, " status code "...), int64(status), 10) // as net/http does
	}
	return append(out, lineEnd...)
}

// appendFields writes a header in the order of its names, without those that do not go with the status. It is
// http.Header.WriteSubset for what is appended to, which takes a twentieth off the time of a small answer.
func appendFields(out []byte, h http.Header, status int) []byte {
	var few [8]string
	names := few[:0]
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if name == "" || !all(name, inToken) || suppressed(name, status) {
			continue
		}
		for _, value := range h[name] {
			out = append(append(out, name...), ": "...)
			out = append(appendValue(out, value), lineEnd...)
		}
	}
	return out
}

// suppressed tells whether a field does not go with a status. How a body is transferred, the lane decides alone.
func suppressed(name string, status int) bool {
	switch name {
	case "Transfer-Encoding", "Trailer":
		return true
	case "Content-Length":
		return !hasBody(status)
	case "Content-Type":
		return status == http.StatusNotModified
	}
	return false
}

// appendValue keeps a value in its line.
func appendValue(out []byte, value string) []byte {
	from := len(out)
	out = append(out, strings.Trim(value, " \t\r\n")...)
	for i, b := range out[from:] {
		if b == '\r' || b == '\n' {
			out[from+i] = ' '
		}
	}
	return out
}

// date is the header's line of that name, which is made once a second. The zero value is ready.
type date struct{ now atomic.Pointer[dated] }

type dated struct {
	second int64
	line   string
}

func (d *date) append(out []byte, now time.Time) []byte {
	line := d.now.Load()
	if line == nil || line.second != now.Unix() {
		line = &dated{now.Unix(), "Date: " + now.UTC().Format(http.TimeFormat) + lineEnd}
		d.now.Store(line)
	}
	return append(out, line.line...)
}
