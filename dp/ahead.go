// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"context"
	"errors"
	"math"
)

// The noise of a row does not depend on its count: the library draws it and adds
// it to an int64. So the noise of all rows can be drawn while people are counted,
// as noise on 0, and be added when the counts are known. That is the same as a call
// with the count only while the library draws single units: beyond maxLInf it draws
// coarser ones, to which it rounds the count, and noise alone would leave the
// count's low bits bare. Which rows there are, and in which order, is the plan's
// (privacy R30).

// A waiting is the noise of one row, in units of its step, that waits for the
// row's count.
type waiting struct {
	step  step
	units int64
}

// ahead returns the noise of every row that the design has, in measure's order.
func (d *design) ahead(ctx context.Context, src sampler) ([]waiting, error) {
	a := &early{ctx: ctx, src: src, rows: make([]waiting, 0, d.layout.size)}
	if _, err := d.measure(make([]int64, d.layout.size), a); err != nil {
		return nil, err
	}
	return a.rows, nil
}

// An early sampler notes the noise that another one adds to rows of zeros.
type early struct {
	ctx  context.Context
	src  sampler
	rows []waiting
}

func (a *early) draw(m mechanism, _ int64, s step) (float64, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	y, err := a.src.draw(m, 0, s)
	if err != nil {
		return 0, err
	}
	// Noise is below 2^53 units of its step, as linf is below 2^40: a float64 has
	// all of it. What is no whole number of units was not drawn as one.
	units := math.Ldexp(y, s.shift)
	if units != math.Trunc(units) || math.Abs(units) >= 1<<53 {
		return 0, errors.New("noise is not of its step")
	}
	a.rows = append(a.rows, waiting{s, int64(units)})
	return y, nil
}

// A late sampler adds the noise that waits, each to one row alone. Of rows beyond
// these, which are those of a second answer and of categories that nobody
// declared, src draws the noise anew.
type late struct {
	rows []waiting
	src  sampler
}

func (l *late) draw(m mechanism, x int64, s step) (float64, error) {
	if len(l.rows) == 0 {
		return l.src.draw(m, x, s)
	}
	w := l.rows[0]
	l.rows[0] = waiting{}
	l.rows = l.rows[1:]
	if w.step != s {
		return 0, errors.New("noise of another row")
	}
	return math.Ldexp(float64(x<<s.shift+w.units), -s.shift), nil
}
