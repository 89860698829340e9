// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"math"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
)

// TestWhatIfs tells of each ε what the strategy of such a plan does; more ε is
// dearer and nearer.
func TestWhatIfs(t *testing.T) {
	l, _ := freshLedger(t)
	file := shopPlan(t, nil)
	p, err := audience.Compile(t.Context(), file, local.Engine{}, dataRoot, nil)
	if err != nil {
		t.Fatal(err)
	}
	account, err := l.Account(t.Context(), "gift-shop")
	if err != nil {
		t.Fatal(err)
	}
	prices, err := audience.WhatIfs(t.Context(), p, l, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	own, last := 0, audience.WhatIf{Size: math.Inf(1)}
	for _, w := range prices {
		if w.Size >= last.Size || w.Share <= last.Share || w.Epsilon <= last.Epsilon || last.Builds > 0 && w.Builds > last.Builds {
			t.Errorf("ε %g after ε %g: %+v", w.Epsilon, last.Epsilon, w)
		}
		last = w
		if w.Own {
			own++
		}
		if w.Own || w.Epsilon == 0.3 {
			q := *p
			q.Privacy.Epsilon = w.Epsilon
			s, err := audience.Strategy(&q, account)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range s.Families() {
				if got := w.Families[i]; got.HalfWidth != f.HalfWidth || got.Cells != f.Cells {
					t.Errorf("ε %g, %s: ±%g, and the strategy of such a plan tells ±%g", w.Epsilon, got.Name, got.HalfWidth, f.HalfWidth)
				}
			}
			if left, err := l.Left(t.Context(), account.Name, s.Cost(), time.Now()); err != nil || w.Builds != left {
				t.Errorf("ε %g: %d builds left, and the ledger tells %d, %v", w.Epsilon, w.Builds, left, err)
			}
		}
		if w.Own != (w.Epsilon == p.Privacy.Epsilon) {
			t.Errorf("ε %g: the plan's own is %v", w.Epsilon, w.Own)
		}
	}
	if own != 1 || len(prices) < 5 {
		t.Errorf("%d prices, %d of them the plan's own", len(prices), own)
	}
}
