// SPDX-License-Identifier: Apache-2.0

package dp

import (
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

// planBeside plans what is charged to the pure line beside the vector: what picks
// the commonest categories, and what finds those that nobody declared. Both know
// the vector by now. epsilon is what they may take; δ is shared by halves where
// both want some.
func (s *Strategy) planBeside(epsilon float64) error {
	s.beside, s.discovery = pureCharge{}, discovery{}
	delta := s.price.purely().delta
	load, finds := s.load(), s.discoverable() > 0
	if !load.empty() {
		most := pureCharge{epsilon, delta}
		if finds {
			most.delta /= 2
		}
		unit, charge, err := load.calibrate(s.workload.Bound, most)
		if err != nil {
			return err
		}
		if s.picker, err = newExponential(unit); err != nil {
			return err
		}
		s.beside = charge
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
	}
	return l
}

// mechanismsBeside lists what is charged to the pure line beside the vector.
func (s *Strategy) mechanismsBeside() []release.Mechanism {
	var list []release.Mechanism
	if load := s.load(); !load.empty() {
		list = append(list, release.Mechanism{Name: "exponential", Line: "pure", Epsilon: s.beside.epsilon - s.discovery.price.epsilon,
			Delta: s.beside.delta - s.discovery.price.delta, Calls: len(load.worst(s.workload.Bound)),
			Source: "McSherry and Talwar 2007, sampled exactly; bounded range: Durfee and Rogers 2019"})
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
