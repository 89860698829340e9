// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

// TestPlainTextsCountAsCodedOnes feeds the same rows as plain texts and with a
// dictionary: few texts often, then ever new ones, with nulls between.
func TestPlainTextsCountAsCodedOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	asks := sixtyFour(3)
	for i := range 8 { // of numbers there is nothing to look up
		asks = append(asks, two(rule.Ge, agg(rule.Count, rule.Int, two(rule.Eq, n, lit(int64(i)))), lit(int64(3))))
	}
	p := benchProgram(asks...)
	states, scanners := [2]*State{p.NewState(), p.NewState()}, [2]*Scanner{p.NewScanner(0, false), p.NewScanner(0, false)}
	const people = 50
	for _, s := range states {
		s.Grow(people)
	}
	anew := 0
	for batch := range 24 {
		w := &world{fields: fields}
		for row := range 4096 {
			var text rule.Value = fmt.Sprint("word", r.IntN(70))
			switch {
			case row%50 == 0:
				text = nil
			case batch >= 4 && r.IntN(5) < batch-3: // first some, then nearly all
				text = fmt.Sprint("another", batch, row)
			}
			at := time.Date(2011, 10, 22+r.IntN(10), 1, 0, 0, 0, time.UTC)
			w.rows = append(w.rows, []rule.Value{at, int64(r.IntN(10)), 1.0, text, true})
		}
		who := make([]uint32, len(w.rows))
		for i := range who {
			who[i] = uint32(r.IntN(people))
		}
		for i, dictionary := range []bool{false, true} {
			b := &Batch{Rows: len(w.rows), Time: w.column(0, rule.Timestamp, dictionary)}
			if dictionary {
				b.Time.Dict.ID = uint64(batch*10 + 1)
			}
			for _, name := range p.Columns(0) {
				at := slices.IndexFunc(fields, func(c rule.Column) bool { return c.Name == name })
				v := w.column(at+1, fields[at].Kind, dictionary)
				if dictionary {
					v.Dict.ID = uint64(batch*10 + at + 1)
				}
				b.Columns = append(b.Columns, v)
			}
			rows := scanners[i].Look(b)
			of := make([]uint32, len(rows))
			for k, row := range rows {
				of[k] = who[row]
			}
			scanners[i].Feed(states[i], rows, of)
		}
		if !slices.Equal(states[0].Records, states[1].Records) {
			t.Fatalf("batch %d: plain texts count otherwise than those of a dictionary", batch)
		}
		for i := range scanners[0].sieve.columns {
			if c := &scanners[0].sieve.columns[i]; len(c.texts.ids) > 0 && 2*c.texts.misses >= c.texts.rows {
				anew++
			}
		}
	}
	if anew == 0 {
		t.Fatal("ever new texts were looked up to the end")
	}
}
