// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"errors"
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/throng-dp/throng/dp/ledger"
)

var historyTests = []test{
	{"random histories do what a model of a page says", func(b *bench) {
		n := 0
		rapid.Check(b.T, func(t *rapid.T) {
			n++
			h := &history{t: t, b: b, account: fmt.Sprint("shop", n), opened: b.clock.Now().Truncate(day),
				held: map[int]int64{}, spent: map[int]int64{}, runs: map[string]*try{}, stands: map[string]bool{}}
			b.open(threefold(h.account))
			t.Repeat(map[string]func(*rapid.T){
				"reserve": h.reserve, "touch": h.touch, "void": h.void, "post": h.post, "wait": h.wait, "": h.check,
			})
		})
	}},
}

// A history is one account beside the model of what should have become of it.
// Costs are in units of one, and the account has room for three.
type history struct {
	t       *rapid.T
	b       *bench
	account string
	opened  time.Time

	held, spent map[int]int64   // by period
	runs        map[string]*try // the last try of every identity that has budget held
	stands      map[string]bool // identities that were released
	stale       []*try          // tries that can do nothing any more
}

// A try is a reservation as the model sees it.
type try struct {
	id            string
	res           *ledger.Reservation
	request       ledger.Request
	charge        int64
	period        int
	lease         time.Time // the zero time: nobody holds it
	touched, kept bool
}

func (h *history) now() time.Time { return h.b.clock.Now() }

func (h *history) period() int { return int(h.now().Sub(h.opened) / (30 * day)) }

func (h *history) reserve(t *rapid.T) {
	plan := rapid.SampledFrom([]string{"p", "q", "r"}).Draw(t, "plan")
	cost := rapid.Int64Range(1, 4).Draw(t, "cost")
	r := ask(h.account, plan, "2026-03-13", times(one, cost))
	r.Restate = rapid.Bool().Draw(t, "restate")
	res, err := h.b.l.Reserve(t.Context(), r)

	next := &try{id: plan, period: h.period()}
	if old := h.runs[plan]; old != nil && (old.touched || old.kept || h.now().Before(old.lease)) {
		*next = *old
	}
	need := max(cost-next.charge, 0)
	used := h.held[next.period] + h.spent[next.period]
	for _, o := range h.swept() {
		if o.period == next.period {
			used -= o.charge
		}
	}
	var exists *ledger.Exists
	switch {
	case h.stands[plan] && !r.Restate:
		h.expect(errors.As(err, &exists), err)
		return
	case h.now().Before(next.lease):
		h.expect(errors.Is(err, ledger.ErrBusy), err)
		return
	case used+need > 3:
		h.expect(errors.Is(err, ledger.ErrExhausted), err)
		return
	}
	h.expect(err == nil, err)
	for _, o := range h.swept() {
		h.held[o.period] -= o.charge
		h.drop(o)
	}
	if old := h.runs[plan]; old != nil {
		h.drop(old)
		next.kept = true
	}
	next.res, next.request, next.charge = res, r, next.charge+need
	next.touched, next.lease = false, h.now().Add(time.Minute)
	h.held[next.period] += need
	h.runs[plan] = next
}

// swept returns the tries whose budget the next reservation gives back.
func (h *history) swept() (gone []*try) {
	for _, o := range h.runs {
		if !o.touched && !o.kept && !h.now().Before(o.lease) {
			gone = append(gone, o)
		}
	}
	return gone
}

func (h *history) drop(o *try) {
	delete(h.runs, o.id)
	h.stale = append(h.stale, o)
}

// pick returns a try, which may have lost its reservation, and whether it has
// it still.
func (h *history) pick(t *rapid.T) (*try, bool) {
	all := h.stale
	for _, id := range []string{"p", "q", "r"} {
		if o := h.runs[id]; o != nil {
			all = append([]*try{o}, all...)
		}
	}
	if len(all) == 0 {
		t.Skip("no try yet")
	}
	o := all[rapid.IntRange(0, min(len(all)-1, 3)).Draw(t, "try")]
	return o, h.runs[o.id] == o && h.now().Before(o.lease)
}

func (h *history) touch(t *rapid.T) {
	o, has := h.pick(t)
	err := o.res.Touched(t.Context())
	h.expect((err == nil) == has, err)
	if has {
		o.touched, o.lease = true, h.now().Add(time.Minute)
	}
}

func (h *history) void(t *rapid.T) {
	o, has := h.pick(t)
	free := rapid.Bool().Draw(t, "data free")
	err := o.res.Void(t.Context(), "it failed", free)
	h.expect((err == nil) == has, err)
	switch {
	case !has:
	case o.kept || o.touched && !free:
		o.kept, o.lease = true, time.Time{}
	default:
		h.held[o.period] -= o.charge
		h.drop(o)
	}
}

func (h *history) post(t *rapid.T) {
	o, has := h.pick(t)
	p, err := o.res.Post(t.Context(), o.request.Digest, o.request.Cost, numbers)
	h.expect((err == nil) == has, err)
	if has {
		h.expect(p.Cost == times(one, o.charge), nil)
		h.held[o.period] -= o.charge
		h.spent[o.period] += o.charge
		h.stands[o.id] = true
		h.drop(o)
	}
}

func (h *history) wait(t *rapid.T) {
	h.b.clock.Move(rapid.SampledFrom([]time.Duration{time.Second, 40 * time.Second, 61 * time.Second, 30 * day}).Draw(t, "time"))
}

// check compares the present period with the model.
func (h *history) check(t *rapid.T) {
	s, err := h.b.l.Status(t.Context(), h.account, h.now())
	if err != nil {
		t.Fatal(err)
	}
	p := h.period()
	if s.Held != times(one, h.held[p]) || s.Spent != times(one, h.spent[p]) {
		t.Fatalf("held %+v, spent %+v\nwant %d and %d", s.Held, s.Spent, h.held[p], h.spent[p])
	}
}

func (h *history) expect(ok bool, err error) {
	h.t.Helper()
	if !ok {
		h.t.Fatalf("not what the model says: %v", err)
	}
}
