// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/failpoint"
)

// A run is one count on its way.
type run struct {
	in       *cleanroom.Input
	data     *data
	people   *people
	keys     *keys      // nil: every key is a person
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
		r, err := begin(ctx, in)
		if err != nil {
			return err
		}
		defer r.data.close()
		defer r.people.close()
		failpoint.At("tally.begun")
		if err := r.collect(ctx); err != nil {
			return err
		}
		failpoint.At("tally.scanned")
		return r.judge(ctx, to)
	}))
}

// begin opens the input, reads whose keys are whose, and people's choices.
func begin(ctx context.Context, in *cleanroom.Input) (*run, error) {
	d, err := open(ctx, in)
	if err != nil {
		return nil, err
	}
	r := &run{in: in, data: d, repeats: make([]*repeats, len(d.events)), workers: workersOf(in.Workers),
		progress: progress{tell: in.Progress, total: d.bytes(len(in.PhoneKeys))}}
	if err := d.fits(ctx, in); err != nil {
		d.close()
		return nil, err
	}
	if err := r.resolve(ctx); err != nil {
		d.close()
		return nil, err
	}
	failpoint.At("tally.consent")
	return r, nil
}

// collect reads everything there is to know of people. Who may not be counted
// is left out at the door: no rule is asked about them.
func (r *run) collect(ctx context.Context) error {
	if r.data.people != nil {
		if err := r.list(ctx); err != nil {
			return err
		}
	}
	if err := r.findRepeats(ctx); err != nil {
		return err
	}
	return r.scan(ctx)
}

// shardsFor returns enough shards that workers seldom wait for each other.
func shardsFor(workers int) int {
	n := 16
	for n < 8*workers && n < 256 {
		n *= 2
	}
	return n
}
