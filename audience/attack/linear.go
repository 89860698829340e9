// SPDX-License-Identifier: Apache-2.0

package attack

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/throng-dp/throng/dp/audit"
)

// A projection is a direction of released numbers, scaled so that the one mean
// lies at 0 and the other at 1.
type projection struct{ mean, weight []float64 }

// discriminant learns the direction in which two kinds of releases differ most,
// in units of what each of them spreads (Fisher 1936).
func discriminant(a, b [][]float64) (*projection, error) {
	k := len(a[0])
	meanA, meanB := mean(a), mean(b)
	spread := mat.NewSymDense(k, nil)
	for _, c := range []struct {
		of   [][]float64
		mean []float64
	}{{a, meanA}, {b, meanB}} {
		for _, r := range c.of {
			d := make([]float64, k)
			for i := range d {
				d[i] = r[i] - c.mean[i]
			}
			spread.SymRankOne(spread, 1, mat.NewVecDense(k, d))
		}
	}
	shift := mat.NewVecDense(k, nil)
	for i := range k {
		shift.SetVec(i, meanB[i]-meanA[i])
	}
	var weight mat.VecDense
	if err := weight.SolveVec(spread, shift); err != nil {
		return nil, fmt.Errorf("the releases do not spread: %w", err)
	}
	weight.ScaleVec(1/mat.Dot(&weight, shift), &weight)
	return &projection{meanA, weight.RawVector().Data}, nil
}

func (p *projection) of(r []float64) float64 {
	sum := 0.0
	for i, x := range r {
		sum += (x - p.mean[i]) * p.weight[i]
	}
	return sum
}

// difference is the projection of a difference of releases.
func (p *projection) difference(r []float64) float64 {
	sum := 0.0
	for i, x := range r {
		sum += x * p.weight[i]
	}
	return sum
}

// counts guesses, from a threshold of the score on, that a release is of the
// second kind.
func counts(score func([]float64) float64, without, with [][]float64, threshold float64) audit.Counts {
	c := audit.Counts{Runs: min(len(without), len(with))}
	for i := range c.Runs {
		if score(without[i]) > threshold {
			c.False++
		}
		if score(with[i]) > threshold {
			c.Hits++
		}
	}
	return c
}

func mean(of [][]float64) []float64 {
	m := make([]float64, len(of[0]))
	for _, r := range of {
		for i, x := range r {
			m[i] += x / float64(len(of))
		}
	}
	return m
}

// leastSquares returns the x for which a·x is nearest to b, drawn a little
// towards the middle: an attacker knows that a secret is 0 or 1.
func leastSquares(a *mat.Dense, b []float64, ridge float64) ([]float64, error) {
	_, k := a.Dims()
	var normal mat.Dense
	normal.Mul(a.T(), a)
	for i := range k {
		normal.Set(i, i, normal.At(i, i)+ridge)
	}
	right := mat.NewVecDense(k, nil)
	right.MulVec(a.T(), mat.NewVecDense(len(b), b))
	for i := range k {
		right.SetVec(i, right.AtVec(i)+ridge/2)
	}
	var x mat.VecDense
	err := x.SolveVec(&normal, right)
	return x.RawVector().Data, err
}
