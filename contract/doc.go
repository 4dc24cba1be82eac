// Package contract reads a contract: an OpenAPI 3.1 document that says under six x-tally keys what OpenAPI
// cannot, which error answers what, how resources live, and where each statement comes from.
//
// Load does all the checking and gives an immutable Contract. Read and Decide judge requests, Check judges
// answers, Probes derives the requests worth sending. All of it is pure: nothing here serves HTTP, reads a
// clock or keeps state, and mock and runner both work from it.
//
// The vocabulary is described in docs/vocabulary.md, and for editors in VocabularySchema.
package contract
