// SPDX-License-Identifier: Apache-2.0

package dp

import "github.com/throng-dp/throng/dp/ledger"

// A Price is what a plan is willing to pay for one build and what its account
// has: the Gaussian line, and the pure line that Laplace noise is charged to.
type Price struct {
	Epsilon, Delta float64      // of this build
	Lines          ledger.Lines // of the account's period; zero: the build alone, no pure line
}

// A Strategy answers a workload: which noisy measurements, at which scale, at
// which cost, with which errors. It is computed from the workload and the price
// alone and reads no data.
type Strategy struct {
	digest   [32]byte
	workload Workload
}

// NewStrategy plans the measurements of a workload. digest is the plan's.
func NewStrategy(digest [32]byte, w Workload, p Price) (*Strategy, error) {
	panic("contract: to be built")
}

// Cost returns what a release by this strategy is charged, at the realised
// noise scale, rounded up.
func (s *Strategy) Cost() ledger.Cost { panic("contract: to be built") }

// Mechanism returns "gaussian" or "laplace".
func (s *Strategy) Mechanism() string { panic("contract: to be built") }

// StdDev returns the standard deviation of cell c of table t, in released
// units (people, or units of a sum). For a Mean it is not known beforehand:
// see MeanHalfWidth.
func (s *Strategy) StdDev(t, c int) float64 { panic("contract: to be built") }

// HalfWidth returns half the width of the interval of cell c of table t at
// confidence 0.95.
func (s *Strategy) HalfWidth(t, c int) float64 { panic("contract: to be built") }

// MeanHalfWidth returns half the width of the interval of mean t for an
// audience of n people whose mean lies mid-way to an end of its range.
func (s *Strategy) MeanHalfWidth(t int, n float64) float64 { panic("contract: to be built") }

// A Family is all tables of one kind, over all segments.
type Family struct {
	Family     string  `json:"family"` // "reach", "breakdown spend_band × home" …: named by the caller through Table
	Table      int     `json:"-"`      // index of its first table
	Cells      int     `json:"cells"`
	StdDev     float64 `json:"stddev"`     // root mean square over its cells
	HalfWidth  float64 `json:"half_width"` // largest, at confidence 0.95
	Bound      float64 `json:"bound,omitempty"`
	BoundRatio float64 `json:"bound_ratio,omitempty"`
}

// Families returns the expected errors, one entry for every kind of table (for
// breakdowns and frequencies: for every list of attributes; for sums: for every
// amount), in the order of the workload.
func (s *Strategy) Families() []Family { panic("contract: to be built") }
