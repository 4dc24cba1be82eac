package mock

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
)

// Key is an access key that signs requests. It stands for the same caller as the tokens that are valid from the
// start.
type Key struct {
	Access, Secret string
	Project        string // the only one that it is good for; "" = every project
	SecurityToken  string // of a temporary key, whose requests have to bring it; "" = a permanent key
}

func checkKeys(keys []Key) error {
	first := map[string]int{}
	for i, k := range keys {
		switch j, twice := first[k.Access]; {
		case k.Access == "" || k.Secret == "":
			return fmt.Errorf("access key %d: want an id and a secret, neither of them empty", i+1)
		case strings.ContainsAny(k.Access, " \t,;="):
			return fmt.Errorf("access key %d: the id has a character that the header Authorization cannot carry, such as a comma", i+1)
		case twice:
			return fmt.Errorf("access key %d has the id of access key %d", i+1, j+1)
		}
		first[k.Access] = i
	}
	return nil
}

// keyState is a key with what has become of it. The world's lock guards it.
type keyState struct {
	Key
	failures int       // in a row
	locked   time.Time // until then; zero for never
}

// fail counts a failure, where the contract locks keys.
func (k *keyState) fail(l contract.SignatureLimits, now time.Time) {
	if l.Failures == 0 {
		return
	}
	if k.failures++; k.failures > l.Failures {
		k.failures, k.locked = 0, now.Add(l.Lock)
	}
}

// signature is what a request is signed with.
type signature struct {
	authorization signing.Authorization
	message       signing.Message
	broken        error // what is wrong with the header; the rest is zero then
	limits        contract.SignatureLimits
	fits          bool // its key is known, and has made it
}

// readSignature verifies the signature of a request as far as that takes neither time nor memory of failures, so
// that it needs no lock. It is nil where there is none.
func readSignature(c *exchange, keys []Key) *signature {
	header := lineOf(c.request.Header, "Authorization")
	if !signing.Is(header) {
		return nil
	}
	s := &signature{message: signing.Of(c.request, c.body), limits: c.contract.SignatureLimits()}
	if s.authorization, s.broken = signing.Parse(header); s.broken != nil {
		return s
	}
	for _, k := range keys {
		if k.Access == s.authorization.Access {
			s.fits = s.message.Verify(s.authorization, k.Secret)
		}
	}
	return s
}

// verify tells who has signed a request for a project, or the condition of the signature that forbids it, with
// the reason.
func (k *keyring) verify(s *signature, project string, now time.Time) (caller contract.Caller, condition string, reason error) {
	if s.broken != nil {
		return caller, "signature", s.broken
	}
	key := k.keys[s.authorization.Access]
	switch {
	case key == nil:
		return caller, "unknown-key", errors.New("the access key is not known")
	case now.Before(key.locked):
		return caller, "locked", fmt.Errorf("the access key has failed more than %d times in a row, and is locked until %s", s.limits.Failures, key.locked.UTC().Format(time.RFC3339))
	}
	if condition, reason = s.flaw(key.Key, now); condition != "" {
		key.fail(s.limits, now)
		return caller, condition, reason
	}
	key.failures = 0
	if named := s.message.Header.Get(signing.ProjectHeader); !reaches(key.Project, project) || !reaches(named, project) {
		return caller, "foreign", errors.New("the key, or " + signing.ProjectHeader + ", is for another project than the path")
	}
	return callerOf(defaultCaller), "", nil
}

// reaches tells whether a project that a request is held to is the one of its path.
func reaches(held, project string) bool { return held == "" || project == "" || held == project }

// flaw is what is wrong with a signature by a known key; no condition when nothing is.
func (s *signature) flaw(key Key, now time.Time) (condition string, reason error) {
	at, err := s.message.Date()
	lacks := s.message.Lacks(s.authorization)
	switch {
	case err != nil:
		return "signature", err
	case lacks != "":
		return "signature", errors.New(lacks)
	case s.limits.Window > 0 && now.Sub(at).Abs() > s.limits.Window:
		return "stale", fmt.Errorf("signature expired: %s is %s, the server has %s", signing.DateHeader, at.Format(signing.TimeFormat), now.UTC().Format(signing.TimeFormat))
	case !s.fits:
		return "signature", errors.New("the signature does not fit the request")
	case key.SecurityToken != "" && s.message.Header.Get(signing.TokenHeader) != key.SecurityToken:
		return "signature", errors.New(signing.TokenHeader + " is not that of the key")
	}
	return "", nil
}

// explain tells people why a signature was refused; how one that does not fit was made, if that can be found out.
func (s *signature) explain(c *contract.Contract, keys []Key, condition string, reason error) *signing.Finding {
	var own, others []string
	for _, k := range keys {
		if k.Access == s.authorization.Access {
			own = append(own, k.Secret)
		} else {
			others = append(others, k.Secret)
		}
	}
	f := signing.Finding{}
	if s.broken == nil {
		var secrets []string
		if condition == "signature" && !s.fits { // else nobody has to search
			secrets = slices.Concat(own, others)
		}
		f = signing.Explain(s.message, s.authorization, secrets, append(c.SecretHeaders(), c.SecretNames()...))
	}
	if f.Problem = condition; reason != nil {
		f.Problem = reason.Error()
	}
	return &f
}

// credentialRefusal is the answer to a credential in a condition.
func (s *server) credentialRefusal(condition string, reason error) error {
	text := ""
	if reason != nil {
		text = reason.Error()
	}
	return refusedFor(s.contract.SecurityRefusalFor(condition, text), http.StatusUnauthorized, "credential is "+condition)
}
