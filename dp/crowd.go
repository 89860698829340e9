// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"crypto/rand"
	"math/big"
	"math/bits"
)

// A crowd draws among very many candidates by the same exponential mechanism,
// with the same chances to the last digit: weights are looked up in 60 bits, and
// where these do not decide, which is one draw in 2^40, exponential's own digits
// do.
type crowd struct {
	exponential
	powers [crowdDigits][]uint64 // base to the j·2^(digitBits·k), in units of 2^-crowdFine, rounded down
}

const (
	crowdFine   = 60
	digitBits   = 11
	crowdDigits = 5
	// crowdSlack bounds, in units, what four products and five roundings of
	// factors take off a weight.
	crowdSlack = 16
)

func newCrowd(e exponential) *crowd {
	e.fine = crowdFine
	c := &crowd{exponential: e}
	const spare = 128 // bits of working
	step := new(big.Int).Lsh(new(big.Int).SetUint64(e.base), spare-baseBits)
	for k := range c.powers {
		c.powers[k] = make([]uint64, 1<<digitBits)
		p := new(big.Int).Lsh(big.NewInt(1), spare)
		for j := range c.powers[k] {
			c.powers[k][j] = new(big.Int).Rsh(p, spare-crowdFine).Uint64()
			p.Rsh(p.Mul(p, step), spare)
		}
		step = p // base to the 2^(digitBits·(k+1))
	}
	return c
}

// weight returns base^loss in units of 2^-crowdFine, too low by less than
// crowdSlack.
func (c *crowd) weight(loss uint64) uint64 {
	if loss>>(digitBits*crowdDigits) != 0 {
		return 0 // newExponential has no base that is not far below a unit there
	}
	const mask = 1<<digitBits - 1
	w := c.powers[0][loss&mask]
	for k := 1; k < crowdDigits; k++ {
		high, low := bits.Mul64(w, c.powers[k][loss>>(digitBits*k)&mask])
		w = high<<(64-crowdFine) | low>>crowdFine
	}
	return w
}

// pick draws one of n candidates, whose losses are never negative. It does the
// same work whatever they are.
func (c *crowd) pick(n int, loss func(int) int64) (int, error) {
	losses, weights := make([]int64, n), make([]uint64, n)
	least := loss(0)
	for i := range losses {
		losses[i] = loss(i)
		least = min(least, losses[i])
	}
	var high, low uint64
	for i, l := range losses {
		weights[i] = c.weight(uint64(l - least))
		carry := uint64(0)
		low, carry = bits.Add64(low, weights[i]+crowdSlack, 0)
		high += carry
	}
	strip := new(big.Int).SetUint64(high)
	strip.Or(strip.Lsh(strip, 64), new(big.Int).SetUint64(low))
	for {
		point, err := rand.Int(c.random, strip)
		if err != nil {
			return 0, err
		}
		i, within := under(weights, point)
		drawn, err := c.under(within, new(big.Int).SetUint64(weights[i]), uint64(losses[i]-least), 1)
		if err != nil {
			return 0, err
		}
		if drawn {
			return i, nil
		}
	}
}

// under returns the candidate in whose part of the strip a point lies, and where
// in it.
func under(weights []uint64, point *big.Int) (at int, within *big.Int) {
	low := new(big.Int).And(point, new(big.Int).SetUint64(1<<64-1)).Uint64()
	high := new(big.Int).Rsh(point, 64).Uint64()
	found := false
	var left uint64
	for i, w := range weights {
		part := w + crowdSlack
		if !found && high == 0 && low < part {
			at, left, found = i, low, true
		}
		borrow := uint64(0)
		low, borrow = bits.Sub64(low, part, 0)
		high -= borrow
	}
	return at, new(big.Int).SetUint64(left)
}
