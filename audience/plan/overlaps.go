// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// overlaps are all pairs of a selection, or sets: a list of pairs.
type overlaps struct {
	selection
	Sets []globs `json:",omitempty"`
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
			d.add(placeOf(c), what+" has both ids and pairs", "ids alone mean all pairs among them; else write each pair: [[a, b], [a, c]]")
			continue
		}
		d.value(reflect.ValueOf(&t.Sets[i]).Elem(), c, "an overlap")
		if len(c.Content) > 0 && len(c.Content) != 2 {
			d.add(placeOf(c), fmt.Sprintf("an overlap of %d segments", len(c.Content)), "two segments: [a, b]; overlaps of three are not built yet")
		}
	}
}

// inOverlaps returns the segments that are in one of the sets.
func (f *File) inOverlaps(o *overlaps, segments []string) []int {
	if len(segments) > 0 {
		f.places.add(f.places.at(&segments[0]), "segments are listed twice", "keep one of the two lists")
	}
	var all []int
	for _, set := range f.overlapSets(o) {
		all = append(all, set...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// overlapSets returns the sets of segments, each in the plan's order. A set
// with globs stands for every choice of one segment for each.
func (f *File) overlapSets(o *overlaps) [][]int {
	var sets [][]int
	for i := range o.Sets {
		if len(sets) > maxCells {
			break // the plan is refused
		}
		chosen := [][]int{nil}
		for g := range o.Sets[i] {
			var longer [][]int
			for _, s := range f.matching(o.Sets[i][g : g+1]) {
				for _, c := range chosen {
					longer = append(longer, append(slices.Clone(c), s))
				}
			}
			chosen = longer
		}
		sets = append(sets, f.distinctSets(&o.Sets[i], chosen)...)
	}
	return sets
}

// distinctSets sorts the choices of one entry and leaves out those that are
// there already or name a segment twice, unless that is all there is.
func (f *File) distinctSets(entry *globs, chosen [][]int) [][]int {
	var sets [][]int
	seen := map[string]bool{}
	for _, c := range chosen {
		slices.Sort(c)
		if k := fmt.Sprint(c); len(slices.Compact(slices.Clone(c))) == len(c) && !seen[k] {
			seen[k] = true
			sets = append(sets, c)
		}
	}
	if len(sets) == 0 && len(chosen) > 0 {
		f.places.add(f.places.at(entry), "an overlap of a segment with itself", "name two: "+strings.Join(f.segmentIDs()[:min(2, len(f.segments))], ", "))
	}
	slices.SortFunc(sets, slices.Compare)
	return sets
}
