// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule/ruletest"
	"pgregory.net/rapid"
)

// TestChoicesAreDeletion: for random webs of keys and histories of choices, what
// is counted for a purpose is what is counted, without any choice, of data from
// which all rows of everybody who opted out of it have been deleted, under all
// keys; and rows of those who opted out of everything, altered and repeated at
// will, change no count.
//
// Ten rounds of a hundred cases in CI, one without.
func TestChoicesAreDeletion(t *testing.T) {
	t.Parallel()
	rounds := 1
	if os.Getenv("CI") == "true" {
		rounds = 10
	}
	for n := range rounds {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				c := ruletest.Draw(rt)
				w := newWeb(rt, c)
				for range rapid.IntRange(0, 3).Draw(rt, "more choices") {
					w.choices = append(w.choices, choice{anyKey(rt, c), rapid.SampledFrom([]string{"", "ads", "measurement"}).Draw(rt, "of")})
				}
				most := rapid.IntRange(1, 3).Draw(rt, "most keys")
				w.write(rt, t, c, most)
				w.in.Plan.Bands = nil
				want := w.trial.pairs(rt)

				altered := *w
				altered.altered = true
				altered.write(rt, t, c, most)
				altered.in.Plan.Bands = nil
				if got := altered.trial.pairs(rt); !maps.Equal(got, want) {
					rt.Fatalf("pairs %v with rows of opted-out people altered, %v without\n%s", got, want, c)
				}
				for at, purpose := range w.in.Plan.Purposes() {
					left := *w
					left.rows, left.choices = w.withoutThose(purpose), nil
					left.write(rt, t, c, most)
					left.in.Plan.Bands = nil
					if got, want := left.of(left.trial.pairs(rt), at), w.of(want, at); !maps.Equal(got, want) {
						rt.Fatalf("%s: pairs %v of data without those who opted out, %v with their choices\n%s", purpose, got, want, c)
					}
				}
			})
		})
	}
}

// withoutThose returns the rows but for all of people who opted out of a purpose.
func (w *web) withoutThose(purpose string) []webRow {
	persons := w.persons(1 << 20)
	return slices.DeleteFunc(slices.Clone(w.rows), func(r webRow) bool {
		return slices.ContainsFunc(persons.Keys(r.keys[0]), func(k match.Key) bool { return w.refuses(k, purpose) })
	})
}

func (w *web) refuses(k match.Key, purpose string) bool {
	return slices.ContainsFunc(w.choices, func(c choice) bool {
		return c.key == k && (c.purpose == "" || c.purpose == "all" || c.purpose == purpose)
	})
}

// of are the pairs of segments that have one of the plan's purposes.
func (w *web) of(all pairs, purpose int) pairs {
	some := pairs{}
	for p, n := range all {
		if w.purposes[p[0]] == purpose && w.purposes[p[1]] == purpose {
			some[p] = n
		}
	}
	return some
}
