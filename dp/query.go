// SPDX-License-Identifier: Apache-2.0

package dp

// A Workload is everything that one build releases, in numbers only: it holds
// no name and no rule. All its counts are answered by one noisy vector.
//
// A person has a set of segments that the person is kept in (at most Bound),
// one cell of every attribute and one amount of every Amount: those are
// person-level values, the same in every segment. What a table counts follows
// from these alone, so the most that one person can move a workload follows
// from it alone too.
type Workload struct {
	Segments   int      // segments are numbered from 0
	Bound      int      // most segments a person is counted in; Segments if there is no cap
	Attributes []int    // number of cells of each, other included; Unknown if they are not declared
	Amounts    []Amount // clipped totals a person
	Grids      []Grid   // values a person, on public grids
	Tables     []Table  // in the order of the release
	MinReach   int64    // segments whose released reach stays below are withheld
	Objective  Objective
}

// An Objective says what a strategy makes small at its price.
type Objective uint8

const (
	// FamilyBalanced is the sum over families of the mean variance of their
	// numbers, each table's times its weight.
	FamilyBalanced Objective = iota
	// LargestVariance is the largest variance of any number of people, each
	// table's times its weight; where tables have targets, the largest ratio of a
	// half-width to its target.
	LargestVariance
)

// Unknown is the number of cells of an attribute whose categories are declared
// nowhere. Which there are is as secret as how many people are in them; those
// that are released are chosen by a Discovery.
const Unknown = 0

// An Amount is the public range of a clipped total, in released units.
type Amount struct{ Min, Max int64 }

// A Kind says what a table counts.
type Kind uint8

// Kinds of tables.
const (
	Population Kind = iota + 1 // every person of the universe; one cell; always Tables[0]
	Reach                      // people kept in a segment; one cell
	Breakdown                  // kept people by the crossing of attributes; the last attribute runs fastest
	Frequency                  // kept people by one attribute
	Sum                        // amounts of kept people; one cell
	Mean                       // Sum / Reach; one cell; costs nothing beyond its sum
	Overlap                    // people kept in all of two or three segments; one cell
	Top                        // the Most commonest cells of one attribute among kept people, other left out
	Quantiles                  // of a grid's value over kept people; a cell for each of At, which is no count
	PeopleOver                 // people over the cap, before bounding; one cell
	Dropped                    // memberships of theirs that are not counted, as many a person as are kept at most; one cell
)

// A Table is one table of a workload. Every segment that is in any table has a
// Reach table.
type Table struct {
	Kind     Kind
	Segments []int   // none for Population, PeopleOver and Dropped, two or three for Overlap, else one
	By       []int   // attributes: Breakdown any number of different ones, or one Unknown; Frequency and Top one
	Most     int     // Top: how many
	Amount   int     // index of Amounts: Sum and Mean
	Grid     int     // index of Grids: Quantiles
	At       []int   // Quantiles: which, rising, in ten-thousandths
	Weight   float64 // in the objective; if zero 1, of Population 0.1
	Target   float64 // half-width at confidence 0.95 that is required, in released units, of a Mean for 1,000 people; none if zero
}

// Cells returns how many cells table t has in a release, before any discovery: of
// a table of unknown categories that is other alone.
func (w *Workload) Cells(t int) int {
	switch w.Tables[t].Kind {
	case Top:
		return w.Tables[t].Most
	case Quantiles:
		return len(w.Tables[t].At)
	}
	return w.size(t)
}

// size returns how many cells of table t are counted and known beforehand.
func (w *Workload) size(t int) int {
	n := 1
	for _, a := range w.Tables[t].By {
		n *= max(1, w.Attributes[a])
	}
	return n
}

// discovers tells whether table t is of categories that are declared nowhere.
func (w *Workload) discovers(t int) bool {
	by := w.Tables[t].By
	return len(by) == 1 && w.Attributes[by[0]] == Unknown
}
