// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"github.com/google/differential-privacy/go/v3/dpagg"
	"github.com/google/differential-privacy/go/v3/noise"
)

// NoiseLibrary says whose noise a release has; the manifest repeats it.
const NoiseLibrary = "github.com/google/differential-privacy/go/v3 v3.0.0 AddNoiseInt64"

// The library has no call that takes a scale. Each call is made for these fixed
// parameters, and the integer query is counted in finer units until the noise
// of one unit of sensitivity has the scale that is wanted (privacy R1).
const (
	unitEpsilon = 1
	unitDelta   = 1e-8
	unitSigma   = 5.1015625 // noise.SigmaForGaussian(1, 1, unitEpsilon, unitDelta)
	unitScale   = 1         // of Laplace noise: 1/unitEpsilon

	fineness = 1 << 20 // the noise's scale in units of the call: rounding up adds at most a millionth
	maxLInf  = 1 << 40 // the library never returns where its product of sensitivities overflows
	maxQuery = 1 << 61 // of a query in units of the call: noise cannot wrap it
)

// A sampler adds a step's noise to an exact row and returns it in the row's own
// unit. It is an interface so that tests can see that they would notice a bad
// one; library is the only one there is.
type sampler interface {
	draw(m mechanism, x int64, s step) (float64, error)
}

// library draws by the library's integer call, which is exact. The float call
// is not used anywhere: its low bits tell the count. Only here an exact number
// meets noise, and only after that it becomes a float64 (privacy R13, R29).
type library struct{}

func (library) draw(m mechanism, x int64, s step) (float64, error) {
	of, delta := noise.Gaussian(), unitDelta
	if m == laplace {
		of, delta = noise.Laplace(), 0
	}
	y, err := of.AddNoiseInt64(x<<s.shift, 1, s.linf, unitEpsilon, delta)
	if err != nil {
		return 0, err
	}
	return math.Ldexp(float64(y), -s.shift), nil
}

// A step is how one row is noised: the query in units of 2^-shift, with a
// sensitivity of linf units.
type step struct {
	shift int
	linf  int64
}

// step returns the step whose noise is the smallest that is at least scale,
// or false where no call fits: x is at most entry for one person.
func (m mechanism) step(scale, entry float64) (step, bool) {
	units := scale / m.unit()
	shift := max(0, int(math.Ceil(math.Log2(fineness/units))))
	for shift > 0 && math.Ldexp(units, shift-1) >= fineness {
		shift-- // the logarithm was rounded up
	}
	linf := math.Ceil(math.Ldexp(units, shift))
	if !(linf >= 1 && linf < maxLInf) || !(math.Ldexp(entry*MaxPeople, shift) < maxQuery) {
		return step{}, false
	}
	return step{shift, int64(linf)}, true
}

// realised is the scale of the noise that a step adds.
func (m mechanism) realised(s step) float64 {
	return math.Ldexp(float64(s.linf)*m.unit(), -s.shift)
}

// unit is the scale of the noise that the library adds for a sensitivity of 1.
func (m mechanism) unit() float64 {
	if m == laplace {
		return unitScale
	}
	return unitSigma
}

// libraryKeeps asks the library whether a partition of so many people, of whom
// each is in l0 partitions, is released.
func libraryKeeps(people int64, epsilon, delta float64, l0 int64) (bool, error) {
	p, err := dpagg.NewPreAggSelectPartition(&dpagg.PreAggSelectPartitionOptions{
		Epsilon: epsilon, Delta: delta, MaxPartitionsContributed: l0})
	if err != nil {
		return false, err
	}
	if err := p.IncrementBy(people); err != nil {
		return false, err
	}
	return p.ShouldKeepPartition()
}
