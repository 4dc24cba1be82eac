package mock

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Auth says who may call.
type Auth struct {
	Mode   AuthMode
	Tokens []Token // Strict: tokens that are valid from the start and never expire
	Users  []User  // who may get tokens; none = anybody
	Keys   []Key   // access keys whose signatures are accepted in place of a token; their ids differ
	Region string  // of the endpoints in a token's catalog; "" = what the project's name begins with
}

// AuthMode is how strictly callers are identified.
type AuthMode string

// The modes. The zero value means Strict.
const (
	Strict AuthMode = "strict" // tokens that were issued or given, for their own project
	Any    AuthMode = "any"    // any token that is not empty, for any project
	Off    AuthMode = "off"    // no token at all
)

// Token is a token that is valid for one project.
type Token struct{ Value, Project string }

// User may get tokens. An empty Domain is any.
type User struct{ Name, Password, Domain string }

func (a Auth) check() error {
	if !slices.Contains([]AuthMode{"", Strict, Any, Off}, a.Mode) {
		return fmt.Errorf("auth mode %q: want strict, any or off", a.Mode)
	}
	first := map[string]int{}
	for i, t := range a.Tokens {
		if t.Value == "" || t.Project == "" {
			return fmt.Errorf("token %d: want TOKEN=PROJECT, neither of them empty", i+1)
		}
		j, twice := first[t.Value]
		if twice && a.Tokens[j].Project != t.Project { // the value itself is a secret
			return fmt.Errorf("token %d has the value of token %d, but another project: %s and %s", i+1, j+1, a.Tokens[j].Project, t.Project)
		}
		if !twice {
			first[t.Value] = i
		}
	}
	return checkKeys(a.Keys)
}

const (
	tokenMark = "tally." // every issued token begins with it
	tokenLife = 24 * time.Hour
	maxTokens = 100_000 // live tokens; the oldest go first
)

// grant is what a token stands for.
type grant struct {
	caller  contract.Caller
	project string    // "" for a token without a project
	expires time.Time // zero for never
	number  uint64    // in the order in which they were issued; 0 for those from the start
}

// tokenHash is what a token is known by. It is no string, so that the collector has nothing to follow in those of
// 100,000 tokens.
type tokenHash [sha256.Size]byte

func hashOf(token string) tokenHash { return sha256.Sum256([]byte(token)) }

// keyring holds the tokens and the access keys. The world's lock guards it.
type keyring struct {
	mode     AuthMode
	users    []User
	grants   map[tokenHash]grant // so that no snapshot of them holds a secret
	issued   []tokenHash         // oldest first
	fixed    []string            // given from the start
	numbered uint64              // number of the youngest that has gone
	keys     map[string]*keyState
	last     struct {
		value string
		hash  tokenHash
		known bool
	} // the token that was looked for last: most requests bring it again
}

// hashOf is what a token of a request is known by.
func (k *keyring) hashOf(value string) tokenHash {
	if !k.last.known || k.last.value != value {
		k.last.value, k.last.hash, k.last.known = strings.Clone(value), hashOf(value), true
	}
	return k.last.hash
}

func newKeyring(a Auth) *keyring {
	k := &keyring{mode: a.Mode, users: a.Users, grants: map[tokenHash]grant{}, keys: map[string]*keyState{}}
	for _, key := range a.Keys {
		k.keys[key.Access] = &keyState{Key: key}
	}
	for _, t := range a.Tokens {
		k.grants[hashOf(t.Value)] = grant{caller: callerOf(defaultCaller), project: t.Project}
		k.fixed = append(k.fixed, t.Value)
	}
	return k
}

// defaultCaller is the name of whoever has a token from the start, and of everybody where none is needed.
const defaultCaller = "tally"

// callerOf makes the identity of a user from a name.
func callerOf(name string) contract.Caller {
	return contract.Caller{ID: derivedID("user " + name), Name: name}
}

// derivedID is 32 hex digits that stand for a name.
func derivedID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

var hexID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// ProjectID is the id of a project by its name; a name that is an id already stands for itself.
func ProjectID(name string) string {
	if hexID.MatchString(name) {
		return name
	}
	return derivedID("project " + name)
}

// admits tells whether user name and password are right.
func (k *keyring) admits(name, password, domain string) bool {
	return len(k.users) == 0 || slices.ContainsFunc(k.users, func(u User) bool {
		return u.Name == name && u.Password == password && (u.Domain == "" || u.Domain == domain)
	})
}

// issue makes a token.
func (k *keyring) issue(g grant, now time.Time) string {
	for len(k.issued) > 0 && (len(k.issued) >= maxTokens || k.grants[k.issued[0]].expires.Before(now.Add(-tokenLife))) {
		k.numbered = k.grants[k.issued[0]].number
		delete(k.grants, k.issued[0])
		k.issued = k.issued[1:]
	}
	var secret [32]byte
	rand.Read(secret[:])
	value := tokenMark + base64.RawURLEncoding.EncodeToString(secret[:])
	hash := hashOf(value)
	g.number = k.nextNumber()
	k.grants[hash] = g
	k.issued = append(k.issued, hash)
	return value
}

// IssueToken makes a token for a project as a client gets one: kept with the state, so that it holds after a restart
// and for all mocks that share the state, and good for a day of the mock's clock, or until a reset. It is safe for
// concurrent use. An error says why the token could not be kept.
func (m *Mock) IssueToken(project string) (value string, err error) {
	w := m.world
	part := func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		now := w.clock.now()
		value = w.keys.issue(grant{caller: callerOf(defaultCaller), project: project, expires: now.Add(tokenLife)}, now)
	}
	if w.gate == nil {
		part()
		return value, nil
	}
	err = w.gate.pass(part)
	return value, err
}

// nextNumber is the number of the next token.
func (k *keyring) nextNumber() uint64 {
	if len(k.issued) == 0 {
		return k.numbered + 1
	}
	return k.grants[k.issued[len(k.issued)-1]].number + 1
}

// numberAs gives the tokens the numbers that they have in another keyring: they are kept under these.
func (k *keyring) numberAs(other *keyring) {
	k.numbered = other.numbered
	for hash, g := range k.grants {
		g.number = other.grants[hash].number // 0 for those that the settings name, in both
		k.grants[hash] = g
	}
}

// credential is what a request brings to be let in: a token or a signature, or else the condition of what it
// has instead.
type credential struct {
	token     string
	signature *signature // nil without one
	condition string
}

// credentialOf finds the credential of a request. A token goes before a signature.
func credentialOf(schemes []*contract.Scheme, e *exchange, keys []Key) credential {
	h := e.request.Header
	for _, s := range schemes {
		if s.Type != "apiKey" || s.Header == "" {
			continue
		}
		token := lineOf(h, s.Header)
		if token == "" {
			token = h.Get(s.Header) // its name may be written in another way
		}
		if token != "" {
			return credential{token: token}
		}
	}
	if s := readSignature(e, keys); s != nil {
		return credential{signature: s}
	}
	kind, value, _ := strings.Cut(lineOf(h, "Authorization"), " ")
	value = strings.TrimSpace(value)
	switch {
	case kind == "", strings.EqualFold(kind, "Bearer") && value == "":
		return credential{condition: "absent"}
	case strings.EqualFold(kind, "Bearer"):
		return credential{token: value}
	}
	return credential{condition: "scheme"}
}

// check tells who sends a request for a project, or the condition of the credential that forbids it; for a
// signature, with the reason.
func (k *keyring) check(c credential, project string, now time.Time) (contract.Caller, string, error) {
	switch {
	case k.mode == Off:
		return callerOf(defaultCaller), "", nil
	case c.signature != nil:
		return k.verify(c.signature, project, now)
	case c.condition != "":
		return contract.Caller{}, c.condition, nil
	case k.mode == Any:
		return callerOf("token " + derivedID(c.token)[:8]), "", nil // the token itself must not be seen
	}
	caller, condition := k.holder(c.token, project, now)
	return caller, condition, nil
}

// holder tells whose a token for a project is, or the condition of the token that forbids the request.
func (k *keyring) holder(value, project string, now time.Time) (contract.Caller, string) {
	g, known := k.grants[k.hashOf(value)]
	switch {
	case !known && (strings.HasPrefix(value, tokenMark) || k.isCut(value)):
		return contract.Caller{}, "damaged"
	case !known:
		return contract.Caller{}, "garbage"
	case !g.expires.IsZero() && !now.Before(g.expires):
		return contract.Caller{}, "expired"
	case g.project == "":
		return contract.Caller{}, "unscoped"
	case project != "" && g.project != project:
		return contract.Caller{}, "foreign"
	}
	return g.caller, ""
}

// isCut tells whether a value is the beginning of a token that was given.
func (k *keyring) isCut(value string) bool {
	return slices.ContainsFunc(k.fixed, func(token string) bool { return strings.HasPrefix(token, value) })
}
