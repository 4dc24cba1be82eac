package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// checkReady tells, before anything starts, that the file of --ready-file could not be written; "" is none.
func checkReady(path string) error {
	if path == "" {
		return nil
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".tally-*")
	if err == nil {
		_ = probe.Close()
		err = os.Remove(probe.Name())
	}
	if info, failed := os.Stat(path); err == nil && failed == nil && info.IsDir() {
		err = syscall.EISDIR
	}
	if err != nil {
		return fmt.Errorf("--ready-file %s: %w", path, reasonOf(err))
	}
	return nil
}
