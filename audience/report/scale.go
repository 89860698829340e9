// SPDX-License-Identifier: Apache-2.0

package report

import (
	"math"
	"strconv"

	"github.com/throng-dp/throng/dp/release"
)

// A bar is drawn in percent of its box: solid up to the lower end of the range,
// pale over the range, a line at the estimate. So what is dark is sure.
type bar struct{ Solid, Pale, Mark string }

// newBar draws a number on a scale that ends at top.
func newBar(c *release.Cell, top float64) bar {
	if top <= 0 {
		top = 1
	}
	at := func(n int64) float64 { return math.Min(100, math.Max(0, 100*float64(n)/top)) }
	lower, upper := at(*c.Lower), at(*c.Upper)
	return bar{percent(lower), percent(upper - lower), percent(at(*c.Estimate))}
}

// percent writes a length with at most one decimal.
func percent(p float64) string {
	return strconv.FormatFloat(math.Round(p*10)/10, 'f', -1, 64) + "%"
}

// A tick is a line of an axis.
type tick struct{ At, Label string }

// ticks returns at most about five round steps up to top.
func ticks(top float64, label func(float64) string) []tick {
	if top <= 0 {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10(top)))
	for _, f := range []float64{0.1, 0.2, 0.5, 1, 2, 5} {
		if s := step * f; s >= 1 && top/s <= 5.5 {
			step = s
			break
		}
	}
	var axis []tick
	for x := 0.0; x <= top*0.985; x += step {
		axis = append(axis, tick{percent(100 * x / top), label(x)})
	}
	return axis
}

func people(x float64) string { return release.Number(int64(x)) }

// shades is how many steps of colour a heat table has.
const shades = 8

// shade returns the step of colour for a share between 0 and 1.
func shade(share float64) int {
	return min(shades, int(math.Round(shades*math.Sqrt(math.Max(0, math.Min(1, share))))))
}
