// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A question is one of many that a plan asks of events: how many with one of
// these texts, and one of these numbers.
type question struct {
	texts   []rule.Value // none: any
	numbers []rule.Value
	either  bool // the number is compared in an ||: the condition is about two columns
	least   int64
}

func (q *question) expr() rule.Expr {
	var of []rule.Expr
	if len(q.texts) > 0 {
		of = append(of, rule.In{X: s, Values: q.texts})
	}
	switch {
	case q.either:
		of = append(of, two(rule.Or, two(rule.Eq, n, lit(q.numbers[0])), two(rule.Eq, s, lit("t0"))))
	case len(q.numbers) > 0:
		of = append(of, rule.In{X: n, Values: q.numbers})
	}
	if len(of) == 0 {
		return two(rule.Ge, agg(rule.Count, rule.Int, nil), lit(q.least))
	}
	all := of[0]
	for _, e := range of[1:] {
		all = two(rule.And, all, e)
	}
	return two(rule.Ge, agg(rule.Count, rule.Int, all), lit(q.least))
}

func (q *question) meets(text, number rule.Value) bool {
	has := func(values []rule.Value, v rule.Value) bool {
		for _, one := range values {
			if one == v {
				return true
			}
		}
		return len(values) == 0
	}
	if !has(q.texts, text) {
		return false
	}
	if q.either {
		return number == q.numbers[0] || text == "t0"
	}
	return has(q.numbers, number)
}

// TestManyLanes holds the groups of many lanes to counting one question after
// the other: questions about a few texts of many, about numbers, about anything,
// about both columns at once, in columns with dictionaries and without.
func TestManyLanes(t *testing.T) {
	for _, c := range []struct{ questions, texts, rows, groups int }{
		{60, 5, 200, 1}, {90, 3, 200, 2}, {400, 12, 600, 7}, {8000, 400, 300, 65},
	} {
		for _, dictionary := range []bool{true, false} {
			t.Run(fmt.Sprint(c.questions, dictionary), func(t *testing.T) {
				testManyLanes(t, dictionary, c.questions, c.texts, c.rows, c.groups)
			})
		}
	}
}

func testManyLanes(t *testing.T, dictionary bool, questions, texts, rows, groups int) {
	const people = 5
	random := rand.New(rand.NewPCG(uint64(questions), 4))
	text := func() rule.Value { return fmt.Sprint("t", random.IntN(texts)) }
	set := &rule.Set{Schema: rule.Schema{Tables: []rule.Table{{Name: "t", Columns: fields}}}}
	var asked []question
	var names []string
	for i := range questions {
		q := question{least: 1 + random.Int64N(1+int64(random.IntN(40)))}
		for range random.IntN(4) {
			q.texts = append(q.texts, text())
		}
		for range random.IntN(3) {
			q.numbers = append(q.numbers, random.Int64N(6))
		}
		q.either = len(q.numbers) > 0 && random.IntN(8) == 0
		asked = append(asked, q)
		names = append(names, fmt.Sprint("q", i))
		set.Lets = append(set.Lets, rule.Let{Name: names[i], Type: rule.Type{Kind: rule.Bool}, Expr: q.expr()})
	}
	w := &world{fields: fields}
	p := Compile(set, w.calendar(), names)
	if got := len(p.tables[0].groups); got < groups {
		t.Errorf("%d groups: this tests less than it says", got)
	}
	state := p.NewState()
	state.Grow(people)
	scanner := p.NewScanner(0, false)
	counts := make([][people]int64, questions)
	for batch := range uint64(3) {
		w.rows = nil
		for range rows {
			row := []rule.Value{day(25+random.IntN(5), 3), nil, 0.5, nil, true}
			if random.IntN(9) > 0 {
				row[1] = random.Int64N(6)
			}
			if random.IntN(9) > 0 {
				row[3] = text()
			}
			w.rows = append(w.rows, row)
		}
		b := &Batch{Rows: rows, Time: w.column(0, rule.Timestamp, dictionary), Columns: []*event.Vector{w.column(1, rule.Int, dictionary), w.column(3, rule.String, dictionary)}}
		for _, v := range append(b.Columns, b.Time) {
			if v.Dict != nil {
				v.Dict.ID += 10 * batch
			}
		}
		looked := scanner.Look(b)
		who := make([]uint32, len(looked))
		last := -1
		for i, row := range looked {
			if int(row) <= last {
				t.Fatal("rows are not handed out in order, each once")
			}
			last = int(row)
			who[i] = uint32(random.IntN(people))
			text, number := w.rows[row][3], w.rows[row][1]
			for q := range asked {
				if asked[q].meets(text, number) {
					counts[q][who[i]]++
				}
			}
		}
		scanner.Feed(state, looked, who)
		for row := range w.rows {
			_, found := slices.BinarySearch(looked, uint32(row))
			for q := range asked {
				if !found && asked[q].meets(w.rows[row][3], w.rows[row][1]) {
					t.Fatalf("question %d asks for row %d, which is not handed out", q, row)
				}
			}
		}
	}
	judge := p.NewJudge()
	judge.Look(state, 0, people)
	for q := range asked {
		for person := range people {
			if got, want := judge.Let(q, person), counts[q][person] >= asked[q].least; got != want {
				t.Fatalf("question %d (%+v) of person %d: %v, want %v", q, asked[q], person, got, want)
			}
		}
	}
}
