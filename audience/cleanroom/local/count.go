// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/dp"
)

// A run is one count on its way.
type run struct {
	in       *cleanroom.Input
	data     *data
	people   *people
	repeats  []*repeats // parallel to the events tables; nil where rows have no ids
	workers  int
	progress progress
}

// A sink takes the people of one shard: fill calls add with block after block.
// It is called from several goroutines, once for every shard, empty ones too.
type sink func(shard, shards int, fill func(add func(*dp.Block) error) error) error

// count works out what every person adds to the plan's counts.
func count(ctx context.Context, in *cleanroom.Input, to sink) error {
	return classified(safely("counting", func() error {
		r := &run{in: in, workers: workersOf(in.Workers)}
		d, err := open(ctx, in)
		if err != nil {
			return err
		}
		defer d.close()
		if err := d.fits(in.Memory); err != nil {
			return err
		}
		r.data, r.repeats = d, make([]*repeats, len(d.events))
		r.progress = progress{tell: in.Progress, total: d.bytes()}
		var choices *consent.Register
		if o := in.Plan.OptOuts; o != nil {
			choices, err = consent.Read(ctx, in.Root, o, in.Plan.Purpose, in.Calendar.AsOf, in.Calendar.Zone, in.NeverRead)
			if err != nil {
				return err
			}
		}
		capped := in.Plan.Privacy.MaxSegments < len(in.Plan.Segments)
		r.people = newPeople(d, shardsFor(r.workers), choices, capped)
		if d.people != nil {
			if err := r.list(ctx); err != nil {
				return err
			}
		}
		if err := r.findRepeats(ctx); err != nil {
			return err
		}
		if err := r.scan(ctx); err != nil {
			return err
		}
		return r.judge(ctx, to)
	}))
}

// shardsFor returns enough shards that workers seldom wait for each other.
func shardsFor(workers int) int {
	n := 16
	for n < 8*workers && n < 256 {
		n *= 2
	}
	return n
}
