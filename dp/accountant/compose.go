// SPDX-License-Identifier: Apache-2.0

package accountant

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

var (
	// ErrUnattainable says that no ε exists: the events fail outright with a
	// chance above δ.
	ErrUnattainable = errors.New("no ε exists for this δ")

	// ErrResolution says that the answer is below what float64 arithmetic can
	// tell from rounding.
	ErrResolution = errors.New("below the resolution of the accountant")
)

// A Composition is a fixed list of events, each with noise of its own, that
// people see the answers of. It is no filter: the parameters of later events must
// not depend on earlier answers. Its methods may be called at once.
type Composition struct {
	account
	terms []term

	mu    sync.Mutex
	tails map[query]*tail
}

// A term is one kind of event and its number.
type term struct {
	loss  loss
	times int
}

// A query is what a composed distribution is kept under: the tilt is one of a
// ladder, so questions close to each other share one.
type query struct {
	rung   int
	to     side
	direct bool
}

// A Bracket holds the true value: Low and High are proven bounds.
type Bracket struct{ Low, High float64 }

// Compose puts events together. Their order does not matter.
func Compose(events ...Event) (*Composition, error) {
	c := &Composition{account: account{normal: map[Gaussian]int{}, losses: map[loss]int{}}, tails: map[query]*tail{}}
	for i, e := range events {
		c.events++
		if e == nil {
			return nil, fmt.Errorf("event %d of none: %w", i, ErrEvent)
		}
		if err := e.add(&c.account, 1); err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		if c.events > most {
			return nil, fmt.Errorf("more than %d events: %w", most, ErrEvent)
		}
	}
	for l, n := range c.losses {
		c.terms = append(c.terms, term{l, n})
	}
	slices.SortFunc(c.terms, func(a, b term) int {
		x, y := a.loss.order(), b.loss.order()
		return slices.Compare(x[:], y[:])
	})
	return c, nil
}

// Len is the number of events.
func (c *Composition) Len() int { return c.events }

// Outside is the chance that an (ε, δ) event fails outright: δ is at least that
// for every ε.
func (c *Composition) Outside() float64 { return -math.Expm1(c.kept) }

// Basic is the sum of all ε where each event has one, +Inf otherwise: with
// Outside the guarantee of basic composition.
func (c *Composition) Basic() float64 {
	total := 0.0
	for _, t := range c.terms {
		total += float64(t.times) * t.loss.limit()
	}
	if c.mu2 > 0 {
		return math.Inf(1)
	}
	return total * (1 + 4*unit*float64(len(c.terms)+1))
}

// Epsilon returns an ε for which the events are (ε, δ)-DP together: the
// smallest one if all are Gaussian, a close upper bound otherwise.
func (c *Composition) Epsilon(delta float64) (float64, error) { return c.epsilon(delta, above) }

// Delta returns a δ for which the events are (ε, δ)-DP together, like Epsilon.
// Below 1e-12 it is an upper bound, but may not be a close one.
func (c *Composition) Delta(epsilon float64) (float64, error) { return c.delta(epsilon, above) }

// EpsilonBracket is Epsilon with a lower bound of the smallest ε beside it.
func (c *Composition) EpsilonBracket(delta float64) (Bracket, error) {
	return bracket(delta, c.epsilon)
}

// DeltaBracket is Delta with a lower bound of the smallest δ beside it.
func (c *Composition) DeltaBracket(epsilon float64) (Bracket, error) {
	return bracket(epsilon, c.delta)
}

func bracket(at float64, of func(float64, side) (float64, error)) (b Bracket, err error) {
	if b.High, err = of(at, above); err != nil {
		return Bracket{}, err
	}
	if b.Low, err = of(at, below); err != nil {
		return Bracket{}, err
	}
	// Both may be exact, each with its own rounding.
	b.Low = math.Min(b.Low, b.High)
	return b, nil
}

func (c *Composition) epsilon(delta float64, to side) (float64, error) {
	if !(delta >= 0 && delta <= 1) {
		return 0, fmt.Errorf("δ %g is not in [0, 1]: %w", delta, ErrEvent)
	}
	// What remains of δ for the case that no event fails outright; nothing, if it
	// cannot be told from rounding.
	rest := (delta - c.Outside()) / math.Exp(c.kept)
	if math.Abs(rest) <= 1e-13*c.Outside() {
		rest = 0
	}
	if rest > 0 && len(c.terms) > 0 {
		rest += c.margin(rest, to)
	}
	limit := c.Basic()
	switch {
	case rest < 0, rest == 0 && math.IsInf(limit, 1), math.IsNaN(rest):
		return 0, fmt.Errorf("δ %g, and the events fail with chance %g: %w", delta, c.Outside(), ErrUnattainable)
	case rest == 0:
		return limit, nil
	case len(c.terms) == 0:
		return Epsilon(math.Sqrt(c.mu2), rest), nil
	case rest < tiny:
		return 0, fmt.Errorf("δ %g: %w", rest, ErrResolution)
	}
	rung := c.tilt(func(t, moment float64) float64 {
		return (moment-math.Log(rest*(t+1)))/t + math.Log(t/(t+1))
	})
	for _, direct := range []bool{false, false, true} {
		epsilon, sharp := c.tail(query{rung, to, direct}).epsilon(rest, limit, to)
		if sharp || epsilon == limit {
			return epsilon, nil
		}
		rung = c.tiltAt(epsilon)
	}
	return 0, fmt.Errorf("δ %g: %w", rest, ErrResolution)
}

// margin is set aside of δ for each kind of event that is convolved with itself,
// beside the proven bounds: for what the exponential function and others are off,
// and because dp-accounting is off by that much each time, upwards from tails that
// it cuts, downwards from rounding, and would call less unsound. It is at most 1/64
// of δ.
func (c *Composition) margin(delta float64, to side) float64 {
	const each = 1.1e-15
	if to == above {
		return -math.Min(each*float64(c.repeats()), delta/128)
	}
	return math.Min(2*each*float64(c.repeats()), delta/64)
}

// repeats counts the kinds of events that are convolved with themselves; some
// three losses a few times take no Fourier transform anywhere.
func (c *Composition) repeats() int {
	n := 0
	for _, t := range c.terms {
		values := math.Inf(1)
		switch t.loss.(type) {
		case pair:
			values = 2
		case response:
			values = 3
		}
		if t.times > 1 && math.Pow(values, float64(t.times)) > 1000 {
			n++
		}
	}
	for _, times := range c.normal {
		if times > 1 {
			n++
		}
	}
	return n
}

// tiny is the smallest δ that is worked with: a float64 holds no smaller one in
// full.
const tiny = 1e-300

func (c *Composition) delta(epsilon float64, to side) (float64, error) {
	if !(epsilon >= 0) {
		return 0, fmt.Errorf("ε %g is negative: %w", epsilon, ErrEvent)
	}
	within := 0.0
	switch {
	case len(c.terms) == 0:
		within = Delta(math.Sqrt(c.mu2), epsilon)
	case epsilon < c.Basic():
		at := query{c.tiltAt(epsilon), to, false}
		sharp := false
		if within, sharp = c.tail(at).bound(epsilon, to); !sharp {
			at.direct = true
			within, sharp = c.tail(at).bound(epsilon, to)
		}
		if !sharp {
			return 0, fmt.Errorf("δ at ε %g: %w", epsilon, ErrResolution)
		}
	}
	return math.Min(c.Outside()+math.Exp(c.kept)*within, 1), nil
}

// tiltAt is the tilt for δ(ε).
func (c *Composition) tiltAt(epsilon float64) int {
	return c.tilt(func(t, moment float64) float64 {
		return moment - t*epsilon + t*math.Log(t/(t+1)) - math.Log(t+1)
	})
}

// rungs are the tilts: powers of √2 around 1.
const lowest, highest = -30, 70

func tiltOf(rung int) float64 { return math.Exp2(float64(rung) / 2) }

// tilt finds the rung where an upper bound on the answer is smallest, a function
// of the tilt t and log E e^{tL}, the bound of Rényi DP of order t+1 (Canonne,
// Kamath, Steinke 2020, proposition 12). Any tilt is right; a good one is
// precise.
func (c *Composition) tilt(bound func(t, moment float64) float64) int {
	best, at := math.Inf(1), lowest
	for rung := lowest; rung <= highest; rung++ {
		t := tiltOf(rung)
		moment := t * (t + 1) / 2 * c.mu2
		for _, x := range c.terms {
			moment += float64(x.times) * x.loss.logMoment(t)
		}
		// A larger moment has no digits left behind the point.
		if b := bound(t, moment); b < best && moment < 1e6 {
			best, at = b, rung
		}
	}
	return at
}

// tail composes the events for a query.
func (c *Composition) tail(at query) *tail {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tails[at] == nil {
		by := &convolver{direct: at.direct}
		c.tails[at] = assemble(c.terms, math.Sqrt(c.mu2), tiltOf(at.rung), at.to, by)
	}
	return c.tails[at]
}
