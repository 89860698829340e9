// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Public limits that the proofs of range rest on (privacy R13).
const (
	// MaxPeople is the largest population that any tally may count.
	MaxPeople = 1 << 33
	// maxAmount keeps a sum over MaxPeople below 2^61.
	maxAmount = 1 << 28
	// maxCells keeps one crossing in memory: no table that anybody reads is
	// near it.
	maxCells = 1 << 20
)

// validate checks that a workload is one: everything after it may index freely.
func (w *Workload) validate() error {
	if w.Segments < 0 || w.Bound < 0 || w.Bound > w.Segments || (w.Bound == 0 && w.Segments > 0) {
		return fmt.Errorf("dp: a bound of %d for %d segments", w.Bound, w.Segments)
	}
	if w.Objective > LargestVariance {
		return errors.New("dp: no such objective")
	}
	if w.MinReach < 0 {
		return errors.New("dp: min_reach is negative")
	}
	for i, n := range w.Attributes {
		if n != Unknown && (n < 1 || n > maxCells) {
			return fmt.Errorf("dp: attribute %d has %d cells", i, n)
		}
	}
	for i, a := range w.Amounts {
		if a.Min > a.Max {
			return fmt.Errorf("dp: amount %d has no range", i)
		}
	}
	if len(w.Tables) == 0 || w.Tables[0].Kind != Population {
		return errors.New("dp: the first table is not the population")
	}
	reach := make([]bool, w.Segments)
	for i := range w.Tables {
		if err := w.validateTable(i); err != nil {
			return err
		}
		if t := &w.Tables[i]; t.Kind == Reach {
			reach[t.Segments[0]] = true
		}
	}
	if err := w.validateGrids(); err != nil {
		return err
	}
	for i, t := range w.Tables {
		for _, s := range t.Segments {
			if !reach[s] {
				return fmt.Errorf("dp: table %d: segment %d has no reach table", i, s)
			}
		}
	}
	return nil
}

// validateTable checks one table against its kind.
func (w *Workload) validateTable(i int) error {
	t := &w.Tables[i]
	fault := func(what string) error { return fmt.Errorf("dp: table %d: %s", i, what) }
	segments, by := 1, 0
	switch t.Kind {
	case Population:
		segments = 0
		if i > 0 {
			return fault("a second population")
		}
	case Overlap:
		segments = max(2, min(len(t.Segments), 3))
	case Breakdown:
		by = len(t.By)
		if by == 0 {
			return fault("a breakdown by nothing")
		}
	case Frequency, Top:
		by = 1
	case Reach:
	case PeopleOver, Dropped:
		segments = 0
		if w.Bound == w.Segments || t.Target > 0 || slices.ContainsFunc(w.Tables[:i], func(u Table) bool { return u.Kind == t.Kind }) {
			return fault("no cap, a second one, or a target")
		}
	case Quantiles:
		if err := w.validateQuantiles(t); err != "" {
			return fault(err)
		}
	case Sum, Mean:
		if t.Amount < 0 || t.Amount >= len(w.Amounts) {
			return fault("no such amount")
		}
	default:
		return fault("no such kind")
	}
	if len(t.Segments) != segments || len(t.By) != by {
		return fault("segments or attributes do not suit the kind")
	}
	for _, s := range t.Segments {
		if s < 0 || s >= w.Segments {
			return fault("no such segment")
		}
	}
	for j, s := range t.Segments { // three at most
		if slices.Contains(t.Segments[:j], s) {
			return fault("an overlap of a segment with itself")
		}
	}
	if !(t.Weight >= 0) || t.Weight > 1e6 {
		return fault("a weight that is no weight")
	}
	if !(t.Target >= 0) || math.IsInf(t.Target, 1) {
		return fault("a target that is no half-width")
	}
	cells := 1
	for j, a := range t.By {
		if a < 0 || a >= len(w.Attributes) || slices.Contains(t.By[:j], a) {
			return fault("no such attribute, or one twice")
		}
		if w.Attributes[a] == Unknown && (by > 1 || t.Kind != Breakdown) {
			return fault("an attribute of unknown cells, and not alone")
		}
		if cells *= max(1, w.Attributes[a]); cells > maxCells {
			return fault("too many cells")
		}
	}
	if t.Kind == Top && (t.Most < 1 || t.Most >= cells) || t.Kind != Top && t.Most != 0 {
		return fault("a number of commonest cells that is none")
	}
	return nil
}

// validateGrids checks the grids, and that their histograms fit the memory that
// exact counts may take.
func (w *Workload) validateGrids() error {
	for i, g := range w.Grids {
		if g.Points < 1 || g.Points > maxPoints || g.Step < 1 || g.Step > maxAmount || g.Min < -maxAmount || g.Min > maxAmount || g.value(g.Points-1) > maxAmount {
			return fmt.Errorf("%w: grid %d has %d points from %d in steps of %d", ErrGrid, i, g.Points, g.Min, g.Step)
		}
	}
	all := 0
	type histogram struct{ segment, grid int }
	seen := map[histogram]bool{}
	for _, t := range w.Tables {
		if t.Kind != Quantiles {
			continue
		}
		if h := (histogram{t.Segments[0], t.Grid}); !seen[h] {
			seen[h] = true
			all += w.Grids[t.Grid].Points
		}
	}
	if all > maxGrids {
		return fmt.Errorf("%w: %d points over all segments, at most %d fit", ErrGrid, all, maxGrids)
	}
	return nil
}

// ErrGrid says that the grids of quantiles are no grids, or too fine to be kept
// in memory.
var ErrGrid = errors.New("dp: no grid for quantiles")

// validateQuantiles says what is wrong with a table of them.
func (w *Workload) validateQuantiles(t *Table) string {
	if t.Grid < 0 || t.Grid >= len(w.Grids) {
		return "no such grid"
	}
	if len(t.At) == 0 || t.Target > 0 {
		return "no quantiles, or a target of people for them"
	}
	last := 0
	for _, at := range t.At {
		if at <= last || at >= ranks {
			return "quantiles that do not rise between 0 and 1"
		}
		last = at
	}
	return ""
}

// fingerprint identifies a workload: tallies know which one they count.
func (w *Workload) fingerprint() [32]byte {
	text, err := json.Marshal(w)
	if err != nil {
		panic(err) // finite numbers and slices of them
	}
	return sha256.Sum256(text)
}

// equal tells whether two workloads are one.
func (w *Workload) equal(u *Workload) bool {
	return w.Segments == u.Segments && w.Bound == u.Bound && w.MinReach == u.MinReach && w.Objective == u.Objective &&
		slices.Equal(w.Attributes, u.Attributes) && slices.Equal(w.Amounts, u.Amounts) && slices.Equal(w.Grids, u.Grids) &&
		slices.EqualFunc(w.Tables, u.Tables, Table.equal)
}

func (t Table) equal(u Table) bool {
	return t.Kind == u.Kind && t.Most == u.Most && t.Amount == u.Amount && t.Grid == u.Grid && t.Weight == u.Weight && t.Target == u.Target &&
		slices.Equal(t.Segments, u.Segments) && slices.Equal(t.By, u.By) && slices.Equal(t.At, u.At)
}

// clone returns a copy that shares nothing.
func (w *Workload) clone() Workload {
	c := *w
	c.Attributes = slices.Clone(w.Attributes)
	c.Amounts = slices.Clone(w.Amounts)
	c.Grids = slices.Clone(w.Grids)
	c.Tables = slices.Clone(w.Tables)
	for i := range c.Tables {
		c.Tables[i].Segments = slices.Clone(c.Tables[i].Segments)
		c.Tables[i].By = slices.Clone(c.Tables[i].By)
		c.Tables[i].At = slices.Clone(c.Tables[i].At)
	}
	return c
}

// weight is a table's weight in the objective. The population, which is by far
// the largest number of a release, counts a tenth of a family: it comes about as
// accurate as a reach then, and leaves the budget to the rest.
func (t *Table) weight() float64 {
	switch {
	case t.Weight > 0:
		return t.Weight
	case t.Kind == Population:
		return 0.1
	}
	return 1
}
