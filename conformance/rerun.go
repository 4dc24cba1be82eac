package conformance

import (
	"fmt"
	"regexp"
	"strings"
)

// WithRerun adds words to the commands in Result.Rerun: options of tally check that this package does not know,
// such as the files that it was given. The default is none.
func WithRerun(words ...string) Option {
	return func(s *settings) error { s.rerun = words; return nil }
}

// rerun is the command that repeats a check that failed, together with the check that saw the failure where
// that is another one. Secrets are taken from the environment.
func (t *trial) rerun() string {
	words := []string{"tally", "check", "--target", t.session.base, "--project", t.first.Project}
	words = append(words, t.credentialWords()...)
	ids := []string{t.check.ID}
	if t.blame != "" && t.blame != t.check.ID {
		ids = []string{t.blame, t.check.ID}
	}
	for _, id := range ids {
		words = append(words, "--include", id)
	}
	words = append(words, t.settings.rerun...)
	words = append(words, t.settings.words()...)
	for i, word := range words {
		words[i] = shellWord(word)
	}
	return strings.Join(words, " ")
}

// credentialWords are the options that name the credentials, with variables for what is secret.
func (t *trial) credentialWords() []string {
	var words []string
	first := t.target.First
	if first.Key != nil {
		words = append(words, "--ak", first.Key.ID, "--sk", "$TALLY_SK")
	}
	switch {
	case first.Login != nil && first.Token == "":
		words = append(words, "--user", first.Login.User, "--password", "$TALLY_PASSWORD", "--domain", first.Login.Domain)
		if first.Login.URL != "" {
			words = append(words, "--iam", first.Login.URL)
		}
		if first.Login.ProjectName != "" {
			words = append(words, "--project-name", first.Login.ProjectName)
		}
	case first.Key == nil || first.Token != "":
		words = append(words, "--token", "$TALLY_TOKEN")
	}
	if second := t.target.Second; second != nil {
		words = append(words, "--second-project", second.Project)
		if second.Token != "" {
			words = append(words, "--second-token", "$TALLY_SECOND_TOKEN")
		}
	}
	return words
}

// words are the settings that decide what a check sees, where they are not as they are by themselves.
func (s settings) words() []string {
	usual := defaultSettings()
	words := []string{"--seed", fmt.Sprint(s.seed)}
	if !s.control {
		words = append(words, "--control", "off")
	}
	if s.strict {
		words = append(words, "--strict")
	}
	if s.maxInstances != usual.maxInstances {
		words = append(words, "--max-instances", fmt.Sprint(s.maxInstances))
	}
	if s.timeout != usual.timeout {
		words = append(words, "--timeout", s.timeout.String())
	}
	if s.waitMax != usual.waitMax {
		words = append(words, "--wait-max", s.waitMax.String())
	}
	return words
}

var harmless = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellWord is one word of POSIX shell, in quotes where it takes them. A variable of ours is filled in.
func shellWord(text string) string {
	switch {
	case harmless.MatchString(text):
		return text
	case strings.HasPrefix(text, "$TALLY_"):
		return `"` + text + `"`
	}
	return quote(text)
}
