package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tallystick/tallystick"
	"github.com/tallystick/tallystick/contract"
)

// loadContract reads a contract, or any other OpenAPI document, or the built-in contract when no file is named. Positions in its Problems
// carry the path as the user wrote it.
func loadContract(path string) (*contract.Contract, error) {
	if path == "" {
		return contract.Default(), nil
	}
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("contract %s: %w", path, reasonOf(err))
	} else if info.IsDir() {
		return nil, fmt.Errorf("contract %s: this is a folder, not a file", path)
	}
	c, err := contract.Open(os.DirFS(filepath.Dir(path)), filepath.Base(path))
	var problems contract.Problems
	if errors.As(err, &problems) {
		for i := range problems {
			problems[i].File = filepath.Join(filepath.Dir(path), problems[i].File)
		}
		return nil, problems
	}
	if err != nil {
		return nil, fmt.Errorf("contract %s: %w", path, reasonOf(err))
	}
	return c, nil
}

// loadProved is loadContract with every check of the built-in contract too, which is else taken for proved.
func loadProved(path string) (*contract.Contract, error) {
	if path == "" {
		return contract.Load(tallystick.Files, tallystick.Document)
	}
	return loadContract(path)
}

// reasonOf is an error of the file system without the name of the call and the path, which the message
// has already.
func reasonOf(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
