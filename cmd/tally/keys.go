package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tallystick/tallystick/mock"
)

// keySettings are the access keys of a mock: as many secrets as ids, in the same order.
type keySettings struct {
	keys    []mock.Key // without what the secrets say
	secrets []string
}

func (k *keySettings) addID(text string) error {
	id, project, scoped := strings.Cut(text, "=")
	if id == "" || (scoped && project == "") {
		return errors.New("want ID or ID=PROJECT, neither of them empty")
	}
	k.keys = append(k.keys, mock.Key{Access: id, Project: project})
	return nil
}

func (k *keySettings) addSecret(text string) error {
	var value string
	if err := secret(&value)(text); err != nil {
		return err
	}
	if sk, token, temporary := strings.Cut(value, ":"); sk == "" || (temporary && token == "") {
		return errors.New("want SECRET or SECRET:TOKEN, neither of them empty")
	}
	k.secrets = append(k.secrets, value)
	return nil
}

// pairs puts ids and secrets together.
func (k *keySettings) pairs() ([]mock.Key, error) {
	switch ids, secrets := len(k.keys), len(k.secrets); {
	case ids < secrets:
		return nil, fmt.Errorf("--ak is missing: %d ids for %d secrets; each --sk is the secret of one", ids, secrets)
	case ids > secrets:
		return nil, fmt.Errorf("--sk is missing: %d secrets for %d ids; each --ak needs one", secrets, ids)
	}
	var out []mock.Key
	for i, key := range k.keys {
		key.Secret, key.SecurityToken, _ = strings.Cut(k.secrets[i], ":")
		out = append(out, key)
	}
	return out, nil
}
