// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"

	"github.com/throng-dp/throng/dp/release"
)

// chanceAtLeast is the chance that a number is n or more, by the released
// number and its noise alone: nothing is assumed of the audience beforehand. It
// is nil where the number is withheld.
func chanceAtLeast(c *release.Cell, n int64) *float64 {
	if c.Unbiased == nil || c.StdDev == nil {
		return nil
	}
	p := 1.0
	switch {
	case n <= 0:
	case *c.StdDev == 0:
		if *c.Unbiased < float64(n) {
			p = 0
		}
	default:
		p = math.Erfc((float64(n)-0.5-*c.Unbiased)/(*c.StdDev*math.Sqrt2)) / 2
	}
	// Three decimals: more would only print the noise's own digits.
	p = math.Round(p*1000) / 1000
	return &p
}

// percent writes a chance.
func percent(p float64) string {
	switch {
	case p > 0.999:
		return "over 99.9 %"
	case p < 0.001:
		return "under 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*p)
}
