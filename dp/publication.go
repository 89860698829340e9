// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"context"
	"errors"
	"fmt"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// A Publication is a release under way: while its people are counted, it is
// rehearsed and its noise is drawn. It is of one reservation, and serves once.
type Publication struct {
	// Behind two pointers, as in Tallies: noise that waits would undo itself.
	seal *publishing
}

type publishing struct{ in *publication }

type publication struct {
	res   poster
	s     *Strategy
	draft *release.Release
	src   sampler

	cancel context.CancelFunc
	done   chan struct{} // closed when the rest is known
	unfit  error         // why no such release can be made
	rows   []waiting     // one row's noise each; nil once they are used
}

// Format prints nothing of the noise, whatever the verb.
func (Publication) Format(f fmt.State, _ rune) { fmt.Fprint(f, "dp.Publication(hidden)") }

// MarshalText refuses, and with it every encoder of the standard library.
func (Publication) MarshalText() ([]byte, error) { return nil, errSealed }

// GobEncode refuses.
func (Publication) GobEncode() ([]byte, error) { return nil, errSealed }

// Begin begins a release whose budget is reserved, in a goroutine of its own. The
// draft must not change until it is published; whoever does not come to that
// calls Drop.
func Begin(ctx context.Context, res *ledger.Reservation, s *Strategy, draft *release.Release) Publication {
	if res == nil {
		return begin(ctx, nil, s, draft, library{})
	}
	return begin(ctx, res, s, draft, library{})
}

func begin(ctx context.Context, res poster, s *Strategy, draft *release.Release, src sampler) Publication {
	p := &publication{res: res, s: s, draft: draft, src: src, done: make(chan struct{})}
	ctx, p.cancel = context.WithCancel(ctx)
	go func() {
		defer close(p.done)
		p.unfit = p.prepare(ctx)
	}()
	return Publication{&publishing{p}}
}

// prepare rehearses, and draws. What could make a paid release impossible to
// write is found on invented numbers, before anything is drawn (privacy R20).
func (p *publication) prepare(ctx context.Context) (err error) {
	defer func() {
		if recover() != nil { // it would end the process, with words of its own
			err = errors.New("an internal error before the draw was over")
		}
	}()
	if p.res == nil {
		return errors.New("nothing is reserved")
	}
	if err := p.s.rehearse(p.draft, p.res.Supersedes()); err != nil {
		return err
	}
	failpoint.At("noise")
	if p.rows, err = p.s.design.ahead(ctx, p.src); err != nil {
		return errNoise
	}
	failpoint.At("noise.drawn")
	return nil
}

// take waits for what was prepared and hands it out, once.
func (p *publication) take() (sampler, error) {
	<-p.done
	if p.unfit != nil {
		return nil, p.unfit
	}
	rows := p.rows
	p.rows, p.unfit = nil, errPublished
	return &late{rows, p.src}, nil
}

// Drop ends a publication and forgets its noise.
func (t Publication) Drop() {
	p := t.seal.in
	p.cancel()
	<-p.done
	clear(p.rows)
	p.rows, p.unfit = nil, errPublished
}

// Publish is the only way out for an exact count. It adds the noise, makes the
// numbers consistent, decides what is withheld, fills a copy of the draft, and
// commits cost and released bytes in one ledger transaction. It returns the
// release only once the ledger holds it: a crash on the way loses time, never
// privacy. Tallies and publication are consumed, also by a failure.
//
// The draft has labels and shape but no numbers: one release.Table for each
// table of the workload, its cells in the workload's order. Publish refuses a
// reservation, tallies or draft that belong to another plan or workload.
func (t Publication) Publish(ctx context.Context, counted Tallies) (*release.Release, error) {
	defer t.Drop()
	p := t.seal.in
	return publishBy(ctx, p.res, p.s, counted, p.draft, p.take)
}

// Publish begins a publication and publishes it.
func Publish(ctx context.Context, res *ledger.Reservation, s *Strategy, t Tallies, draft *release.Release) (*release.Release, error) {
	return Begin(ctx, res, s, draft).Publish(ctx, t)
}
