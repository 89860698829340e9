// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
)

// How many units of a ledger's integers make one.
const (
	pico = 1e12
	atto = 1e18
)

// most is far above any sum that an account can hold, and leaves room to add
// thousands of them in an int64.
const most = int64(4e15)

func (c Cost) plus(d Cost) Cost {
	return Cost{c.MuSquared + d.MuSquared, c.Epsilon + d.Epsilon, c.Delta + d.Delta, c.Tail + d.Tail}
}

func (c Cost) minus(d Cost) Cost {
	return Cost{c.MuSquared - d.MuSquared, c.Epsilon - d.Epsilon, c.Delta - d.Delta, c.Tail - d.Tail}
}

// atLeast returns the larger of c and d in every column.
func (c Cost) atLeast(d Cost) Cost {
	return Cost{max(c.MuSquared, d.MuSquared), max(c.Epsilon, d.Epsilon), max(c.Delta, d.Delta), max(c.Tail, d.Tail)}
}

// within reports whether c is at most d in every column.
func (c Cost) within(d Cost) bool {
	return c.MuSquared <= d.MuSquared && c.Epsilon <= d.Epsilon && c.Delta <= d.Delta && c.Tail <= d.Tail
}

// times returns how often c goes into d; -1 stands for no end.
func (c Cost) times(d Cost) int64 {
	n := int64(-1)
	for _, col := range [][2]int64{{c.MuSquared, d.MuSquared}, {c.Epsilon, d.Epsilon}, {c.Delta, d.Delta}, {c.Tail, d.Tail}} {
		if col[0] <= 0 {
			continue
		}
		if k := max(col[1], 0) / col[0]; n < 0 || k < n {
			n = k
		}
	}
	return n
}

// valid refuses what no release costs. A release that costs nothing does not
// exist: every new one is charged.
func (c Cost) valid() error {
	for _, n := range []int64{c.MuSquared, c.Epsilon, c.Delta, c.Tail} {
		if n < 0 {
			return errors.New("a cost is negative")
		}
	}
	switch {
	case c.MuSquared > most || c.Epsilon > most || c.Delta > atto || c.Tail > atto:
		return errors.New("a cost is beyond anything an account can hold")
	case c.MuSquared == 0 && c.Epsilon == 0:
		return errors.New("a release that costs nothing")
	}
	return nil
}

// units returns x in integer units, rounded down. It takes x as the decimal
// that a person wrote: 0.3 is three tenths, not the double just below.
func units(x float64, unit int64) (int64, error) {
	r, ok := exactly(x)
	if !ok {
		return 0, fmt.Errorf("%v is no number", x)
	}
	return unitsOf(r, unit)
}

// exactly returns the decimal that a person wrote.
func exactly(x float64) (*big.Rat, bool) {
	return new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
}

// unitsOf returns x in integer units, rounded down.
func unitsOf(x *big.Rat, unit int64) (int64, error) {
	r := new(big.Rat).Mul(x, new(big.Rat).SetInt64(unit))
	n := new(big.Int).Div(r.Num(), r.Denom())
	if !n.IsInt64() {
		return 0, fmt.Errorf("%s is too large", x.FloatString(6))
	}
	return n.Int64(), nil
}

// lines are Lines as the decimals that they were written as, so that a sum of
// some is what a person would write for it: 0.1 and 0.2 are 0.3. The zero value
// is nothing.
type lines struct{ epsilon, delta, pureEpsilon, pureDelta *big.Rat }

// plus adds lines that were written as decimals.
func (x lines) plus(l Lines) lines {
	add := func(a *big.Rat, b float64) *big.Rat {
		sum, ok := exactly(b)
		if !ok { // NaN and infinities are refused before they get here
			sum = new(big.Rat)
		}
		if a != nil {
			sum.Add(sum, a)
		}
		return sum
	}
	return lines{add(x.epsilon, l.Epsilon), add(x.delta, l.Delta), add(x.pureEpsilon, l.PureEpsilon), add(x.pureDelta, l.PureDelta)}
}

// rounded returns the nearest Lines.
func (x lines) rounded() Lines {
	near := func(r *big.Rat) float64 {
		if r == nil {
			return 0
		}
		f, _ := r.Float64()
		return f
	}
	return Lines{near(x.epsilon), near(x.delta), near(x.pureEpsilon), near(x.pureDelta)}
}
