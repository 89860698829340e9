// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// MaxName is how long the name of a category may be that nobody declared, in
// bytes: it is text of somebody's row, and what one person can bring is bounded.
const MaxName = 100

// found counts people by categories that nobody declared. It holds what is there
// and nothing else, so even its size is secret.
//
// It has no limit of its own. Any limit on how many categories are kept must drop
// some of them for others: the first that come, the largest, those of the
// smallest hash. Then one more person with a category of her own pushes out one
// that thousands are in, and a count moves by thousands, not by 1. What bounds it
// is what bounds everything else that is known of people: each of them brings at
// most one name of MaxName bytes for an attribute, and adds to one cell of it in
// each segment that the person is kept in.
type found struct {
	places  []place
	numbers []map[string]int // of each attribute that is Unknown: its categories
	names   [][]string       // of each attribute: them by number
	counts  []map[int]int64  // of each of places: people of each category
	one     [64]int          // of the block at hand, people's numbers; 1 more, 0 is other
}

func newFound(w *Workload, l *layout) *found {
	f := &found{places: l.found, numbers: make([]map[string]int, len(w.Attributes)), names: make([][]string, len(w.Attributes))}
	for _, p := range l.found {
		f.counts = append(f.counts, map[int]int64{})
		if f.numbers[p.attribute] == nil {
			f.numbers[p.attribute] = map[string]int{}
		}
	}
	return f
}

// number returns that of a category, new or not.
func (f *found) number(attribute int, name string) int {
	n, ok := f.numbers[attribute][name]
	if !ok {
		n = len(f.names[attribute])
		name = strings.Clone(name) // the engine's memory may be a whole page
		f.numbers[attribute][name] = n
		f.names[attribute] = append(f.names[attribute], name)
	}
	return n
}

// checkNames refuses what the names of a block must not be.
func (b *builder) checkNames(k *Block) error {
	f := b.tallies.found
	if len(f.places) > 0 && len(k.Names) != len(b.workload.Attributes) {
		return fmt.Errorf("dp: a block of another workload")
	}
	for a, numbers := range f.numbers {
		if numbers == nil {
			continue
		}
		if len(k.Names[a]) < k.People {
			return fmt.Errorf("dp: attribute %d lacks people", a)
		}
		for _, name := range k.Names[a][:k.People] {
			if _, known := numbers[name]; !known && !printable(name) {
				return fmt.Errorf("dp: a name that may not be printed in attribute %d", a)
			}
		}
	}
	return nil
}

// printable tells whether a category may be called so.
func printable(name string) bool {
	return len(name) <= MaxName && name != release.Other && name == release.Plain(name)
}

// add counts the people of a block.
func (f *found) add(k *Block) {
	for a, numbers := range f.numbers {
		if numbers == nil {
			continue
		}
		for p, name := range k.Names[a][:k.People] {
			f.one[p] = 0
			if name != "" {
				f.one[p] = f.number(a, name) + 1
			}
		}
		for i, at := range f.places {
			if at.attribute != a {
				continue
			}
			for kept := k.Kept[at.segment]; kept != 0; kept &= kept - 1 {
				if n := f.one[bits.TrailingZeros64(kept)]; n > 0 {
					f.counts[i][n-1]++
				}
			}
		}
	}
}

// merge adds the people of g, whose numbers are others.
func (f *found) merge(g *found) {
	for i, counts := range g.counts {
		a := g.places[i].attribute
		for n, people := range counts {
			f.counts[i][f.number(a, g.names[a][n])] += people
		}
	}
}

// named returns the people of each category of a place.
func (f *found) named(at int) map[string]int64 {
	out := make(map[string]int64, len(f.counts[at]))
	for n, people := range f.counts[at] {
		out[f.names[f.places[at].attribute][n]] = people
	}
	return out
}
