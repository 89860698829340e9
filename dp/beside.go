// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"slices"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// optional returns the ε that a build may take of the pure line for what it could
// do without: nothing where the account, or the plan alone, has no such line.
func (p Price) optional() float64 {
	l := p.Lines
	if l.PureEpsilon > 0 || l == (ledger.Lines{}) && p.PureEpsilon > 0 {
		return p.purely().epsilon
	}
	return 0
}

// planBeside plans what is charged to the pure line beside the vector: quantiles,
// what picks the commonest categories, and what finds those that nobody declared. The
// vector is known by now. ranks is the ε that all may take where there are quantiles,
// else epsilon is what the last two may; δ is shared by halves where it is wanted
// for finding and for what is composed.
func (s *Strategy) planBeside(epsilon, ranks float64) error {
	s.beside, s.discovery = pureCharge{}, discovery{}
	delta := s.price.purely().delta
	load, finds := s.load(), s.discoverable() > 0
	if s.workload.ranked() {
		epsilon = ranks // there is no other way to quantiles
	}
	if !load.empty() {
		most := pureCharge{epsilon, delta}
		if finds {
			most.delta /= 2
		}
		unit, charge, err := load.calibrate(s.workload.Bound, most)
		if err != nil {
			return err
		}
		s.unit, s.beside = unit, charge
		if err := s.mechanisable(); err != nil {
			return err
		}
		epsilon, delta = 0, delta-charge.delta
	}
	if !finds {
		return nil
	}
	if delta == 0 {
		delta = s.price.Delta // so that errors can be told; the ledger refuses to pay
	}
	if err := s.discover(pureCharge{epsilon, delta}); err != nil {
		return err
	}
	s.beside.epsilon += s.discovery.price.epsilon
	s.beside.delta += s.discovery.price.delta
	return nil
}

// load lists the exponential mechanisms of a build.
func (s *Strategy) load() *pureLoad {
	l := &pureLoad{segments: make([]pureList, s.workload.Segments)}
	for t, picked := range s.layout.picked {
		table := &s.workload.Tables[t]
		for range table.Most {
			if picked {
				seg := &l.segments[table.Segments[0]]
				*seg = append(*seg, 1)
			}
		}
		if table.Kind == Quantiles {
			seg := &l.segments[table.Segments[0]]
			for range depthOf(len(table.At)) {
				*seg = append(*seg, levelWeight(table))
			}
		}
	}
	return l
}

// mechanisable makes sure that every mechanism can be had at the unit's price.
func (s *Strategy) mechanisable() (err error) {
	if slices.Contains(s.layout.picked, true) {
		if s.picker, err = newExponential(s.unit); err != nil {
			return err
		}
	}
	for t := range s.workload.Tables {
		if s.workload.Tables[t].Kind != Quantiles {
			continue
		}
		q := s.quantiler(t)
		for i := range q.splits {
			if _, err := q.splits[i].mechanism(q.epsilon, q.places); err != nil {
				return fmt.Errorf("%w: ε %g of the pure line for %d quantiles", err, q.epsilon, len(q.splits))
			}
		}
	}
	return nil
}

// mechanismsBeside lists what is charged to the pure line beside the vector.
func (s *Strategy) mechanismsBeside() []release.Mechanism {
	var list []release.Mechanism
	if load := s.load(); !load.empty() {
		list = append(list, release.Mechanism{Name: "exponential", Line: "pure", Epsilon: s.beside.epsilon - s.discovery.price.epsilon,
			Delta: s.beside.delta - s.discovery.price.delta, Calls: len(load.worst(s.workload.Bound)),
			Source: s.exponentialSource()})
	}
	if d := s.discovery; d.rule != 0 {
		source := "Korolova, Kenthapadi, Mishra, Ntoulas 2009, on counts that the vector pays for"
		if d.rule != threshold {
			source = "github.com/google/differential-privacy/go/v3 v3.0.0 PreAggSelectPartition"
		}
		list = append(list, release.Mechanism{Name: ruleNames[d.rule], Line: "pure", Epsilon: d.price.epsilon, Delta: d.price.delta, Calls: d.most, Source: source})
	}
	return list
}

// exponentialSource says what the exponential mechanisms are for, and by whom.
func (s *Strategy) exponentialSource() string {
	source := "McSherry and Talwar 2007, sampled exactly; bounded range: Durfee and Rogers 2019"
	if s.workload.ranked() {
		source += "; quantiles: Kaplan, Schnapp, Stemmer 2022, on a public grid"
	}
	return source
}
