// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"github.com/throng-dp/throng/dp/accountant"
)

// PartEpsilon returns the ε, at the same δ, of a build that is charged a part
// of what this strategy's vector is: of μ² for Gaussian noise, of ε for Laplace
// noise.
func (s *Strategy) PartEpsilon(part float64) float64 {
	p := s.price
	if s.design.mechanism == laplace {
		return p.Epsilon * part
	}
	return accountant.Epsilon(accountant.Mu(p.Epsilon, p.Delta)*math.Sqrt(part), p.Delta)
}

// Wider returns how many times wider the vector's intervals are at a part of
// its charge.
func (s *Strategy) Wider(part float64) float64 {
	if s.design.mechanism == laplace {
		return 1 / part
	}
	return 1 / math.Sqrt(part)
}
