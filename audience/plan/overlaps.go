// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// overlaps are all pairs of a selection, or sets: a list of pairs and triples.
type overlaps struct {
	selection
	Sets []globs `json:",omitempty"`

	chosen [][]int // what Sets stand for, once it was asked for: there may be many
}

func (t *overlaps) fromNode(d *decoder, n *yaml.Node, what string) {
	isList := func(n *yaml.Node) bool { return n.Kind == yaml.SequenceNode }
	if !isList(n) || !slices.ContainsFunc(n.Content, isList) {
		t.selection.fromNode(d, n, what)
		return
	}
	t.Sets = make([]globs, len(n.Content))
	for i, c := range n.Content {
		if !isList(c) {
			d.add(placeOf(c), what+" has both ids and lists of ids", "ids alone mean all pairs among them; else write each overlap: [[a, b], [a, b, c]]")
			continue
		}
		d.value(reflect.ValueOf(&t.Sets[i]).Elem(), c, "an overlap")
		if n := len(c.Content); n == 1 || n > 3 {
			d.add(placeOf(c), fmt.Sprintf("an overlap of %d segments", n), "two segments, [a, b], or three, [a, b, c]")
		}
	}
}

// inOverlaps returns the segments that are in one of the sets.
func (f *File) inOverlaps(o *overlaps, segments []string) []int {
	if len(segments) > 0 {
		f.places.add(f.places.at(&segments[0]), "segments are listed twice", "keep one of the two lists")
	}
	found := make([]bool, len(f.segments))
	for _, set := range f.overlapSets(o) {
		for _, s := range set {
			found[s] = true
		}
	}
	return picked(found)
}

// overlapSets returns the sets of segments, each in the plan's order. A set
// with globs stands for every choice of one segment for each.
func (f *File) overlapSets(o *overlaps) [][]int {
	if o.chosen == nil {
		for i := range o.Sets {
			o.chosen = append(o.chosen, f.choices(&o.Sets[i])...)
			if len(o.chosen) > maxCells {
				break // the plan is refused
			}
		}
	}
	return o.chosen
}

// choices returns the sets that one entry stands for, once each. Those that name
// a segment twice are left out, unless that is all there is.
func (f *File) choices(entry *globs) [][]int {
	named := make([][]int, len(*entry))
	for g := range named {
		if named[g] = f.matching((*entry)[g : g+1]); len(named[g]) == 0 {
			return nil
		}
	}
	if len(named) < 2 || len(named) > 3 {
		return nil // a fault already
	}
	var sets [][]int
	seen := map[[3]int]bool{}
	var choose func(set []int)
	choose = func(set []int) {
		if len(set) < len(named) {
			for _, s := range named[len(set)] {
				if len(sets) <= maxCells && !slices.Contains(set, s) {
					choose(append(slices.Clone(set), s))
				}
			}
			return
		}
		slices.Sort(set)
		key := [3]int{2: -1}
		if copy(key[:], set); !seen[key] {
			seen[key] = true
			sets = append(sets, set)
		}
	}
	choose(nil)
	if len(sets) == 0 {
		f.places.add(f.places.at(entry), "an overlap of a segment with itself",
			fmt.Sprintf("name %d different ones: %s", len(named), strings.Join(f.segmentIDs()[:min(len(named), len(f.segments))], ", ")))
	}
	slices.SortFunc(sets, slices.Compare)
	return sets
}
