// SPDX-License-Identifier: Apache-2.0

// Package local counts a plan in this process: Parquet by pages, one person
// at a time never, columns always.
package local

import (
	"context"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// An Engine counts in this process.
type Engine struct{}

// Columns returns the columns of a table as its files have them, in rule's
// kinds, without those that rules cannot see. It reads footers' schemas only.
// neverRead are columns that the owner forbids.
func (Engine) Columns(ctx context.Context, root string, s *plan.Source, neverRead []string) ([]rule.Column, error) {
	panic("contract: to be built")
}

// Check does everything that can be checked before a row is read: paths,
// footers, schemas, partitions of days, choices that are there, memory. What it
// refuses costs nothing.
func (Engine) Check(ctx context.Context, in *cleanroom.Input) error {
	panic("contract: to be built")
}

// Tally counts the plan's people: scan, resolve persons, remove opted-out and
// under-age persons, rules, bound, tally, in this order.
func (Engine) Tally(ctx context.Context, in *cleanroom.Input) (dp.Tallies, error) {
	panic("contract: to be built")
}
