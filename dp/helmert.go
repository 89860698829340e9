// SPDX-License-Identifier: Apache-2.0

package dp

// The basis of one attribute with n cells: a row of ones, and for k = 1..n-1
// the row of k ones, then -k. All are integers and orthogonal (Helmert's
// matrix, not normalised); that of several attributes is their Kronecker
// product. A component is the part of it with k > 0 along its attributes and
// the row of ones along the others.

// analyse replaces the cells of a crossing by their products with all rows of
// the basis.
func analyse[N int64 | float64](cells []N, sizes []int) {
	eachLine(cells, sizes, func(line []N, n, stride int) {
		total := line[0]
		for k := 1; k < n; k++ {
			cell := line[k*stride]
			line[k*stride] = total - N(k)*cell
			total += cell
		}
		line[0] = total
	})
}

// synthesise is the inverse of analyse.
func synthesise(rows []float64, sizes []int) {
	eachLine(rows, sizes, func(line []float64, n, stride int) {
		// A row's squared length is k(k+1); cell j has 1 in the rows k > j and
		// -j in row j.
		rest := line[0] / float64(n)
		for j := n - 1; j >= 1; j-- {
			row := line[j*stride] / float64(j+1)
			line[j*stride] = rest - row
			rest += row / float64(j)
		}
		line[0] = rest
	})
}

// eachLine calls f with every line of cells along every attribute, one
// attribute after the other; the last attribute runs fastest.
func eachLine[N int64 | float64](cells []N, sizes []int, f func(line []N, n, stride int)) {
	stride := len(cells)
	for _, n := range sizes {
		outer := stride
		stride /= n
		for first := 0; first < len(cells); first += outer {
			for at := first; at < first+stride; at++ {
				f(cells[at:], n, stride)
			}
		}
	}
}

// sizes returns the numbers of cells of attributes.
func (w *Workload) sizes(by []int) []int {
	s := make([]int, len(by))
	for i, a := range by {
		s[i] = w.Attributes[a]
	}
	return s
}

// eachRow calls f with the place of every row of the component part in an
// analysed crossing by, in the order of eachIndex.
func (w *Workload) eachRow(by, part []int, f func(at int)) {
	strides := make([]int, len(part))
	stride := 1
	for i := len(by) - 1; i >= 0; i-- {
		for j, a := range part {
			if a == by[i] {
				strides[j] = stride
			}
		}
		stride *= w.Attributes[by[i]]
	}
	eachIndex(w, part, func(k []int) {
		at := 0
		for j, k := range k {
			at += k * strides[j]
		}
		f(at)
	})
}
