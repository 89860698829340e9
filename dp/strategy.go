// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/ledger"
)

// A Price is what a plan is willing to pay for one build and what its account
// has: the Gaussian line, and the pure line that Laplace noise is charged to.
type Price struct {
	Epsilon, Delta         float64      // of this build's vector
	PureEpsilon, PureDelta float64      // of what is charged to the pure line beside it; 0: see purely
	Lines                  ledger.Lines // of the account's period; zero: the build alone, no pure line
}

// A Strategy answers a workload: which noisy measurements, at which scale, at
// which cost, with which errors. It is computed from the workload and the price
// alone and reads no data.
type Strategy struct {
	digest      [32]byte
	workload    Workload
	fingerprint [32]byte
	layout      *layout
	design      *design
	price       Price
	charge      float64     // what the worst person costs: μ², or ε on the pure line
	tail        float64     // of δ, set aside for the sampler
	beside      pureCharge  // what the pure line is charged beside the vector
	discovery   discovery   // how categories are found that nobody declared
	unit        float64     // ε of an exponential mechanism of weight 1
	picker      exponential // of the commonest categories, where they are picked
	widths      *widths
	least       *onceFloor
	told        *onceErrors
	planned     *planned // Gaussian: nil until it was asked for
}

// planned is a Gaussian design before it is scaled to a budget: the search for it
// looks at no price, but for which tables are picked.
type planned struct {
	design *design
	picked []bool
}

// A RangeError says that a table's amounts are too large for its noise to be
// drawn exactly: Digits fewer decimals would fit.
type RangeError struct {
	Table  int
	Digits int
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("dp: the amounts of table %d are too large to be summed exactly: use %d fewer decimals", e.Table, e.Digits)
}

// ErrPrice says that no noise can be had at a price: it must be at least so
// small that the sampler's own δ does not show, and no larger than an exact
// int64 allows.
var ErrPrice = errors.New("dp: no strategy at this price")

// NewStrategy plans the measurements of a workload. digest is the plan's. Where
// tables have targets that the price cannot meet, the error is a *TargetError.
func NewStrategy(digest [32]byte, w Workload, p Price) (*Strategy, error) {
	return (*Strategy)(nil).For(digest, w, p)
}

// For is NewStrategy, and saves the search for a design where s has answered the
// same workload at another price. s may be nil.
func (s *Strategy) For(digest [32]byte, w Workload, p Price) (*Strategy, error) {
	n := &Strategy{digest: digest, price: p, widths: &widths{}, least: &onceFloor{}, told: &onceErrors{}}
	if s != nil && s.workload.equal(&w) { // it is valid, and nobody changes it
		n.workload, n.fingerprint, n.layout, n.planned = s.workload, s.fingerprint, s.layout.copied(), s.planned
	} else {
		if err := w.validate(); err != nil {
			return nil, err
		}
		if err := w.fit(); err != nil {
			return nil, err
		}
		n.workload, n.fingerprint = w.clone(), w.fingerprint()
		n.layout = newLayout(&n.workload)
	}
	if err := n.choose(); err != nil {
		return nil, err
	}
	return n, nil
}

// plan returns a Gaussian design for the workload, at no budget yet.
func (s *Strategy) plan() *design {
	if s.planned == nil || !slices.Equal(s.planned.picked, s.layout.picked) {
		s.planned = &planned{newDesign(&s.workload, s.layout, gaussian, nil), slices.Clone(s.layout.picked)}
	}
	return s.planned.design.copied(&s.workload, s.layout)
}

// maxWidth is the widest range of an amount. Twice the width, times the largest
// multiple of a centre, times MaxPeople stays below 2^61 (privacy R13).
const maxWidth = 1 << 26

// fit refuses amounts whose sums could not be exact.
func (w *Workload) fit() error {
	for i, t := range w.Tables {
		if t.Kind != Sum && t.Kind != Mean {
			continue
		}
		a := w.Amounts[t.Amount]
		// As floats: the range of an int64 amount may not fit one.
		over := max(float64(a.Max)/maxAmount, -float64(a.Min)/maxAmount, (float64(a.Max)-float64(a.Min))/maxWidth)
		if over >= 1 {
			return &RangeError{Table: i, Digits: int(math.Floor(math.Log10(over))) + 1}
		}
	}
	return nil
}

// choose plans both kinds of noise at an equal share of their lines and takes
// the one with the smaller error (privacy R7).
func (s *Strategy) choose() error {
	p := s.price
	if !(p.Epsilon > 0) || math.IsInf(p.Epsilon, 1) || !(p.Delta >= 0 && p.Delta < 1) {
		return fmt.Errorf("%w: ε %g, δ %g", ErrPrice, p.Epsilon, p.Delta)
	}
	pure := p.pure()
	if pure > 0 && p.Lines.Epsilon == 0 {
		s.chooseTops(0) // there is no other line
		return s.allPure(pure)
	}
	s.chooseTops(p.optional())
	gaussErr := s.calibrateGaussian()
	if gaussErr == nil {
		gaussErr = s.planBeside(p.optional(), p.purely().epsilon)
	}
	// A build's share of the pure line is spent once.
	if pure <= 0 || s.beside.epsilon > 0 {
		return gaussErr
	}
	other := *s
	if err := other.allPure(pure); err != nil {
		return gaussErr
	}
	if gaussErr != nil || other.design.error() < s.design.error() {
		*s = other
	}
	return nil
}

// allPure charges everything to the pure line: the vector takes all of epsilon,
// or half of it where there are quantiles.
func (s *Strategy) allPure(epsilon float64) error {
	vector := epsilon
	if s.workload.ranked() {
		vector /= 2
	}
	if err := s.calibrateLaplace(vector); err != nil {
		return err
	}
	return s.planBeside(0, epsilon-vector)
}

// pure returns the ε that this build may take from the account's pure line: the
// share that it takes of the Gaussian line, and no more than the plan's ε.
func (p Price) pure() float64 {
	l := p.Lines
	if !(l.PureEpsilon > 0) {
		return 0
	}
	line := accountant.Mu(l.Epsilon, l.Delta)
	if line == 0 {
		return min(p.Epsilon, l.PureEpsilon)
	}
	mu := accountant.Mu(p.Epsilon, p.Delta)
	return min(p.Epsilon, mu*mu/(line*line)*l.PureEpsilon)
}

// Units of the ledger: pico keeps a charge, once it is rounded up to it, within
// what it was calibrated to; atto is that of δ.
const (
	pico = 1e-12
	atto = 1e-18
)

func (s *Strategy) calibrateGaussian() error {
	p := s.price
	d := s.plan()
	mu := accountant.Mu(p.Epsilon, p.Delta)
	if mu*mu < 100*pico {
		return fmt.Errorf("%w: ε %g, δ %g", ErrPrice, p.Epsilon, p.Delta)
	}
	d, err := s.meet(d, mu*mu)
	if err != nil {
		return err
	}
	// The tail shrinks with μ, so what is set aside for the larger one suffices.
	s.tail = d.tail()
	if s.tail > p.Delta/100 {
		return fmt.Errorf("%w: δ %g is too small for so little noise: what the sampler cuts off is %.2g of it, and may be a hundredth", ErrPrice, p.Delta, s.tail)
	}
	mu = accountant.Mu(p.Epsilon, p.Delta-s.tail)
	if l := p.Lines; p.Epsilon <= l.Epsilon && p.Delta <= l.Delta {
		mu = min(mu, accountant.Mu(l.Epsilon, l.Delta*(1-lineTail)))
	}
	d.calibrate(mu*mu - 2*pico) // targets leave room for a hundredth of δ
	return s.take(d)
}

// lineTail is the share of δ that an account's Gaussian line keeps for the
// samplers of all its releases: a build that may use the whole line must leave
// it. A smaller build sets aside only what it needs.
const lineTail = 0.01

func (s *Strategy) calibrateLaplace(epsilon float64) error {
	if epsilon < 100*pico {
		return ErrPrice
	}
	d, err := s.meet(newDesign(&s.workload, s.layout, laplace, nil), epsilon-2*pico)
	if err != nil {
		return err
	}
	s.tail = 0 // the library's geometric sampler is not cut anywhere near an int64
	return s.take(d)
}

// take prices a design at the scales that are really drawn.
func (s *Strategy) take(d *design) error {
	prices, ok := d.realised()
	if !ok {
		return fmt.Errorf("%w: ε %g is too large for exact noise", ErrPrice, s.price.Epsilon)
	}
	s.design, s.charge = d, d.worst(prices)
	return nil
}

// calibrate scales a design to cost the worst person this much.
func (d *design) calibrate(budget float64) {
	d.scale(math.Pow(d.worst(d.prices())/budget, 1/d.mechanism.power()))
}

// Cost returns what a release by this strategy is charged, at the realised
// noise scale, rounded up.
func (s *Strategy) Cost() ledger.Cost {
	charge := int64(math.Ceil(s.charge / pico))
	c := ledger.Cost{Epsilon: int64(math.Ceil(s.beside.epsilon / pico)), Delta: int64(math.Ceil(s.beside.delta / atto))}
	if s.design.mechanism == laplace {
		c.Epsilon += charge
	} else {
		c.MuSquared, c.Tail = charge, int64(math.Ceil(s.tail/atto))
	}
	return c
}

// Beside returns what of the cost is charged to the pure line beside the vector.
func (s *Strategy) Beside() (epsilon, delta float64) { return s.beside.epsilon, s.beside.delta }

// Mechanism returns "gaussian" or "laplace".
func (s *Strategy) Mechanism() string { return s.design.mechanism.String() }
