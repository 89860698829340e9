// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
)

// TestForIsNewStrategy: a strategy that takes over another one's search is the one
// that is found anew, and leaves the other as it was.
func TestForIsNewStrategy(t *testing.T) {
	lines := ledger.Lines{Epsilon: 8, Delta: 1e-8, PureEpsilon: 1, PureDelta: 1e-9}
	prices := []Price{{Epsilon: 1, Delta: 1e-8}, {Epsilon: 0.5, Delta: 1e-8}, {Epsilon: 1, Delta: 1e-8, Lines: lines},
		{Epsilon: 1, Delta: 1e-8, PureEpsilon: 0.1, Lines: lines}}
	aimed := shop(6, 3)
	for i := range aimed.Tables {
		if aimed.Tables[i].Kind == Reach {
			aimed.Tables[i].Target = 60
		}
	}
	for name, w := range map[string]Workload{"shop": shop(6, 3), "targets": aimed, "tops": podium(5, 2, 1), "capped": capped(6, 2), "triples": tripled(5, 5)} {
		s, err := NewStrategy([32]byte{}, w, prices[0])
		if err != nil {
			t.Fatal(err)
		}
		before := told(s)
		for _, p := range prices {
			want, err := NewStrategy([32]byte{1}, w, p)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.For([32]byte{1}, w, p)
			if err != nil {
				t.Fatal(err)
			}
			if told(got) != told(want) {
				t.Errorf("%s at %+v: another strategy than anew", name, p)
			}
		}
		if told(s) != before {
			t.Errorf("%s: the first strategy has changed", name)
		}
		other := shop(7, 3)
		got, err := s.For([32]byte{}, other, prices[0])
		if err != nil {
			t.Fatal(err)
		}
		want, err := NewStrategy([32]byte{}, other, prices[0])
		if err != nil {
			t.Fatal(err)
		}
		if told(got) != told(want) {
			t.Errorf("%s: takes over the search for another workload", name)
		}
	}
}

// A telling is what a strategy says of itself.
type telling struct {
	cost           ledger.Cost
	errors, widths float64
	mechanism      string
	optimality     float64
	picked         int
}

func told(s *Strategy) telling {
	n := telling{cost: s.Cost(), mechanism: s.Mechanism(), optimality: s.Optimality()}
	for i := range s.workload.Tables {
		if s.layout.picked[i] {
			n.picked++
			continue
		}
		if k := s.workload.Tables[i].Kind; k == Quantiles || k == Mean {
			continue
		}
		x := float64(i + 1)
		n.errors += x * s.StdDev(i, 0)
		n.widths += x * s.HalfWidth(i, 0)
	}
	return n
}
