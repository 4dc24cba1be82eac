// Package dashboard is the page on which people look at a mock. Its files are embedded; they ask for nothing
// but the control API of the mock that they came from.
package dashboard

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
)

//go:embed files
var files embed.FS

// Page is the name of the page among the files.
const Page = "index.html"

// policy lets the page have its own files and its own mock, and nothing else. Nothing may frame it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
}

// File is a file of the page with its media type; ok is false when there is none of that name.
func File(name string) (mediaType string, data []byte, ok bool) {
	mediaType, ok = types[path.Ext(name)]
	if !ok {
		return "", nil, false
	}
	data, err := fs.ReadFile(files, path.Join("files", path.Base(name)))
	return mediaType, data, err == nil
}

// Guard sets the headers that keep other pages, caches and guesses away from a file.
func Guard(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
