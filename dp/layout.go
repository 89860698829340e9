// SPDX-License-Identifier: Apache-2.0

package dp

import "slices"

// A layout says where a workload's exact counts stand in one vector. Beside the
// declared cells it has the same crossings and sums over the whole population:
// the strategy measures memberships around a centre, for which it needs them.
type layout struct {
	crossings   [][]int // different lists of attributes, as the tables order them
	cells       []int   // of each crossing
	pairs       [][2]int
	pairIndex   map[[2]int]int
	triples     [][3]int
	tripleIndex map[[3]int]int
	size        int

	people     int
	allCross   []int   // of each crossing: its first cell
	allAmount  []int   // of each amount
	reach      []int   // of each segment; none if it is in no table
	segCross   [][]int // of each segment and crossing; none if no table has it
	segAmount  [][]int // of each segment and amount; none likewise
	segGrid    [][]int // of each segment and grid: its first point; none likewise
	bounding   [boundingRows]int
	asked      [][]bool // of each segment and crossing: whether the vector answers a table of it
	pair       []int    // of each of pairs
	triple     []int    // of each of triples
	picked     []bool   // of each table: its categories are picked, not counted with noise
	found      []place  // tables of unknown categories, which stand beside the vector of counts
	foundAt    []int    // of each table: its place in found, or none
	tableFirst []int    // of each table: where its first cell stands
	overlap    []int    // of each table of an overlap: its index in pairs or triples
}

const none = -1

// A place is where unknown categories are counted: an attribute in a segment.
type place struct{ segment, attribute int }

// newLayout lays out a valid workload.
func newLayout(w *Workload) *layout {
	overlaps := 0
	for i := range w.Tables {
		if w.Tables[i].Kind == Overlap {
			overlaps++
		}
	}
	l := &layout{people: 0, size: 1, pairs: make([][2]int, 0, overlaps), pair: make([]int, 0, overlaps),
		pairIndex: make(map[[2]int]int, overlaps), tripleIndex: map[[3]int]int{}}
	take := func(n int) int { l.size += n; return l.size - n }

	l.reach, l.bounding = filled(w.Segments), [boundingRows]int{none, none}
	l.picked = make([]bool, len(w.Tables))
	l.tableFirst, l.foundAt, l.overlap = filled(len(w.Tables)), filled(len(w.Tables)), filled(len(w.Tables))
	for i, t := range w.Tables {
		if len(t.By) > 0 && !w.discovers(i) && l.crossing(t.By) == none {
			l.crossings = append(l.crossings, t.By)
			n := 1
			for _, a := range t.By {
				n *= w.Attributes[a]
			}
			l.cells = append(l.cells, n)
			l.allCross = append(l.allCross, take(n))
		}
	}
	for range w.Amounts {
		l.allAmount = append(l.allAmount, take(1))
	}
	for range w.Segments {
		l.segCross = append(l.segCross, filled(len(l.crossings)))
		l.asked = append(l.asked, make([]bool, len(l.crossings)))
		l.segAmount = append(l.segAmount, filled(len(w.Amounts)))
		l.segGrid = append(l.segGrid, filled(len(w.Grids)))
	}
	for i, t := range w.Tables {
		if w.discovers(i) {
			l.foundAt[i] = l.addFound(place{t.Segments[0], t.By[0]})
			continue
		}
		slot, n := l.slot(&t, i), w.counts(i)
		if *slot == none {
			*slot = take(n)
		}
		l.tableFirst[i] = *slot
		if len(t.By) > 0 {
			l.asked[t.Segments[0]][l.crossing(t.By)] = true
		}
	}
	return l
}

// copied returns a layout whose tops may be chosen anew: see chooseTops.
func (l *layout) copied() *layout {
	c := *l
	c.picked, c.asked = slices.Clone(l.picked), make([][]bool, len(l.asked))
	for i := range l.asked {
		c.asked[i] = slices.Clone(l.asked[i])
	}
	return &c
}

func (l *layout) addFound(p place) int {
	at := slices.Index(l.found, p)
	if at < 0 {
		at = len(l.found)
		l.found = append(l.found, p)
	}
	return at
}

// counts is how many exact counts stand behind table t.
func (w *Workload) counts(t int) int {
	if table := &w.Tables[t]; table.Kind == Quantiles {
		return w.Grids[table.Grid].Points
	}
	return w.size(t)
}

// slot returns where the place of the cells of table t, the i-th, is kept.
func (l *layout) slot(t *Table, i int) *int {
	switch t.Kind {
	case Population:
		return &l.people
	case Reach:
		return &l.reach[t.Segments[0]]
	case Sum, Mean: // a mean is its sum over its reach
		return &l.segAmount[t.Segments[0]][t.Amount]
	case PeopleOver, Dropped:
		return &l.bounding[t.rowOf()]
	case Quantiles:
		return &l.segGrid[t.Segments[0]][t.Grid]
	case Overlap:
		if len(t.Segments) == 3 {
			l.overlap[i] = l.addTriple(t.Segments)
			return &l.triple[l.overlap[i]]
		}
		l.overlap[i] = l.addPair(t.Segments)
		return &l.pair[l.overlap[i]]
	default:
		return &l.segCross[t.Segments[0]][l.crossing(t.By)]
	}
}

// addPair returns the index of a pair of segments, in whichever order.
func (l *layout) addPair(segments []int) int {
	p := ordered(segments)
	i, ok := l.pairIndex[p]
	if !ok {
		i = len(l.pairs)
		l.pairIndex[p] = i
		l.pairs = append(l.pairs, p)
		l.pair = append(l.pair, none)
	}
	return i
}

func ordered(segments []int) [2]int {
	return [2]int{min(segments[0], segments[1]), max(segments[0], segments[1])}
}

// crossing returns the index of a list of attributes.
func (l *layout) crossing(by []int) int {
	return slices.IndexFunc(l.crossings, func(have []int) bool { return slices.Equal(have, by) })
}

func filled(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = none
	}
	return s
}
