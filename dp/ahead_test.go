// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/dptest"
)

// overheard keeps the rows that a sampler was asked for and what it made of them.
type overheard struct {
	src  sampler
	x    []int64
	y    []float64
	step []step
}

func (o *overheard) draw(m mechanism, x int64, s step) (float64, error) {
	y, err := o.src.draw(m, x, s)
	o.x, o.y, o.step = append(o.x, x), append(o.y, y), append(o.step, s)
	return y, err
}

// TestNoiseDrawnAhead holds each row of a measurement to its count and the noise
// that was drawn for it before there were counts, to the last unit, and that noise
// to its distribution. False alarms: below 1e-6, four assertions at 1e-7.
func TestNoiseDrawnAhead(t *testing.T) {
	const alarm, releases = 1e-7, 60
	for _, m := range []mechanism{gaussian, laplace} {
		w := shop(6, 4)
		s := forced(t, w, m, 1)
		counts := tally(t, s, invent(&w, rand.New(rand.NewPCG(31, 32)), 300)).open().counts
		var noise []float64
		for range releases {
			drawn := &overheard{src: library{}}
			rows, err := s.design.ahead(t.Context(), drawn)
			if err != nil {
				t.Fatal(err)
			}
			added := &overheard{src: &late{rows, failing{}}}
			if _, err := s.design.measure(counts, added); err != nil {
				t.Fatal(err)
			}
			if len(added.x) != len(drawn.x) || !slices.Equal(added.step, drawn.step) {
				t.Fatalf("%v: %d rows were drawn for, %d measured", m, len(drawn.x), len(added.x))
			}
			if i := slices.IndexFunc(drawn.x, func(x int64) bool { return x != 0 }); i >= 0 {
				t.Errorf("%v: row %d was drawn for a count", m, i)
			}
			for i, x := range added.x {
				unit := added.step[i].shift
				if want := x<<unit + int64(math.Ldexp(drawn.y[i], unit)); math.Ldexp(float64(want), -unit) != added.y[i] {
					t.Fatalf("%v: row %d is not its count and its noise", m, i)
				}
				noise = append(noise, drawn.y[i]/m.realised(added.step[i]))
			}
		}
		want := accountant.CDF
		if m == laplace {
			want = func(x float64) float64 { return 0.5 + math.Copysign(1-math.Exp(-math.Abs(x)), x)/2 }
		}
		dptest.Distribution(t, m.String(), noise, want, alarm)
		dptest.Unrelated(t, m.String()+", neighbouring rows", noise[:len(noise)-1], noise[1:], alarm)
	}
}

// failing draws nothing.
type failing struct{}

func (failing) draw(mechanism, int64, step) (float64, error) { return 0, errors.New("asked to draw") }

// TestNoiseIsOfSingleUnits draws at the largest scale there is: were the library's
// unit there two or more, no noise would be odd and a count's lowest bit would be
// told. False alarms: below 1e-17, two assertions of 57 coins each.
func TestNoiseIsOfSingleUnits(t *testing.T) {
	widest := step{linf: maxLInf - 1}
	for _, m := range []mechanism{gaussian, laplace} {
		odd := 0
		for range 58 {
			y, err := library{}.draw(m, 0, widest)
			if err != nil {
				t.Fatal(err)
			}
			odd += int(math.Abs(math.Mod(y, 2)))
		}
		if odd == 0 {
			t.Errorf("%v: noise is of two units or more", m)
		}
	}
}

// TestWaitingNoiseIsOfItsRow refuses noise of another step, and what is no whole
// number of units.
func TestWaitingNoiseIsOfItsRow(t *testing.T) {
	s := step{shift: 3, linf: 1 << 20}
	l := &late{[]waiting{{s, 5}, {s, 7}}, failing{}}
	if y, err := l.draw(gaussian, 2, s); err != nil || y != 2+5.0/8 {
		t.Errorf("%g, %v", y, err)
	}
	if _, err := l.draw(gaussian, 2, step{shift: 4, linf: 1 << 20}); err == nil {
		t.Error("noise of another step was added")
	}
	if _, err := l.draw(gaussian, 2, s); err == nil {
		t.Error("noise was used twice")
	}
	a := &early{ctx: t.Context(), src: halves{}}
	if _, err := a.draw(gaussian, 9, s); err == nil || len(a.rows) > 0 {
		t.Error("half a unit was taken for noise")
	}
}

// halves draws noise that no integer call can have drawn.
type halves struct{}

func (halves) draw(_ mechanism, x int64, s step) (float64, error) {
	return float64(x) + math.Ldexp(0.5, -s.shift), nil
}

// TestPublicationServesOnce publishes twice by one publication, after it was
// dropped, after its context was over, and without a reservation.
func TestPublicationServesOnce(t *testing.T) {
	w := few()
	s := forced(t, w, gaussian, 1)
	res, draft := reserve(s), draftOf(&w)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		p    Publication
		use  func(p Publication)
		says string
	}{
		"twice":     {begin(t.Context(), res, s, draft, library{}), func(p Publication) { _, _ = p.Publish(t.Context(), tally(t, s, nil)) }, "before"},
		"dropped":   {begin(t.Context(), res, s, draft, library{}), Publication.Drop, "before"},
		"stopped":   {begin(over, res, s, draft, library{}), func(Publication) {}, "drawn"},
		"no budget": {Begin(t.Context(), nil, s, draft), func(Publication) {}, "reserved"},
		"no draft":  {begin(t.Context(), res, s, nil, library{}), func(Publication) {}, "draft"},
		"a panic":   {begin(t.Context(), res, s, draft, bursting{}), func(Publication) {}, "internal"},
	} {
		c.use(c.p)
		posted := res.posted
		counted := tally(t, s, nil)
		r, err := c.p.Publish(t.Context(), counted)
		if r != nil || err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
		if res.posted != posted {
			t.Errorf("%s: posted", name)
		}
		if _, err := counted.consume(s); err == nil {
			t.Errorf("%s: the tallies can be used again", name)
		}
	}
	if p := begin(t.Context(), res, s, draft, library{}); strings.ContainsAny(fmt.Sprintf("%v %+v %#v %s %d", p, p, p, &p, p), "0123456789") {
		t.Error("a publication prints more than its name")
	}
}

// bursting panics with words that nobody should read.
type bursting struct{}

func (bursting) draw(mechanism, int64, step) (float64, error) { panic("secret") }
