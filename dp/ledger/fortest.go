// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"
)

// IDsForTest has all ids of this process come from next until a test ends, so
// that two ledgers with one history can be compared. Only tests get it.
func IDsForTest(tb testing.TB, next func() string) {
	tb.Helper()
	if !testing.Testing() {
		panic("ledger: ids are random outside tests")
	}
	was := drawID
	drawID = next
	tb.Cleanup(func() { drawID = was })
}

// HeadForTest returns how many entries a ledger has and the hash of the newest,
// which speaks for all of them.
func HeadForTest(tb testing.TB, l *Ledger) (size int64, head [32]byte) {
	tb.Helper()
	if err := l.store.View(tb.Context(), func(tx Tx) error {
		m, err := tx.Meta()
		size, head = m.Size, m.Head
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	return size, head
}

// GrowForTest adds builds to an account, as a ledger has them that was used for
// years, a minute apart: two entries each, with a release and its checkpoint.
// It spares them the transactions, and no row. The account has to have room for
// them, and the ledger's clock to be no later than its opening. each is called at
// the beginning of every transaction, of which there are few.
func GrowForTest(tb testing.TB, l *Ledger, account string, builds int, c Cost, each func(Tx) error) {
	tb.Helper()
	if !testing.Testing() {
		panic("ledger: builds are reserved outside tests")
	}
	const most = 20_000 // in one transaction
	// A context that can end costs every statement a goroutine.
	ctx := context.WithoutCancel(tb.Context())
	for done := 0; done < builds; done += most {
		if err := l.store.Update(ctx, func(tx Tx) error {
			return errors.Join(each(tx), l.grow(tx, account, done, min(most, builds-done), c))
		}); err != nil {
			tb.Fatal(err)
		}
	}
}

func (l *Ledger) grow(tx Tx, account string, first, builds int, c Cost) error {
	m, err := tx.Meta()
	if err != nil {
		return err
	}
	t, err := find(tx, account)
	if err != nil {
		return err
	}
	all, err := tx.Balances(account)
	if err != nil {
		return err
	}
	s, err := l.signer(m.ID)
	if err != nil {
		return err
	}
	g := &grower{s: s, c: &chained{Tx: tx, meta: m}, t: &t, cost: c, balances: map[int]Balance{}}
	for i := first; i < first+builds; i++ {
		if err := g.build(all, i); err != nil {
			return err
		}
	}
	for _, b := range g.balances {
		if err := tx.SetBalance(b); err != nil {
			return err
		}
	}
	return g.c.flush()
}

// A grower adds builds without what a run does between them.
type grower struct {
	s        *signer
	c        *chained
	t        *terms
	cost     Cost
	balances map[int]Balance
}

func (g *grower) build(all []Balance, i int) (err error) {
	now := g.c.tick(g.t.Opened.Add(time.Duration(i+1) * time.Minute))
	h := Hold{ID: random(), Account: g.t.Name, Plan: fmt.Sprintf("plan-%d", i%7), Date: time.Unix(0, 0).UTC().AddDate(0, 0, i/7).Format(time.DateOnly),
		Period: g.t.period(now), Cost: g.cost, Charge: g.cost}
	if err := g.c.Append(h.entry(typeReserve, now, h.Cost)); err != nil {
		return err
	}
	p := &Posted{ID: random(), Account: h.Account, Plan: h.Plan, Date: h.Date, Cost: h.Cost, At: now}
	p.Bytes = fmt.Appendf(nil, "the numbers of %s", p.ID)
	e := h.entry(typePost, now, h.Cost)
	e.Release, e.Sum, e.Text = p.ID, sha256.Sum256(p.Bytes), []byte("name: "+h.Plan)
	if err := g.c.Append(e); err != nil {
		return err
	}
	if p.Checkpoint, err = g.s.sign(g.c.meta.checkpoint(g.c.meta.Head)); err != nil {
		return err
	}
	b, known := g.balances[h.Period]
	if !known {
		b = at(all, g.t, h.Period)
	}
	b.Spent, b.Builds = b.Spent.plus(h.Cost), b.Builds+1
	g.balances[h.Period] = b
	return g.c.Tx.AddRelease(*p)
}

// TamperForTest changes rows in a transaction that no rule of the ledger looks
// at: what whoever may write the store could do.
func TamperForTest(tb testing.TB, l *Ledger, f func(Tx) error) {
	tb.Helper()
	if !testing.Testing() {
		panic("ledger: nobody tampers outside tests")
	}
	if err := l.store.Update(tb.Context(), f); err != nil {
		tb.Fatal(err)
	}
}
