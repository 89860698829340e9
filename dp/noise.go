// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

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

// A sampler adds noise to an integer query of the given sensitivity. It is an
// interface so that tests can see that they would notice a bad one.
type sampler interface {
	gaussian(x, linf int64) (int64, error)
	laplace(x, linf int64) (int64, error)
}

// library is the only sampler there is. Its integer call is exact; the float
// call is not used anywhere: its low bits tell the count.
type library struct{}

func (library) gaussian(x, linf int64) (int64, error) {
	return noise.Gaussian().AddNoiseInt64(x, 1, linf, unitEpsilon, unitDelta)
}

func (library) laplace(x, linf int64) (int64, error) {
	return noise.Laplace().AddNoiseInt64(x, 1, linf, unitEpsilon, 0)
}

// A step is how one row is noised: the query in units of 2^-shift, with a
// sensitivity of linf units.
type step struct {
	shift int
	linf  int64
}

// steps returns the step whose noise is the smallest that is at least scale,
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

// draw adds a step's noise to an exact row and returns it in the row's own
// unit. Only here an exact number meets noise, and only after it becomes a
// float64 (privacy R13, R29).
func (m mechanism) draw(src sampler, x int64, s step) (float64, error) {
	add := src.gaussian
	if m == laplace {
		add = src.laplace
	}
	y, err := add(x<<s.shift, s.linf)
	if err != nil {
		return 0, err
	}
	return math.Ldexp(float64(y), -s.shift), nil
}
