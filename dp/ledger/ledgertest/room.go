// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"errors"
	"fmt"

	"github.com/throng-dp/throng/dp/ledger"
)

var roomTests = []test{
	// Whatever happened before, a room says of a build what Reserve says.
	{"a room refuses what reserve refuses", func(b *bench) {
		a := ledger.Account{Name: "shop", Lines: ledger.Lines{Epsilon: 3, Delta: 1e-7, PureEpsilon: 2, PureDelta: 1e-7}, Period: 30, Ceiling: 9}
		b.open(a)
		state := uint64(7)
		draw := func(n int64) int64 { // the same history each time; a linear congruence does
			state = state*6364136223846793005 + 1442695040888963407
			return int64(state>>1) % n
		}
		seen := map[bool]int{}
		for i := range 60 {
			c := ledger.Cost{MuSquared: 1 + draw(120_000_000_000), Epsilon: draw(2) * draw(600_000_000_000)}
			q := ask("shop", fmt.Sprint("p", draw(20)), "2026-03-13", c)
			room, err := b.l.Room(b.Context(), "shop", b.clock.Now())
			if err != nil {
				b.Fatal(err)
			}
			said := room.For(q.Plan, q.Date).Refuses(c)
			part := room.For(q.Plan, q.Date).Fraction(c)
			res, err := b.l.Reserve(b.Context(), q)
			var exists *ledger.Exists
			if errors.As(err, &exists) {
				continue
			}
			seen[err == nil]++
			if (said == nil) != (err == nil) || err != nil && !errors.Is(err, ledger.ErrExhausted) || (part == 1) != (err == nil) {
				b.Fatalf("step %d: the room says %v and %g, reserve %v", i, said, part, err)
			}
			switch draw(3) * map[bool]int64{true: 1}[err == nil] {
			case 1:
				b.touch(res)
				b.void(res, false)
			case 2:
				b.post(res, q)
			default:
				if err == nil {
					b.void(res, true)
				}
			}
			if draw(12) == 0 {
				b.clock.Move(31 * day)
			}
		}
		if seen[true] < 5 || seen[false] < 5 {
			b.Errorf("reserve took %d and refused %d: this test says little", seen[true], seen[false])
		}
	}},
	{"a room tells what is held, what used most, and what was last", func(b *bench) {
		b.open(threefold("shop"))
		half := ledger.Cost{Epsilon: 500_000_000_000}
		b.release(ask("shop", "small", "2026-03-10", half))
		b.release(ask("shop", "large", "2026-03-11", one))
		kept := b.reserve(b.l, ask("shop", "kept", "2026-03-12", half))
		b.touch(kept)
		b.void(kept, false)
		b.reserve(b.l, ask("shop", "running", "2026-03-13", half))
		room, err := b.l.Room(b.Context(), "shop", b.clock.Now())
		if err != nil {
			b.Fatal(err)
		}
		states := map[string]string{}
		for _, h := range room.Holdings(b.clock.Now()) {
			states[h.Plan] = h.State
		}
		if len(states) != 2 || states["kept"] != ledger.Kept || states["running"] != ledger.Running {
			b.Errorf("held %v", states)
		}
		if left := room.Left(); left.Epsilon != half.Epsilon || room.Builds(half) != 1 || room.Affordable() != left || room.Multiple(one) != 0.5 {
			b.Errorf("left %+v, builds %d, affordable %+v, multiple %g", left, room.Builds(half), room.Affordable(), room.Multiple(one))
		}
		if room.Refuses(one) == nil || room.For("kept", "2026-03-12").Refuses(one) != nil {
			b.Error("what a failed try held does not serve its next try alone")
		}
		used, err := b.l.UsedBy(b.Context(), "shop", b.clock.Now(), false, 1)
		if err != nil || len(used) != 1 || used[0].Plan != "large" || used[0].Share < 0.33 || used[0].Share > 0.34 {
			b.Errorf("used by %+v, %v", used, err)
		}
		last, err := b.l.Recent(b.Context(), "shop", 1)
		if err != nil || len(last) != 1 || last[0].Plan != "large" {
			b.Errorf("last %+v, %v", last, err)
		}
	}},
}
