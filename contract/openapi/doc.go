// Package openapi reads any OpenAPI document of version 3.0 or 3.1, as it was found: its operations, what a
// request for one of them breaks, and what it answers according to the document.
//
// It is for documents that somebody else wrote. What would be a mistake in a contract of one's own (an example
// that breaks its schema, a pattern that Go cannot compile, a reference that leads nowhere) is a warning here,
// as long as something can be answered. What stands in the way of all serving is an error.
//
// A document is read once, quickly; operations are looked into and schemas compiled when they are first needed.
// Nothing here serves HTTP, keeps state or fetches anything.
package openapi
