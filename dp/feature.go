// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"slices"
)

// A mechanism is the kind of noise of the whole vector.
type mechanism uint8

const (
	gaussian mechanism = iota + 1
	laplace
)

func (m mechanism) String() string {
	if m == laplace {
		return "laplace"
	}
	return "gaussian"
}

// power is the exponent of a row's entry in what one person costs: Gaussian
// noise is priced in squares, Laplace noise in absolute values.
func (m mechanism) power() float64 {
	if m == laplace {
		return 1
	}
	return 2
}

// variance is that of noise of scale 1.
func (m mechanism) variance() float64 {
	if m == laplace {
		return 2
	}
	return 1
}

// A feature is what is measured of people beside their memberships: that they
// are there, where they fall among the cells, how much they add up to.
type feature struct {
	kind  featureKind
	by    []int   // attributes: of a component rising, of a crossing in its order
	index int     // of a crossing, an amount or an attribute
	price float64 // what one person costs at scale 1: the most, over all cells and amounts
	entry float64 // the largest entry of a row
}

type featureKind uint8

const (
	ones      featureKind = iota + 1 // 1 for everybody
	component                        // one residual of the marginals, in an integer basis
	table                            // the cells of a crossing, as they are
	amount                           // twice a total, less both ends of its range
	category                         // each category that is found of an attribute, in segments alone
)

// features lists what a workload needs measured. Under Gaussian noise crossings
// are split into the residual components of ResidualPlanner (Xiao, He, Zhang,
// Kifer 2023), which several tables share; Laplace noise, priced by absolute
// values, is better put on the cells themselves.
func features(w *Workload, l *layout, m mechanism) []feature {
	fs := []feature{{kind: ones, price: 1, entry: 1}}
	seen := map[string]bool{}
	for i, by := range l.crossings {
		if m == laplace {
			fs = append(fs, feature{kind: table, by: by, index: i, price: 1, entry: 1})
			continue
		}
		for mask := 1; mask < 1<<len(by); mask++ {
			part := subset(by, mask)
			f := componentOf(w, part)
			if k := key(part); f.price > 0 && !seen[k] {
				seen[k] = true
				fs = append(fs, f)
			}
		}
	}
	for i, a := range w.Amounts {
		// A range of one value is no secret and needs no measurement.
		if width := float64(a.Max - a.Min); width > 0 {
			fs = append(fs, feature{kind: amount, index: i, price: math.Pow(width, m.power()), entry: width})
		}
	}
	// One row for each category that is there, each on its own: a basis over them
	// would tell by its size how many there are (privacy R11).
	seenHere := map[int]bool{}
	for _, p := range l.found {
		if a := p.attribute; !seenHere[a] {
			seenHere[a] = true
			fs = append(fs, feature{kind: category, index: a, price: 1, entry: 1})
		}
	}
	return fs
}

// componentOf describes the residual component of attributes. Its rows are the
// Kronecker products of rows with k ones followed by -k, so every entry is an
// integer; one person costs the product of (n-1)/n over the sizes n, whatever
// the cell.
func componentOf(w *Workload, part []int) feature {
	f := feature{kind: component, by: part, price: 1, entry: 1}
	for _, a := range part {
		n := float64(w.Attributes[a])
		f.price *= (n - 1) / n
		f.entry *= n - 1
	}
	return f
}

// subset returns the members of by whose bits are set, rising.
func subset(by []int, mask int) []int {
	part := []int{}
	for i, a := range by {
		if mask>>i&1 == 1 {
			part = append(part, a)
		}
	}
	slices.Sort(part)
	return part
}
