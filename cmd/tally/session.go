package main

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"

	"github.com/tallystick/tallystick/cmd/internal/wire"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// defaultProject is the name of the project that a random token is for: a region, as clients expect.
const defaultProject = "cn-north-4"

func randomToken(project string) mock.Token {
	return mock.Token{Value: "demo-" + strings.ToLower(rand.Text()), Project: project}
}

// session is what somebody who has just started a mock needs to know.
type session struct {
	contract *contract.Contract
	base     string
	auth     mock.Auth
	control  bool

	seed      string // the flag that gave what there is at the start; "" for none
	resources int    // that there are, from it or kept from before
	kept      string // where the state is kept; "" for in memory only
	wire      wired
}

// credential is the token to show and the project to use; the token is "" when none is needed.
func (s session) credential() (token, project string) {
	if len(s.auth.Tokens) > 0 {
		token, project = s.auth.Tokens[0].Value, s.auth.Tokens[0].Project
	} else {
		token, project = "anything", mock.ProjectID(defaultProject)
	}
	if s.auth.Mode == mock.Off {
		token = ""
	}
	return token, project
}

func (s session) greeting() string {
	if s.contract.Foreign() != nil {
		return s.greetingForeign()
	}
	token, project := s.credential()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, played at\n\n  address  %s\n%s  project  %s\n", s.contract.Title, s.contract.Version, s.base, s.wire.notes("tls      ", "ca       "), project)
	if token != "" {
		fmt.Fprintf(&b, "  token    %s\n", token)
	}
	for _, key := range s.auth.Keys {
		fmt.Fprintf(&b, "  key      %s\n", key.Access)
	}
	if s.control {
		fmt.Fprintf(&b, "  control  %s\n", s.url(control.Prefix+"health"))
		fmt.Fprintf(&b, "  page     %s\n", s.url(control.Prefix))
	}
	if s.seed != "" || s.resources > 0 {
		fmt.Fprintf(&b, "  state    %s\n", counted(s.resources, "instance"))
	}
	if s.kept != "" {
		fmt.Fprintf(&b, "  kept     %s\n", s.kept)
	}
	if op := firstCreate(s.contract); op != nil {
		if line, err := s.curl(op, token, project); err == nil {
			fmt.Fprintf(&b, "\n%s, as documented:\n\n  %s\n", op.Summary, line)
		}
	}
	return b.String() + "\nCtrl-C ends it.\n"
}

func firstCreate(c *contract.Contract) *contract.Operation {
	for _, op := range c.Operations() {
		if op.Effect != nil && op.Effect.Do == contract.Create {
			return op
		}
	}
	return nil
}

// curl is the command line that sends an operation's documented request.
func (s session) curl(op *contract.Operation, token, project string) (string, error) {
	in, err := op.DocumentedInput()
	if err != nil {
		return "", err
	}
	path := op.Path
	for name, value := range in.Path {
		if name == op.Effect.Tenant {
			value = project
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if len(in.Query) > 0 {
		path += "?" + in.Query.Encode()
	}
	words := append(s.reach(), "-X", op.Method, s.url(path))
	if token != "" && op.Secured {
		words = append(words, "-H", s.header(token))
	}
	if len(in.Body) > 0 {
		words = append(words, "-H", "Content-Type: "+in.ContentType, "-d", string(in.Body))
	}
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return strings.Join(words, " "), nil
}

// reach is curl with what it needs to come to the address.
func (s session) reach() []string {
	words := []string{"curl", "-sS"}
	if path, ok := wire.SocketPath(s.base); ok {
		return append(words, "--unix-socket", path)
	}
	switch {
	case s.wire.caFile != "":
		return append(words, "--cacert", s.wire.caFile)
	case s.wire.selfSigned:
		return append(words, "--insecure")
	}
	return words
}

// url is the URL of a path; a host has no meaning behind a unix socket.
func (s session) url(path string) string {
	if _, ok := wire.SocketPath(s.base); ok {
		return "http://localhost" + path
	}
	return s.base + path
}

// header carries a token the way the contract says.
func (s session) header(token string) string {
	for _, scheme := range s.contract.Schemes() {
		if scheme.Type == "apiKey" && scheme.Header != "" {
			return scheme.Header + ": " + token
		}
	}
	return "Authorization: Bearer " + token
}

const plainInShell = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_"

// shellQuote makes a word that a POSIX shell reads back as the text.
func shellQuote(text string) string {
	if text != "" && strings.Trim(text, plainInShell) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
