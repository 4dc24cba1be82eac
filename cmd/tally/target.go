package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tallystick/tallystick/conformance"
)

// targetSettings say which server is meant, and as whom to speak to it.
type targetSettings struct {
	url, project           string
	token                  string
	user, password, domain string
	iam, projectName       string
	ak, sk                 string
	ca                     string
	insecure               bool
}

func (s *targetSettings) settings() settings {
	return settings{
		{name: "target", form: "URL", set: into(&s.url), usage: "The base URL of the server."},
		{name: "project", form: "ID", set: into(&s.project), usage: "The id of the project to work in, as it stands in paths."},
		{name: "token", form: "TOKEN", set: secret(&s.token), usage: "A token for the project."},
		{name: "user", form: "NAME", set: into(&s.user), usage: "Instead of a token: the user to get tokens for, as often as it takes."},
		{name: "password", form: "PASSWORD", set: secret(&s.password), usage: "The password of the user."},
		{name: "domain", form: "NAME", set: into(&s.domain), usage: "The domain (account) of the user."},
		{name: "iam", form: "URL", set: into(&s.iam), usage: "The base URL of the token service. Default the target itself."},
		{name: "ak", form: "ID", set: into(&s.ak), usage: "Instead of a token: the id of the access key that signs every request. Beside a token or a user, the key is for the checks of signatures alone."},
		{name: "sk", form: "SECRET", set: secret(&s.sk), usage: "The secret of the access key."},
		{name: "ca", form: "FILE", set: into(&s.ca), usage: "Trust the certificates in this PEM file too, when the server has TLS. Example: --ca ca.pem, the file of --tls-ca-file."},
		{name: "insecure", form: "bool", set: setBool(&s.insecure), usage: "Do not check the server's certificate."},
		{name: "project-name", form: "NAME", set: into(&s.projectName), usage: "The name of the project, where the token service wants that instead of the id; --project is needed all the same."},
	}
}

const secretNotes = `
  TOKEN, PASSWORD and SECRET may be @FILE: what the file holds, without the line break at its end. The
  variables TALLY_TOKEN, TALLY_PASSWORD and TALLY_SK keep them out of the list of processes. They are never
  printed, and never written into a report or a recording.`

// secret reads a value that a file may hold.
func secret(target *string) func(string) error {
	return func(text string) error {
		if path, ok := strings.CutPrefix(text, "@"); ok {
			data, err := os.ReadFile(path)
			if err != nil {
				return reasonOf(err)
			}
			if text = strings.TrimRight(string(data), "\r\n"); text == "" {
				return errors.New("the file is empty")
			}
		}
		*target = text
		return nil
	}
}

// first are the credentials for the project; what is missing is an error that names the flags.
func (s *targetSettings) first() (conformance.Credentials, error) {
	c := conformance.Credentials{Project: s.project, Token: s.token}
	var ways []string
	for _, f := range []struct{ name, value string }{{"--token", s.token}, {"--user", s.user}} {
		if f.value != "" {
			ways = append(ways, f.name)
		}
	}
	switch {
	case len(ways) > 1:
		return c, fmt.Errorf("%s exclude each other", strings.Join(ways, " and "))
	case s.sk != "" && s.ak == "":
		return c, errors.New("--ak is missing; --sk is the secret of one")
	case len(ways) == 0 && s.ak == "":
		return c, errors.New("credentials are missing: --token, or --user with --password and --domain, or --ak with --sk")
	case s.ak != "" && s.sk == "":
		return c, errors.New("--sk is missing; --ak needs it")
	case s.ak != "":
		c.Key = &conformance.AccessKey{ID: s.ak, Secret: s.sk}
	}
	if s.user == "" {
		return c, nil
	}
	for _, f := range []struct{ name, value string }{{"password", s.password}, {"domain", s.domain}} {
		if f.value == "" {
			return c, fmt.Errorf("--%s is missing; --user needs it", f.name)
		}
	}
	c.Login = &conformance.Login{URL: s.iam, User: s.user, Password: s.password, Domain: s.domain, ProjectName: s.projectName}
	return c, nil
}

// second are the credentials for another project: its own token, or what the same user gets for it. A key is
// good for all projects of its user, so it proves nothing about another.
func (s *targetSettings) second(project, token string) (*conformance.Credentials, error) {
	switch {
	case project == "" && token == "":
		return nil, nil
	case project == "":
		return nil, errors.New("--second-project is missing; --second-token is for one")
	case project == s.project:
		return nil, errors.New("--second-project is the same as --project")
	case token != "":
		return &conformance.Credentials{Project: project, Token: token}, nil
	case s.user == "":
		return nil, errors.New("--second-token is missing; --second-project needs it")
	}
	return &conformance.Credentials{Project: project,
		Login: &conformance.Login{URL: s.iam, User: s.user, Password: s.password, Domain: s.domain}}, nil
}
