// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

const (
	benchRows   = 4096    // a batch
	benchPeople = 100_000 // of a shard: more than a core's own cache holds
)

// benchBatch is a batch of the columns of fields, of people in no order.
func benchBatch(p *Program, dictionary bool) (*Batch, []uint32) {
	r := rand.New(rand.NewPCG(1, 2))
	w := &world{fields: fields}
	words := make([]string, 200)
	for i := range words {
		words[i] = fmt.Sprint("word", i)
	}
	for range benchRows {
		at := time.Date(2011, 10, 22+r.IntN(10), r.IntN(24), 0, 0, 0, time.UTC)
		w.rows = append(w.rows, []rule.Value{at, int64(r.IntN(1000)), float64(r.IntN(100_000)) / 100, words[r.IntN(len(words))], r.IntN(2) == 0})
	}
	vector := func(at int, k rule.Kind) *event.Vector {
		plain := w.column(at, k, false)
		if !dictionary {
			plain.Null = nil
			return plain
		}
		return coded(plain, uint64(at+1))
	}
	b := &Batch{Rows: benchRows, Time: vector(0, rule.Timestamp)}
	for _, name := range p.Columns(0) {
		at := slices.IndexFunc(fields, func(c rule.Column) bool { return c.Name == name })
		b.Columns = append(b.Columns, vector(at+1, fields[at].Kind))
	}
	people := make([]uint32, benchRows)
	for i := range people {
		people[i] = uint32(r.IntN(benchPeople))
	}
	return b, people
}

// coded gives equal values one entry.
func coded(v *event.Vector, id uint64) *event.Vector {
	d := &event.Dict{ID: id, Null: []bool{true}, Int: []int64{0}, Double: []float64{0}, String: []string{""}}
	entries := map[[3]any]uint32{}
	out := &event.Vector{Kind: v.Kind, Dict: d}
	for row := range v.Null {
		i, x, s, _ := At(v, row)
		k := [3]any{i, x, s}
		e, ok := entries[k]
		if !ok {
			e = uint32(len(d.Null))
			entries[k] = e
			d.Null, d.Int, d.Double, d.String = append(d.Null, false), append(d.Int, i), append(d.Double, x), append(d.String, s)
		}
		out.Index = append(out.Index, e)
	}
	return out
}

func benchProgram(exprs ...rule.Expr) *Program {
	set := &rule.Set{Schema: rule.Schema{Tables: []rule.Table{{Name: "t", Columns: fields}}}}
	for i, e := range exprs {
		set.Segments = append(set.Segments, rule.Rule{Segment: fmt.Sprint("s", i), Expr: e})
	}
	return Compile(set, (&world{}).calendar(), nil)
}

func mrows(b *testing.B, each int) {
	b.ReportMetric(float64(each)*float64(b.N)/1e6/b.Elapsed().Seconds(), "Mrows/s")
}

// sixtyFour are counts of different rows, compared with a literal.
func sixtyFour(least int64) (all []rule.Expr) {
	for i := range 64 {
		own := two(rule.And, two(rule.Eq, s, lit(fmt.Sprint("word", i))), two(rule.Lt, rule.EventField{Name: "days_ago", K: rule.Int}, lit(int64(i%10))))
		all = append(all, two(rule.Ge, agg(rule.Count, rule.Int, own), lit(least)))
	}
	return all
}

// A kernel is measured on what a program of these expressions does.
type kernel struct {
	name string
	asks []rule.Expr
}

// BenchmarkKernels measures, in rows of a batch, what a scan does with them once
// they are decoded, and, in people, what answering rules does.
func BenchmarkKernels(b *testing.B) {
	above := func(fn rule.Fn, arg rule.Expr) []rule.Expr {
		return []rule.Expr{two(rule.Gt, agg(fn, rule.Int, arg), lit(int64(maxCount+1)))}
	}
	extreme := func(fn rule.Fn, arg rule.Expr) []rule.Expr {
		a := agg(fn, arg.Kind(), arg)
		return []rule.Expr{two(rule.Eq, a, a)}
	}
	total := agg(rule.Sum, rule.Double, x)
	for _, dictionary := range []bool{true, false} {
		form := map[bool]string{true: "dictionary", false: "plain"}[dictionary]
		for _, k := range []kernel{
			{"masks, 64 lanes", sixtyFour(1)},
			{"condition over two columns", []rule.Expr{agg(rule.Exists, rule.Bool, two(rule.Or, two(rule.Gt, x, lit(500.0)), two(rule.Eq, s, lit("word7"))))}},
			{"arithmetic on rows", []rule.Expr{agg(rule.Exists, rule.Bool, two(rule.Gt, two(rule.Add, two(rule.Mul, x, x), lit(7.5)), two(rule.Mul, rule.Unary{Op: rule.ToDouble, X: n}, lit(3.0))))}},
		} {
			b.Run("look, "+k.name+", "+form, func(b *testing.B) { benchLook(b, k, dictionary) })
		}
	}
	for _, k := range []kernel{
		{"lanes, 64 of 1 bit", sixtyFour(1)},
		{"lanes, 64 of 5 bits", sixtyFour(31)},
		{"counts as numbers", above(rule.Count, lit(true))},
		{"sums of ints", above(rule.Sum, n)},
		{"sums of doubles", []rule.Expr{two(rule.Gt, total, lit(1e6))}},
		{"two sums compared", []rule.Expr{two(rule.Gt, agg(rule.Sum, rule.Int, n), agg(rule.Sum, rule.Int, rule.Unary{Op: rule.Neg, X: n}))}},
		{"distinct ints", above(rule.Distinct, n)},
		{"distinct strings", above(rule.Distinct, s)},
		{"smallest double", extreme(rule.Min, x)},
		{"largest string", extreme(rule.Max, s)},
		{"latest double", extreme(rule.Latest, x)},
		{"latest string", extreme(rule.Latest, s)},
		{"days since", []rule.Expr{two(rule.Lt, agg(rule.DaysSince, rule.Int, nil), lit(int64(3)))}},
	} {
		b.Run("add, "+k.name, func(b *testing.B) { benchFeed(b, k) })
	}
	for _, k := range []kernel{
		{"64 thresholds of 1 bit", sixtyFour(1)},
		{"64 thresholds of 5 bits", sixtyFour(31)},
		{"64 sums", sixtyFourSums()},
	} {
		b.Run("judge, "+k.name, func(b *testing.B) { benchJudge(b, k) })
	}
	b.Run("transpose, 5 words a person", benchTranspose)
}

func sixtyFourSums() (all []rule.Expr) {
	for i := range 64 {
		all = append(all, two(rule.Gt, agg(rule.Sum, rule.Int, two(rule.Mul, n, lit(int64(i)))), lit(int64(1000*i))))
	}
	return all
}

func benchLook(b *testing.B, k kernel, dictionary bool) {
	p := benchProgram(k.asks...)
	batch, _ := benchBatch(p, dictionary)
	scanner := p.NewScanner(0, false)
	for b.Loop() {
		scanner.Look(batch)
	}
	mrows(b, benchRows)
}

func benchFeed(b *testing.B, k kernel) {
	p := benchProgram(k.asks...)
	batch, people := benchBatch(p, true)
	scanner, state := p.NewScanner(0, false), p.NewState()
	state.Grow(benchPeople)
	rows := slices.Clone(scanner.Look(batch))
	for b.Loop() {
		scanner.Feed(state, rows, people[:len(rows)])
	}
	mrows(b, len(rows))
}

func benchJudge(b *testing.B, k kernel) {
	const people = 1024
	p := benchProgram(k.asks...)
	batch, who := benchBatch(p, true)
	for i := range who {
		who[i] %= people
	}
	scanner, state := p.NewScanner(0, false), p.NewState()
	state.Grow(people)
	rows := scanner.Look(batch)
	scanner.Feed(state, rows, who[:len(rows)])
	judge := p.NewJudge()
	for b.Loop() {
		judge.Look(state, 0, people)
		for i := range k.asks {
			judge.In(i)
		}
	}
	mrows(b, people)
}

func benchTranspose(b *testing.B) {
	const people = 1024
	p := benchProgram(sixtyFour(31)...)
	state := p.NewState()
	state.Grow(people)
	var planes slicing
	for b.Loop() {
		planes.read(state, p.used, 0, people)
	}
	mrows(b, people)
}
