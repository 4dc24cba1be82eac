package main

import (
	"errors"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/conformance"
)

func (k *checkSettings) setShard(text string) error {
	index, of, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(index)
	n, err2 := strconv.Atoi(of)
	if errors.Join(err, err2) != nil || i < 1 || i > n {
		return errors.New("want I/N, such as 2/5, with I from 1 to N")
	}
	k.shard, k.shards = i, n
	return nil
}

// sharding is the option that makes a part of a run; none for the whole.
func (k *checkSettings) sharding() []conformance.Option {
	if k.shards == 0 {
		return nil
	}
	info, _ := debug.ReadBuildInfo()
	return []conformance.Option{conformance.WithShard(k.shard, k.shards, versionOf(info))}
}
