// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

// Twins plays the same random histories on ledgers of several stores, with the
// same ids and the same clock. All have to answer every call alike, error texts
// included, and end with equal balances, entries, releases and hashes.
//
// A history is about 40 calls on an account of its own. What it does follows
// from seed, which a failure tells.
func Twins(t *testing.T, histories int, seed uint64, stores map[string]Open) {
	var first, script string
	for name, open := range stores {
		var lines []string
		t.Run(name, func(t *testing.T) { lines = play(t, open, histories, seed) })
		t.Logf("%s: %d calls in %d histories, %d of them refused", name, len(lines), histories,
			strings.Count(strings.Join(lines, "\n"), " -> "))
		if first == "" {
			first, script = name, strings.Join(lines, "\n")
			continue
		}
		other := strings.Join(lines, "\n")
		if other == script {
			continue
		}
		theirs := strings.Split(script, "\n")
		for i, line := range lines {
			if i >= len(theirs) || theirs[i] != line {
				t.Fatalf("seed %d: after %d calls that agree\n%s: %s\n%s: %s\nbefore: %s", seed, i, name, line,
					first, at(theirs, i), strings.Join(lines[max(0, i-10):i], "\n\t"))
			}
		}
		t.Fatalf("seed %d: %s ends earlier than %s", seed, name, first)
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "the end"
}

// A dice is Steele, Lea and Flood's SplitMix64: the same throws for a seed.
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// upTo returns a number from 0 to below n. That small ones are a little likelier
// matters to no history.
func (d *dice) upTo(n int64) int64 { return int64(d.next() % uint64(n)) }

func (d *dice) below(n int) int { return int(d.upTo(int64(n))) }

// A player plays histories on one ledger and writes down what it is told.
type player struct {
	*bench
	rnd     *dice
	account string
	tries   []played
	lines   []string
}

type played struct {
	res *ledger.Reservation
	r   ledger.Request
}

func play(t *testing.T, open Open, histories int, seed uint64) []string {
	ids := &dice{seed + 1}
	ledger.IDsForTest(t, func() string { return fmt.Sprintf("%016x%016x", ids.next(), ids.next()) })
	p := &player{bench: newBench(t, open), rnd: &dice{seed}}
	for h := range histories {
		p.account, p.tries = fmt.Sprint("shop", h), nil
		p.begin()
		for range 20 + p.rnd.below(40) {
			p.step()
		}
		p.finish()
	}
	return p.lines
}

// say writes down what a call returned.
func (p *player) say(call string, err error, more ...any) {
	line := call
	var r *ledger.Refusal
	var exists *ledger.Exists
	switch {
	case errors.As(err, &exists):
		line += " -> exists " + exists.Posted.ID + " " + string(exists.Posted.Bytes)
	case errors.As(err, &r):
		line += " -> " + r.Error() + " | " + r.Hint
	case err != nil:
		line += " -> " + err.Error()
	}
	for _, m := range more {
		text, err := json.Marshal(m)
		if err != nil {
			p.Fatal(err)
		}
		line += " " + string(text)
	}
	p.lines = append(p.lines, line)
}

func (p *player) begin() {
	a := threefold(p.account)
	a.Lines = ledger.Lines{Epsilon: 4, Delta: 1e-7, PureEpsilon: 3, PureDelta: 1e-6}
	a.Period = 1 + p.rnd.below(40)
	if p.rnd.below(2) == 0 {
		a.Ceiling = 5 + float64(p.rnd.below(10))
	}
	if p.rnd.below(3) == 0 {
		a.Policy = ledger.Policy{Lineage: p.account, Most: ledger.Most{Segments: 50}, Text: []byte("segments: 50")}
	}
	p.say("open", p.l.OpenAccount(p.Context(), a))
	if p.rnd.below(4) == 0 {
		p.say("open again", p.l.OpenAccount(p.Context(), a))
	}
	if p.rnd.below(4) == 0 {
		a.Name += "-copy"
		a.Lineage = p.account
		p.say("open a copy", p.l.OpenAccount(p.Context(), a))
	}
}

func (p *player) step() {
	switch n := p.rnd.below(20); {
	case n < 6:
		p.reserve()
	case n < 9:
		p.with(func(o played) { p.say("touch", o.res.Touched(p.Context())) })
	case n < 11:
		free := p.rnd.below(2) == 0
		p.with(func(o played) { p.say("void", o.res.Void(p.Context(), "it failed: Δ", free)) })
	case n < 15:
		p.with(p.post)
	case n < 16:
		all, err := p.l.Releases(p.Context())
		if err == nil && len(all) > 0 {
			id := all[p.rnd.below(len(all))].ID
			p.say("retract", p.l.Retract(p.Context(), id[:6+p.rnd.below(len(id)-6)], []string{"", "wrong", "très faux\n", "no \xff text", "cut\x00off"}[p.rnd.below(5)]))
		}
	case n < 17:
		p.end()
		p.say("open again", p.l.Close())
		p.l = p.again()
	case n < 19:
		p.clock.Move([]time.Duration{time.Second, 40 * time.Second, 61 * time.Second, day, -time.Hour, 20 * day}[p.rnd.below(6)])
	default:
		s, err := p.l.Status(p.Context(), p.account, p.clock.Now())
		left, lerr := p.l.Left(p.Context(), p.account, p.cost(), p.clock.Now())
		found, ferr := p.l.Find(p.Context(), p.account, "p", "2026-03-13")
		before, berr := p.l.Before(p.Context(), p.account, "p", "2026-03-14")
		p.say("look", errors.Join(err, lerr, ferr, berr), s, left, bare(found), bare(before))
	}
}

// bare leaves out what is signed with the ledger's own key.
func bare(r *ledger.Posted) *ledger.Posted {
	if r == nil {
		return nil
	}
	b := *r
	b.Checkpoint, _, _ = strings.Cut(b.Checkpoint, "\n\n") // each signs with its own key
	b.Verifier = ""
	return &b
}

func (p *player) cost() ledger.Cost {
	c := ledger.Cost{}
	if p.rnd.below(2) == 0 {
		c.MuSquared, c.Tail = p.rnd.upTo(60_000_000_000), p.rnd.upTo(2_000_000)
	}
	if p.rnd.below(2) == 0 {
		c.Epsilon, c.Delta = p.rnd.upTo(2_000_000_000_000), p.rnd.upTo(1_000_000_000_000)
	}
	if p.rnd.below(40) == 0 {
		c.Epsilon = -1
	}
	return c
}

func (p *player) reserve() {
	plans, dates := []string{"p", "q", "r", "No Plan"}, []string{"2026-03-13", "2026-03-12", "2026-02-30"}
	pick := func(n int) int { // the last is wrong, and seldom
		if p.rnd.below(20) == 0 {
			return n - 1
		}
		return p.rnd.below(n - 1)
	}
	r := ask(p.account, plans[pick(len(plans))], dates[pick(len(dates))], p.cost())
	r.Digest[0], r.Restate = byte(p.rnd.below(2)), p.rnd.below(3) == 0
	r.Ask.Segments = p.rnd.below(60)
	if p.rnd.below(30) == 0 {
		r.Account = "nobody"
	}
	res, err := p.l.Reserve(p.Context(), r)
	if err != nil {
		p.say("reserve", err)
		return
	}
	p.tries = append(p.tries, played{res, r})
	p.say("reserve", nil, res.Charge(), res.Supersedes())
}

// with does something with a try, which may have lost its reservation.
func (p *player) with(f func(played)) {
	if n := len(p.tries); n > 0 {
		f(p.tries[max(0, n-1-p.rnd.below(3))])
	}
}

func (p *player) post(o played) {
	c := o.r.Cost
	if p.rnd.below(10) == 0 {
		c.Epsilon++
	}
	how := p.rnd.below(10)
	posted, err := o.res.Post(p.Context(), o.r.Digest, c, func(d ledger.Draw) ([]byte, error) {
		switch how {
		case 0:
			return nil, errors.New("no noise")
		case 1:
			return nil, nil
		}
		text, err := json.Marshal(d)
		return slices.Concat(text, []byte{0, 0xff}), err
	})
	p.say("post", err, bare(posted))
}

// end ends what is open.
func (p *player) end() {
	for _, o := range p.tries {
		p.say("end", o.res.Void(p.Context(), "the end", false))
	}
	p.tries = nil
}

// finish writes down what the ledger has come to.
func (p *player) finish() {
	p.end()
	s, err := p.l.Status(p.Context(), p.account, p.clock.Now())
	entries, herr := p.l.History(p.Context(), p.account)
	p.say("history", errors.Join(err, herr), s, entries)
	size, head := ledger.HeadForTest(p, p.l)
	p.say("head", nil, size, head)
}
