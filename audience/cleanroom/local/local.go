// SPDX-License-Identifier: Apache-2.0

// Package local counts a plan in this process: Parquet by pages, one person
// at a time never, columns always.
//
// People are spread over shards by a hash of their key; a worker reads a row
// group, works out for the whole of it what counts, and feeds it to the shards
// concerned. Exact counts do not depend on the order of rows or files, on how
// rows are split over files, or on the number of workers.
package local

import (
	"context"
	"sync"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/failpoint"
)

// An Engine counts in this process.
type Engine struct{}

// Columns returns the columns of a table as its files have them, in rule's
// kinds, rule.Invalid for those that rules cannot see. It reads footers' schemas
// only. neverRead are columns that the owner forbids: they are left out.
func (Engine) Columns(ctx context.Context, root string, s *plan.Source, neverRead []string) (columns []rule.Column, err error) {
	err = safely("reading schemas", func() error {
		t, err := event.Open(ctx, root, s, event.Options{NeverRead: neverRead})
		if err != nil {
			return err
		}
		columns = t.Columns()
		for _, name := range t.Invisible() {
			columns = append(columns, rule.Column{Name: name})
		}
		return t.Close()
	})
	return columns, classified(err)
}

// Files returns the names of the files that a table is read from, whatever day
// they are of.
func (Engine) Files(ctx context.Context, root string, s *plan.Source) (names []string, err error) {
	err = safely("looking for files", func() error {
		names, err = event.Names(ctx, root, s)
		return err
	})
	return names, classified(err)
}

// Check does everything that can be checked before a row is read: paths,
// footers, schemas, partitions of days, choices that are there, memory. What it
// refuses costs nothing.
func (Engine) Check(ctx context.Context, in *cleanroom.Input) error {
	return classified(safely("checking the input", func() error {
		d, err := open(ctx, in)
		if err != nil {
			return err
		}
		defer d.close()
		if err := consent.Check(ctx, in.Root, in.Plan.OptOuts, in.NeverRead); err != nil {
			return err
		}
		if _, err := consent.Accept(ctx, in.Root, in.Plan.OptOuts, &in.Choices); err != nil {
			return err
		}
		return d.fits(ctx, in)
	}))
}

// Tally counts the plan's people: scan, resolve persons, remove opted-out and
// under-age persons, rules, bound, tally, in this order.
func (Engine) Tally(ctx context.Context, in *cleanroom.Input) (dp.Tallies, error) {
	var mu sync.Mutex
	var total dp.Tallies
	begun := false
	err := count(ctx, in, func(shard, shards int, fill func(add func(*dp.Block) error) error) error {
		failpoint.At("tally.shard")
		b := dp.NewBuilder(in.Strategy, shard, shards)
		if err := fill(b.Add); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if !begun {
			total, begun = b.Tallies(), true
			return nil
		}
		return total.Merge(b.Tallies())
	})
	if err != nil {
		return dp.Tallies{}, err
	}
	return total, nil
}
