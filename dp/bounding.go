// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"math"
	"math/bits"

	"github.com/throng-dp/throng/dp/release"
)

// Where a cap binds, counts are of the kept segments alone, and too low by what
// the cap cuts off. How much that is nobody can tell from them, so it is told
// (privacy R17): how many people are over the cap, and how many memberships of
// theirs are not counted. Both are rows of the vector, measured over everybody.

// boundingShare of the vector's price is what each of the two rows gets. They
// are single numbers over everybody, which need little.
const boundingShare = 0.002

// The rows, where both are asked for.
const (
	overRow = iota
	droppedRow
	boundingRows
)

// mostDropped is how many dropped memberships of one person are counted at most:
// as many as are kept, so that the noise of these few people's large numbers does
// not drown the count. It is public.
func (w *Workload) mostDropped() int64 { return int64(min(w.Segments-w.Bound, w.Bound)) }

// boundingEntries are what one person adds to the rows at most.
func (w *Workload) boundingEntries() [boundingRows]float64 {
	return [boundingRows]float64{1, float64(w.mostDropped())}
}

// told tells whether a workload asks for what its cap cuts off.
func (w *Workload) told() bool {
	for i := range w.Tables {
		if k := w.Tables[i].Kind; k == PeopleOver || k == Dropped {
			return true
		}
	}
	return false
}

// rowOf returns the row of a table of bounding.
func (t *Table) rowOf() int {
	if t.Kind == PeopleOver {
		return overRow
	}
	return droppedRow
}

// planBounding gives the rows that are asked for their share of the price.
func (d *design) planBounding() {
	whole := d.worst(d.prices())
	for i := range d.workload.Tables {
		t := &d.workload.Tables[i]
		if t.Kind != PeopleOver && t.Kind != Dropped {
			continue
		}
		row := t.rowOf()
		d.bounding[row] = d.workload.boundingEntries()[row] / math.Pow(boundingShare*whole, 1/d.mechanism.power())
	}
}

// boundingPrice is what the rows cost a person, at scales that are given.
func (d *design) boundingPrice(scale func(row int, scale, entry float64) float64) float64 {
	sum := 0.0
	for row, entry := range d.workload.boundingEntries() {
		if s := d.bounding[row]; s > 0 {
			sum += math.Pow(entry/scale(row, s, entry), d.mechanism.power())
		}
	}
	return sum
}

// measureBounding draws the noise of the rows.
func (d *design) measureBounding(counts []int64, src sampler) (out [boundingRows]float64, err error) {
	entries := d.workload.boundingEntries()
	for row, at := range d.layout.bounding {
		if at == none || err != nil {
			continue
		}
		out[row], err = d.noisy(src, counts[at], d.bounding[row], 1, entries[row])
	}
	return out, err
}

// checkBounding refuses what a cap cannot have cut off.
func (b *builder) checkBounding(k *Block) error {
	w := b.workload
	if !b.told {
		return nil
	}
	if len(k.Over) < k.People {
		return errors.New("dp: what the cap cuts off lacks people")
	}
	for p, n := range k.Over[:k.People] {
		if n == 0 {
			continue
		}
		kept := 0
		for _, mask := range k.Kept {
			kept += int(mask >> p & 1)
		}
		if int(n) > w.Segments-w.Bound || kept != w.Bound {
			return errors.New("dp: the cap cuts off what it does not bind")
		}
	}
	return nil
}

// addBounding counts them.
func (b *builder) addBounding(k *Block) {
	l, most := b.tallies.layout, b.workload.mostDropped()
	var over uint64
	dropped := int64(0)
	for p := range k.People {
		if b.told && k.Over[p] > 0 {
			over |= 1 << p
			dropped += min(int64(k.Over[p]), most)
		}
	}
	if at := l.bounding[overRow]; at != none {
		b.tallies.counts[at] += int64(bits.OnesCount64(over))
	}
	if at := l.bounding[droppedRow]; at != none {
		b.tallies.counts[at] += dropped
	}
}

// jointly widens the intervals of two numbers so that both hold together with
// 95 %: each with 97.5 %, which a normal variable needs 1.144 times the width
// for, and a Laplace one 1.232 times.
const jointly = 1.25

// fillShare puts the share that a number of bounding is of its whole into a
// release: of everybody, or of all memberships of segments that have a size.
func (s *Strategy) fillShare(to *release.Table, t int, u *unbiased) {
	part, width := u.cells[t][0], jointly*s.HalfWidth(t, 0)
	whole, wide := u.cells[0][0], jointly*s.HalfWidth(0, 0)
	memberships := s.workload.Tables[t].Kind == Dropped
	if memberships {
		whole, wide = 0, 0
		for i := range s.workload.Tables {
			if s.workload.Tables[i].Kind == Reach {
				whole += u.cells[i][0]
				wide += jointly * s.HalfWidth(i, 0) // whatever they have in common
			}
		}
	}
	share := func(part, whole float64) float64 {
		if part = max(part, 0); memberships {
			whole = max(whole, 0) + part
		}
		if whole <= 0 {
			return 1
		}
		return min(part/whole, 1)
	}
	f := release.Fraction{Estimate: decimal(share(part, whole), 1000), Lower: math.Floor(1000*share(part-width, whole+wide)) / 1000,
		Upper: math.Ceil(1000*share(part+width, whole-wide)) / 1000}
	f.Lower, f.Upper = min(f.Lower, f.Estimate), max(f.Upper, f.Estimate)
	to.Share = &f
}
