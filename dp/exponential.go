// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"crypto/rand"
	"errors"
	"io"
	"math"
	"math/big"
	"math/bits"
)

// An exponential draws one of several candidates, each with a chance in
// proportion to its mass times base^loss (McSherry and Talwar 2007). Losses are
// whole numbers and the base is a binary fraction, so every chance is an exact
// rational and is met exactly: no exponential of a float meets a uniform float,
// whose low bits would tell more than the mechanism may (Ilvento 2020).
//
// Where one person moves every loss by at most 1 and all of them in one
// direction, a draw is epsilon()-DP and has a bounded range of epsilon(), which
// costs epsilon()²/8 of zCDP (Durfee and Rogers 2019; Cesar and Rogers 2021).
// Where losses may move apart, both cost what 2·epsilon() does.
type exponential struct {
	base   uint64    // in units of 2^-baseBits, below 1
	random io.Reader // of a cryptographic source
	fine   uint      // bits after the point of weights at the first look
}

// baseBits is such that the base is a float64 as well, whose logarithm is known.
const baseBits = 52

// weightBits are enough that a second look is never needed in practice: its
// chance is the number of candidates in 2^-weightBits.
const weightBits = 128

// newExponential returns the mechanism whose base is e^-epsilon, rounded up.
// epsilon is at least 2^-40 and at most 32.
func newExponential(epsilon float64) (exponential, error) {
	if !(epsilon >= 0x1p-40 && epsilon <= 32) {
		return exponential{}, ErrPrice
	}
	base := math.Ceil(math.Ldexp(math.Exp(-epsilon), baseBits) * (1 + 0x1p-50))
	if base >= 1<<baseBits {
		return exponential{}, ErrPrice
	}
	return exponential{base: uint64(base), random: rand.Reader, fine: weightBits}, nil
}

// epsilon is what a draw costs, by the base that is really used; rounded up.
func (e exponential) epsilon() float64 {
	return -math.Log(math.Ldexp(float64(e.base), -baseBits)) * (1 + 0x1p-50)
}

var errCandidates = errors.New("dp: an exponential mechanism needs candidates, with masses that are not negative")

// pick draws a candidate. Losses may be any: what counts is how far they are
// above the smallest one. masses are the candidates' weights beside their
// losses; nil: 1 each.
//
// It throws a point into a strip as long as all weights together, and takes the
// candidate under whose weight the point lies, if any. Weights are known to
// 2^-fine from both sides; where that does not decide, both the weight and the
// point get more digits.
func (e exponential) pick(losses []int64, masses []int64) (int, error) {
	least, err := e.check(losses, masses)
	if err != nil {
		return 0, err
	}
	powers := newPowers(e.base, e.fine)
	low, high := make([]*big.Int, len(losses)), make([]*big.Int, len(losses))
	strip := new(big.Int)
	for i := range losses {
		low[i], high[i] = powers.weight(distance(losses[i], least), massOf(masses, i))
		strip.Add(strip, high[i])
	}
	for {
		point, err := rand.Int(e.random, strip)
		if err != nil {
			return 0, err
		}
		i := 0
		for ; point.Cmp(high[i]) >= 0; i++ {
			point.Sub(point, high[i])
		}
		under, err := e.under(point, low[i], distance(losses[i], least), massOf(masses, i))
		if err != nil {
			return 0, err
		}
		if under {
			return i, nil
		}
	}
}

func (e exponential) check(losses, masses []int64) (least int64, err error) {
	if masses != nil && len(masses) != len(losses) {
		return 0, errCandidates
	}
	found := false
	for i, loss := range losses {
		switch m := massOf(masses, i); {
		case m < 0:
			return 0, errCandidates
		case m > 0 && (!found || loss < least):
			least, found = loss, true
		}
	}
	if !found {
		return 0, errCandidates
	}
	return least, nil
}

func massOf(masses []int64, i int) int64 {
	if masses == nil {
		return 1
	}
	return masses[i]
}

// distance is loss - least, which may not fit an int64. It is negative only for
// candidates without mass, whose weight is 0 whatever it is.
func distance(loss, least int64) uint64 {
	if loss < least {
		return 0
	}
	return uint64(loss) - uint64(least)
}

// under tells whether a point, uniform within its last digit, lies under a
// weight.
func (e exponential) under(point, low *big.Int, loss uint64, mass int64) (bool, error) {
	if point.Cmp(low) < 0 {
		return true, nil
	}
	one := big.NewInt(1)
	var high *big.Int
	for fine := e.fine; ; {
		more := fine
		fine += more
		if fine > 1<<16 {
			return false, errors.New("dp: the random source repeats itself")
		}
		digits, err := rand.Int(e.random, new(big.Int).Lsh(one, more))
		if err != nil {
			return false, err
		}
		point = new(big.Int).Add(digits, new(big.Int).Lsh(point, more))
		low, high = newPowers(e.base, fine).weight(loss, mass)
		switch {
		case point.Cmp(low) < 0:
			return true, nil
		case point.Cmp(high) >= 0:
			return false, nil
		}
	}
}

// powers are a base to the powers of 1, 2, 4, ... as whole numbers of 2^-fine,
// rounded down and up.
type powers struct {
	fine      uint
	low, high [64]*big.Int
}

func newPowers(base uint64, fine uint) *powers {
	p := &powers{fine: fine}
	b := new(big.Int).SetUint64(base)
	p.low[0], p.high[0] = scaled(b, fine, baseBits)
	return p
}

// scaled returns x·2^(up-down), rounded down and up.
func scaled(x *big.Int, up, down uint) (low, high *big.Int) {
	x = new(big.Int).Lsh(x, up)
	low = new(big.Int).Rsh(x, down)
	high = low
	if x.TrailingZeroBits() < down && x.Sign() > 0 {
		high = new(big.Int).Add(low, big.NewInt(1))
	}
	return low, high
}

// square makes sure that the power of 2^k is known.
func (p *powers) square(k int) {
	for i := 1; i <= k; i++ {
		if p.low[i] == nil {
			p.low[i], _ = scaled(new(big.Int).Mul(p.low[i-1], p.low[i-1]), 0, p.fine)
			_, p.high[i] = scaled(new(big.Int).Mul(p.high[i-1], p.high[i-1]), 0, p.fine)
		}
	}
}

// weight returns mass·base^loss in units of 2^-fine, rounded down and up.
func (p *powers) weight(loss uint64, mass int64) (low, high *big.Int) {
	low = new(big.Int).Lsh(big.NewInt(1), p.fine)
	high = low
	for ; loss != 0; loss &= loss - 1 {
		k := bits.TrailingZeros64(loss)
		p.square(k)
		low, _ = scaled(new(big.Int).Mul(low, p.low[k]), 0, p.fine)
		_, high = scaled(new(big.Int).Mul(high, p.high[k]), 0, p.fine)
	}
	m := big.NewInt(mass)
	return new(big.Int).Mul(low, m), new(big.Int).Mul(high, m)
}
