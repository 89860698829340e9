// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
)

// TestLeastEpsilon: the ε that is told does, and 1 % less does not.
func TestLeastEpsilon(t *testing.T) {
	w := shop(4, 3)
	for _, p := range []Price{
		{Epsilon: 1, Delta: 1e-8},
		{Epsilon: 1, Delta: 1e-8, Lines: ledger.Lines{Epsilon: 4, Delta: 1e-7, PureEpsilon: 4}},
	} {
		for _, tt := range []struct {
			table int
			width float64
		}{{1, 3}, {1, 20}, {1, 400}, {2, 30}, {6, 2000}, {7, 2}, {len(w.Tables) - 1, 40}} {
			excess := func(s *Strategy) float64 { return s.Width(tt.table) / tt.width }
			least, err := LeastEpsilon([32]byte{}, w, p, excess)
			if err != nil {
				t.Errorf("table %d within %g: %v", tt.table, tt.width, err)
				continue
			}
			if rounded := roundUp3(least); rounded > least*(1+1e-12) {
				t.Errorf("ε %v has more than three digits", least)
			}
			at := func(epsilon float64) float64 {
				p.Epsilon = epsilon
				s, err := NewStrategy([32]byte{}, w, p)
				if err != nil {
					t.Fatal(err)
				}
				return excess(s)
			}
			if x := at(least); x > 1 {
				t.Errorf("table %d within %g: at ε %g it is %g times that", tt.table, tt.width, least, x)
			}
			if least > SmallestEpsilon && at(0.99*least) <= 1 {
				t.Errorf("table %d within %g: ε %g does already, not only %g", tt.table, tt.width, 0.99*least, least)
			}
		}
	}
}

func TestNoEpsilonDoes(t *testing.T) {
	p := Price{Epsilon: 1, Delta: 1e-8}
	var beyond *EpsilonError
	_, err := LeastEpsilon([32]byte{}, shop(4, 3), p, func(s *Strategy) float64 { return s.Width(1) / 1e-3 })
	if !errors.As(err, &beyond) || beyond.Excess <= 1 {
		t.Errorf("within 0.001: %v", err)
	}
	if least, err := LeastEpsilon([32]byte{}, shop(4, 3), p, func(s *Strategy) float64 { return s.Width(1) / 1e9 }); err != nil || least != SmallestEpsilon {
		t.Errorf("within 1e9: ε %g, %v", least, err)
	}
}
