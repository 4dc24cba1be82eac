package main

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// readValues reads the object of --values: one document of YAML, which JSON is too.
func readValues(data []byte) (map[string]any, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty; want an object in JSON or YAML")
	case err != nil:
		return nil, errors.New("want an object in JSON or YAML: " + yamlText(err))
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, errors.New("want an object in JSON or YAML: it begins with something else")
	}
	var values map[string]any
	if err := root.Decode(&values); err != nil {
		return nil, errors.New("want an object in JSON or YAML: " + yamlText(err))
	}
	if err := decoder.Decode(&document); !errors.Is(err, io.EOF) {
		return nil, errors.New("want one document; after the first there is something else")
	}
	return values, nil
}

// rerunWords are the options that a command which repeats a check needs, and only this program knows.
func (k *checkSettings) rerunWords() []string {
	var words []string
	for _, f := range []struct{ flag, value string }{{"--values", k.values}, {"--spec", k.spec}, {"--ca", k.ca}} {
		if f.value != "" {
			words = append(words, f.flag, f.value)
		}
	}
	if k.insecure {
		words = append(words, "--insecure")
	}
	return words
}
