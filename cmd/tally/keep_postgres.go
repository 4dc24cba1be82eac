package main

import (
	"context"

	"github.com/tallystick/tallystick/mock/store"
	"github.com/tallystick/tallystick/mock/store/postgres"
)

func openPostgres(ctx context.Context, url string) (store.Shared, error) {
	s, err := postgres.Open(ctx, url)
	if err != nil {
		return nil, err // and not a Shared that holds nil
	}
	return s, nil
}
