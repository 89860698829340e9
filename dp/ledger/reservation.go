// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
)

// A try holds its reservation for lease, and renews it every renewal. Both
// leave room for a machine that is busy, and for others' transactions.
var (
	lease   = failpoint.Shorter(time.Minute)
	renewal = failpoint.Shorter(10 * time.Second)
)

// A Reservation is budget that is held for one release. It resolves at most
// once: posted or voided.
type Reservation struct {
	ledger     *Ledger
	supersedes string
	text       []byte // the plan
	runner     string // name of the key that signed for it; may be empty

	mu   sync.Mutex
	hold Hold          // as this try last wrote it
	over error         // why this try can do nothing any more
	stop chan struct{} // ends the renewal
}

// Supersedes returns the id of the release that this one will restate; empty if
// there is none.
func (r *Reservation) Supersedes() string { return r.supersedes }

// Charge returns what a post will charge: all that is held.
func (r *Reservation) Charge() Cost {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hold.Charge
}

// A Draw is what a release tells of the ledger that pays for it, as it stands
// in the transaction of the post.
type Draw struct {
	ID       string // of the release
	At       time.Time
	Lifetime Total // of the account's people, this release included
}

// Post draws and stores: within one transaction it checks that the reservation
// is still held, calls draw for the bytes to release, and commits them with the
// cost. Only dp.Publish calls it. digest and cost must be those reserved.
//
// What is charged, and what the returned Posted has as its cost, is all that
// is held: more than cost if an earlier try of the identity held more. If draw
// fails nothing is stored and the reservation stays held. A commit whose
// outcome is not known is looked up by the release's id.
func (r *Reservation) Post(ctx context.Context, digest [32]byte, cost Cost, draw func(Draw) ([]byte, error)) (*Posted, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over != nil {
		return nil, r.over
	}
	if digest != r.hold.Digest || cost != r.hold.Cost {
		return nil, errors.New("post: another plan or price was reserved")
	}
	p := &Posted{ID: random()}
	drawn := false
	err := r.ledger.witnessed(ctx, func(tx Tx, now time.Time) error {
		failpoint.At("post.begun")
		if drawn { // and not committed: another draw would be a second answer
			return &Refusal{Reason: ErrBusy, Detail: r.hold.Plan + "@" + r.hold.Date + ": it was drawn, and could not be stored",
				Hint: "run it again: the budget that is held serves it"}
		}
		h, err := r.held(tx, now)
		if err != nil {
			return err
		}
		if err := r.unmoved(tx); err != nil {
			return err
		}
		*p = Posted{ID: p.ID, Account: h.Account, Plan: h.Plan, Date: h.Date, Digest: digest, Cost: h.Charge, At: now, Supersedes: r.supersedes}
		after, err := h.lifetime(tx)
		if err != nil {
			return err
		}
		if p.Bytes, err = draw(Draw{ID: p.ID, At: now, Lifetime: after}); err != nil {
			return err
		}
		if len(p.Bytes) == 0 {
			return errors.New("post: no bytes to release")
		}
		drawn = true
		failpoint.At("post.drawn")
		return r.ledger.post(tx, &h, p, r.text, r.runner)
	})
	if err != nil && !(drawn && r.ledger.stands(ctx, p.ID)) {
		return nil, r.lost(err)
	}
	failpoint.At("post.committed")
	r.end(ErrResolved)
	r.ledger.attest(ctx)
	return p, nil
}

// stands looks up whether a commit that came back with an error took place.
func (l *Ledger) stands(ctx context.Context, id string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return l.store.View(ctx, func(tx Tx) error {
		_, err := tx.Bytes(id)
		return err
	}) == nil
}

// lifetime returns the total of the account's people once this hold is posted.
func (h *Hold) lifetime(tx Tx) (Total, error) {
	t, err := find(tx, wholeOf(h.Account))
	if err != nil {
		return Total{}, err
	}
	all, err := tx.Balances(t.Name)
	if err != nil {
		return Total{}, err
	}
	total := t.lifetime(all, h.Charge, false)
	total.Builds++
	return total, nil
}

// post moves what is held to what is spent and stores the release, with a
// checkpoint that speaks for its own entry: a re-run writes the same files.
func (l *Ledger) post(tx Tx, h *Hold, p *Posted, text []byte, runner string) error {
	err := h.move(tx, func(b *Balance) {
		b.Held, b.Spent, b.Builds = b.Held.minus(h.Charge), b.Spent.plus(h.Charge), b.Builds+1
	})
	if err != nil {
		return err
	}
	failpoint.At("post.balanced")
	if err := tx.DropHold(h.ID); err != nil {
		return err
	}
	failpoint.At("post.dropped")
	e := h.entry(typePost, p.At, h.Charge)
	e.Release, e.Sum, e.Text, e.Actor = p.ID, sha256.Sum256(p.Bytes), text, runner
	if err := tx.Append(e); err != nil {
		return err
	}
	failpoint.At("post.appended")
	if p.Supersedes != "" {
		failpoint.At("post.supersede")
		e := h.entry(typeSupersede, p.At, Cost{})
		e.Reservation, e.Release, e.Reason = "", p.Supersedes, p.ID
		if err := tx.Append(e); err != nil {
			return err
		}
	}
	if err := l.certify(tx, p); err != nil {
		return err
	}
	failpoint.At("post.signed")
	return tx.AddRelease(*p)
}

// unmoved makes sure that what stood when this was reserved still does.
func (r *Reservation) unmoved(tx Tx) error {
	p, err := answer(tx, r.hold.Account, r.hold.Plan, r.hold.Date, r.hold.Digest)
	if err != nil {
		return err
	}
	if p == nil && r.supersedes == "" || p != nil && p.ID == r.supersedes {
		return nil
	}
	return &Refusal{Reason: ErrLost, Detail: "another release was posted meanwhile"}
}

// Touched marks that bytes of personal data are about to be read: from here on
// a failure keeps the budget held for the same identity's next try, unless its
// cause is one that data cannot influence (privacy R20).
func (r *Reservation) Touched(ctx context.Context) error {
	failpoint.At("touch")
	return r.change(ctx, func(h *Hold, _ time.Time) { h.Touched = true })
}

// Void ends a reservation that did not post. Whether budget comes back is
// decided by R20: it does if nothing was read or dataFree says that data cannot
// have caused the failure; else it stays held and serves the next try. What an
// earlier try left held never comes back.
func (r *Reservation) Void(ctx context.Context, reason string, dataFree bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over != nil {
		return r.over
	}
	err := r.ledger.update(ctx, func(tx Tx, now time.Time) error {
		h, err := r.held(tx, now)
		if err != nil {
			return err
		}
		if !h.Kept && (dataFree || !h.Touched) {
			return h.giveBack(tx, typeVoid, now, reason)
		}
		failpoint.At("void.keep")
		h.Kept, h.Touched = true, false
		h.Token, h.Owner, h.Lease = "", "", now
		if err := tx.SetHold(h); err != nil {
			return err
		}
		e := h.entry(typeKeep, now, Cost{})
		e.Reason = reason
		return tx.Append(e)
	})
	if err != nil {
		return r.lost(err)
	}
	failpoint.At("void.committed")
	r.end(ErrResolved)
	return nil
}

// held returns the hold if this try still has it: nobody took it over, and its
// lease is not over. A process that slept past its lease finds it lost.
func (r *Reservation) held(tx Tx, now time.Time) (Hold, error) {
	holds, err := tx.Holds(r.hold.Account)
	if err != nil {
		return Hold{}, err
	}
	for _, h := range holds {
		if h.ID == r.hold.ID && h.Token == r.hold.Token && now.Before(h.Lease) {
			return h, nil
		}
	}
	return Hold{}, &Refusal{Reason: ErrLost, Detail: r.hold.Plan + "@" + r.hold.Date,
		Hint: "run it again: it finds what another run has released, or uses the budget that is held"}
}

// change rewrites the hold of this try and renews its lease.
func (r *Reservation) change(ctx context.Context, f func(h *Hold, now time.Time)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over != nil {
		return r.over
	}
	return r.lost(r.ledger.update(ctx, func(tx Tx, now time.Time) error {
		h, err := r.held(tx, now)
		if err != nil {
			return err
		}
		h.Lease = now.Add(lease)
		f(&h, now)
		return tx.SetHold(h)
	}))
}

// lost ends the reservation if err says that this try no longer holds it.
func (r *Reservation) lost(err error) error {
	if errors.Is(err, ErrLost) {
		r.end(err)
	}
	return err
}

// end makes every later call return why.
func (r *Reservation) end(why error) {
	r.over = why
	close(r.stop)
	r.ledger.mu.Lock()
	delete(r.ledger.open, r)
	r.ledger.mu.Unlock()
}

// keep renews the lease of a reservation until it ends.
func (l *Ledger) keep(r *Reservation) {
	r.stop = make(chan struct{})
	l.mu.Lock()
	l.open[r] = true
	l.mu.Unlock()
	go func() {
		tick := time.NewTicker(renewal)
		defer tick.Stop()
		for {
			select {
			case <-r.stop:
				return
			case <-tick.C:
				failpoint.At("renew")
				ctx, cancel := context.WithTimeout(context.Background(), renewal)
				// A ledger that is busy is asked again; one lost ends by stop.
				_ = r.change(ctx, func(*Hold, time.Time) {})
				cancel()
			}
		}
	}()
}
