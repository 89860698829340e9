// SPDX-License-Identifier: Apache-2.0

package accountant

import "math"

// normalGrid is the loss of a μ-GDP event, normal with mean μ²/2 and deviation
// μ, tilted by t and rounded to multiples of h. h is well below μ.
func normalGrid(mu, h, t float64, to side) pld {
	mean := (t + 0.5) * mu * mu
	first := math.Floor((mean - reach*mu) / h)
	cells := int(math.Ceil((mean+reach*mu)/h) - first)
	q := make([]float64, cells+1)

	// Four points of Gauss and Legendre integrate the density over a cell, which
	// is smooth there, against the shares of the cell's two ends.
	type point struct{ at, lower, upper float64 }
	var points []point
	for i, x := range gauss4 {
		for _, x := range []float64{-x, x} {
			s := (1 + x) / 2 * h
			w := gauss4weight[i] / 2 * h / (mu * math.Sqrt(2*math.Pi))
			p := point{at: s, lower: w * math.Exp(-t*s)}
			if to == above {
				p.lower *= math.Exp(-s) * math.Expm1(s-h) / math.Expm1(-h)
				p.upper = w * math.Expm1(-s) / math.Expm1(-h) * math.Exp(t*(h-s))
			}
			points = append(points, p)
		}
	}
	for i := range cells {
		l := (first+float64(i))*h - mean
		for _, p := range points {
			z := (l + p.at) / mu
			d := math.Exp(-z * z / 2)
			q[i] += p.lower * d
			q[i+1] += p.upper * d
		}
	}
	p := pld{h: h, base: first * h, q: q, logM: t * (t + 1) / 2 * mu * mu, lost: 2 * Tail(reach)}
	p.normalise()
	p.trim(least)
	return p
}

// Nodes and weights of Gauss and Legendre's four-point rule, the positive half.
var (
	gauss4       = [...]float64{0.3399810435848563, 0.8611363115940526}
	gauss4weight = [...]float64{0.6521451548625461, 0.3478548451374538}
)
