// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
)

// An Edit is one change that an author makes.
type Edit struct {
	At     string   `json:"at"`             // the part of the plan
	Change string   `json:"change"`         // what to write there, in words
	Drop   []string `json:"drop,omitempty"` // of segments: all their ids
}

// privacyEdits are the edits of a plan's privacy block.
func privacyEdits(was, is *plan.Privacy) []Edit {
	var edits []Edit
	for _, f := range []struct {
		name    string
		was, is float64
	}{{"epsilon", was.Epsilon, is.Epsilon}, {"pure_epsilon", was.PureEpsilon, is.PureEpsilon}, {"pure_delta", was.PureDelta, is.PureDelta}} {
		if f.was != f.is {
			edits = append(edits, Edit{At: "privacy", Change: fmt.Sprintf("%s: %s, not %s", f.name, plain(f.is), plain(f.was))})
		}
	}
	return edits
}

// loosen makes the targets of a plan as much wider as the price makes its
// intervals.
func loosen(p *plan.Plan, wider float64) ([]dp.Table, []Edit) {
	tables := slices.Clone(p.Workload.Tables)
	var edits []Edit
	for i := range tables {
		t, scale := &tables[i], math.Pow10(p.Releases[i].Decimals)
		if t.Target == 0 {
			continue
		}
		was := t.Target / scale
		is := up(was * wider * 1.002) // the strategy's own margins
		t.Target = is * scale
		e := Edit{At: "release", Change: fmt.Sprintf("target: ±%s, not ±%s", plain(is), plain(was))}
		if !slices.ContainsFunc(edits, func(o Edit) bool { return o.Change == e.Change }) {
			edits = append(edits, e)
		}
	}
	return tables, edits
}

// down and up round to three digits.
func down(x float64) float64 { return digits(x, math.Floor, 1e-9) }
func up(x float64) float64   { return digits(x, math.Ceil, -1e-9) }

func digits(x float64, round func(float64) float64, slack float64) float64 {
	if !(x > 0) {
		return 0
	}
	unit := math.Floor(math.Log10(x)) - 2
	y, _ := strconv.ParseFloat(fmt.Sprintf("%ge%g", round(x/math.Pow(10, unit)+slack), unit), 64)
	return y
}
