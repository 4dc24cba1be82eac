// Package tallystick carries the contract of the first service as embedded files, so that the one
// binary works from any folder. It holds data only; package contract reads it.
package tallystick

import "embed"

// Document is the name of the contract inside Files.
const Document = "openapi.yaml"

// Files holds the contract with the example payloads that it refers to. It is read-only and safe for
// concurrent use.
//
//go:embed openapi.yaml fixtures/examples
var Files embed.FS
