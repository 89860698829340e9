// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"strings"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// Texts of a column that has no dictionary get one of ours, where several
// conditions look at them and most have been seen before: then looking a text up
// is cheaper than comparing it with what every condition asks for.
const (
	fewConditions = 4       // up to which texts are compared
	mostTexts     = 1 << 16 // in one dictionary; then it starts anew
	trialRows     = 1 << 14 // after which it has to have paid
)

// interned are the texts of one column that were seen so far.
type interned struct {
	ids          map[string]uint32
	masks        [][]uint64 // as sieved has them, by id; 0 is null's
	index        []uint32   // of the batch's rows
	rows, misses int
}

// pays tells whether the texts of a column without a dictionary are looked up.
func (c *sieved) pays(v *event.Vector) bool {
	t := &c.texts
	return v.Kind == rule.String && v.String != nil && len(c.conds) > fewConditions && (t.rows < trialRows || 2*t.misses < t.rows)
}

// intern returns a batch's texts as if they had a dictionary.
func (s *sieve) intern(c *sieved, v *event.Vector, rows int) codedColumn {
	t := &c.texts
	fresh := &event.Dict{}
	if t.ids == nil || len(t.ids) > mostTexts {
		t.ids, t.masks = map[string]uint32{}, make([][]uint64, len(c.masks))
		fresh.Null, fresh.String = append(fresh.Null, true), append(fresh.String, "")
	}
	t.index = sized(t.index, rows)
	for row, text := range v.String[:rows] {
		if v.Null != nil && v.Null[row] {
			t.index[row] = 0
			continue
		}
		id, ok := t.ids[text]
		if !ok {
			id = uint32(len(t.ids) + 1)
			text = strings.Clone(text) // not to keep its page
			t.ids[text] = id
			fresh.Null, fresh.String = append(fresh.Null, false), append(fresh.String, text)
			t.misses++
		}
		t.index[row] = id
	}
	t.rows += rows
	if n := fresh.Len(); n > 0 {
		part := make([][]uint64, len(t.masks))
		for g, known := range t.masks {
			t.masks[g] = append(known, make([]uint64, n)...)
			part[g] = t.masks[g][len(known):]
		}
		s.judge(c, fresh, part)
	}
	return codedColumn{t.masks, t.index, c.asks}
}
