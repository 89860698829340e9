// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
	"strings"
)

// segmentIDs returns the ids in the plan's order.
func (f *File) segmentIDs() []string {
	ids := make([]string, len(f.segments))
	for i := range f.segments {
		ids[i] = f.segments[i].id
	}
	return ids
}

// matching returns the numbers of the segments that one of the globs names, in
// the plan's order. Globs that name none are faults.
func (f *File) matching(globs []string) []int {
	found := make([]bool, len(f.segments))
	ids := f.segmentIDs()
	for g := range globs {
		any := false
		for i, id := range ids {
			if matches(globs[g], id) {
				found[i], any = true, true
			}
		}
		// Without segments the fault is theirs.
		if !any && globs[g] != "" && len(ids) > 0 {
			f.places.add(f.places.at(&globs[g]), fmt.Sprintf("unknown segment %q", globs[g]), f.places.suggest(globs[g], ids))
		}
	}
	return picked(found)
}

// picked returns which are found.
func picked(found []bool) []int {
	var in []int
	for i, yes := range found {
		if yes {
			in = append(in, i)
		}
	}
	return in
}

// matches tells whether an id has the form of a glob: * stands for any letters.
func matches(glob, id string) bool {
	parts := strings.Split(glob, "*")
	if len(parts) == 1 {
		return glob == id
	}
	rest, ok := strings.CutPrefix(id, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, p := range parts[1:last] {
		_, after, found := strings.Cut(rest, p) // the first place leaves most for the rest
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[last])
}

// about returns the segments that a release item is about.
func (f *File) about(it *item) []int {
	switch b := it.Body.(type) {
	case *reachItem:
		return f.selected(&b.Reach, b.Segments)
	case *overlapItem:
		if b.Overlap.Sets != nil {
			return f.inOverlaps(&b.Overlap, b.Segments)
		}
		return f.selected(&b.Overlap.selection, b.Segments)
	case nil:
		return nil
	}
	return f.orAll(it.Body.common().Segments)
}

func (f *File) selected(s *selection, segments []string) []int {
	switch {
	case s.All:
		return f.orAll(segments)
	case len(segments) > 0:
		f.places.add(f.places.at(&segments[0]), "segments are listed twice", "keep one of the two lists")
	}
	return f.matching(s.Globs)
}

func (f *File) orAll(globs []string) []int {
	if globs != nil {
		return f.matching(globs)
	}
	all := make([]int, len(f.segments))
	for i := range all {
		all[i] = i
	}
	return all
}

// checkReleases checks the names and numbers that releases give.
func (f *File) checkReleases() {
	d := f.places
	if d.emptyList(&f.doc.Release, len(f.doc.Release)) && f.doc.Use == "" {
		d.add(d.at(&f.doc.Release), "release is empty", "write [reach]")
	}
	for i := range f.doc.Release {
		it := &f.doc.Release[i]
		at := d.at(it)
		switch b := it.Body.(type) {
		case *breakdownItem:
			f.checkBreakdown(b)
		case *frequencyItem:
			f.checkLetName(&b.Frequency)
			f.checkBins(&b.Bins)
		case *topItem:
			f.checkLetName(&b.Of)
		case *sumItem:
			f.checkLetName(&b.Sum)
			f.checkDecimals(b.Decimals)
		case *meanItem:
			f.checkLetName(&b.Mean)
			f.checkDecimals(b.Decimals)
		case *matchRateItem:
			f.checkMatchRate(b)
		case *quantilesItem:
			f.checkLetName(&b.Quantiles)
			f.checkQuantiles(b)
		case *overlapItem:
			if n := len(f.about(it)); n < 2 && len(f.segments) > 0 && len(d.list) == 0 {
				d.add(at, "an overlap needs two segments", "")
			}
		}
		if it.Body != nil {
			f.checkWanted(it.Body.common())
		}
		f.about(it)
	}
}

func (f *File) checkBreakdown(b *breakdownItem) {
	d := f.places
	if d.emptyList(&b.Breakdown, len(b.Breakdown)) {
		d.add(d.at(&b.Breakdown), "breakdown is empty", "name lets with domain or bins")
	}
	for i := range b.Breakdown {
		f.checkLetName(&b.Breakdown[i])
		if slices.Index(b.Breakdown, b.Breakdown[i]) < i {
			d.add(d.at(&b.Breakdown[i]), fmt.Sprintf("%q is given twice", b.Breakdown[i]), "")
		}
	}
}

func (f *File) checkLetName(name *string) {
	if *name != "" && f.doc.Let.at(*name) < 0 {
		hint := f.places.suggest(*name, f.doc.Let.keys())
		if !strings.HasPrefix(hint, "did you mean") {
			hint = fmt.Sprintf("only values of let are released: name it there, as in %s: {of: …, domain: [a, b]}", *name)
		}
		f.places.add(f.places.at(name), fmt.Sprintf("unknown let %q", *name), hint)
	}
}

func (f *File) checkDecimals(n *int) {
	if n != nil && (*n < 0 || *n > maxDecimals) {
		f.places.add(f.places.at(n), fmt.Sprintf("decimals must be 0 to %d", maxDecimals), "sums are exact to that")
	}
}
