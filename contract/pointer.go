package contract

import "github.com/tallystick/tallystick/contract/internal/jsontree"

// The ways through JSON that this package shares with package openapi.
var (
	pointerTokens = jsontree.Tokens
	escapeToken   = jsontree.Escape
	valueAt       = jsontree.At
)
