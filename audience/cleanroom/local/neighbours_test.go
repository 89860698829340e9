// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

const neighboursPlan = `
throng: 1
name: events
data:
  events:
    lines: {files: "*.parquet", person: who, time: at, id: n}
    again: {files: "*.parquet", person: who, time: at}
  opt_outs: none
purpose: ads
lookback: 10d
privacy: {account: a, epsilon: 1, delta: 1e-8, min_reach: 100, max_segments: 3}
let:
  total: again.sum(l, l.x)
  number: again.size()
  band: {of: again.size(), bins: [0, 1, 3]}
  last: {of: 'again.latest(l, l.s)', domain: [a, b, c]}
segments:
  - {id: much, name: x, rule: total >= 10.0}
  - {id: many, name: x, rule: number > 1}
  - {id: ids, name: x, rule: lines.size() >= 2}
  - {id: named, name: x, rule: 'again.distinct(l, l.s) >= 2'}
  - {id: newest, name: x, rule: 'again.latest(l, l.x) > 1.0'}
  - {id: seen, name: x, rule: 'again.exists(l, l.s == "a")'}
release:
  - reach
  - overlap
  - {overlap: [["*", "*", "*"]]}
  - {breakdown: [last]}
  - {breakdown: [band, last]}
  - {sum: total, min: -5, max: 100}
  - {frequency: number, bins: [0, 1, 2, 5]}
`

// somebody's rows: from none worth counting to many, with ties, repeats, nulls,
// NaN, infinities and numbers at the ends of their kinds. Two people's rows are
// often the same.
func somebody(rng *rand.Rand, who string, day time.Time) (rows [][]rule.Value) {
	pick := func(of ...rule.Value) rule.Value { return of[rng.IntN(len(of))] }
	n := []int{1, 1, 2, 3, 8, 300}[rng.IntN(6)]
	for range n {
		at := day.AddDate(0, 0, -rng.IntN(3))
		rows = append(rows, []rule.Value{who, at, pick(nil, int64(1), int64(2), int64(math.MaxInt64)),
			pick(nil, 0.0, 1.5, -3.0, 40.0, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)), pick(nil, "a", "b", "c", "d", "\xff")})
	}
	return rows
}

// TestNeighbours adds one person to drawn data, with the real engine, on other
// files in another order, and holds what changes to what the price was computed
// for: nobody else moves, and the new person is counted once, in at most
// max_segments segments, with one cell of every table and one clipped amount,
// and in the overlaps of the kept segments alone.
func TestNeighbours(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32)) // which data are tried; nothing random is judged
	day := date(t, "2011-12-05")
	for round := range 25 {
		var rows [][]rule.Value
		for i := range 40 {
			rows = append(rows, somebody(rng, fmt.Sprintf("p%d", i), day)...)
		}
		with := append(somebody(rng, "new", day), rows...)
		rng.Shuffle(len(with), func(i, j int) { with[i], with[j] = with[j], with[i] })
		before, after := countFiles(t, rows), countFiles(t, with)
		onePerson(t, round, before, after)
		if t.Failed() {
			return
		}
	}
}

type tallied struct {
	workload *dp.Workload
	cells    [][]int64
}

// countFiles counts rows that are spread over two files.
func countFiles(t *testing.T, rows [][]rule.Value) tallied {
	t.Helper()
	dir := t.TempDir()
	file(t, dir, "lines-0.parquet", lineColumns, rows[:len(rows)/3]...)
	file(t, dir, "lines-1.parquet", lineColumns, rows[len(rows)/3:]...)
	in := priced(t, inputFrom(t, filepath.Clean(dir), neighboursPlan))
	tallies, err := Engine{}.Tally(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	out := tallied{workload: &in.Plan.Workload}
	all := dp.ExactForTest(t, tallies)
	for i := range out.workload.Tables {
		n := out.workload.Cells(i)
		out.cells, all = append(out.cells, all[:n]), all[n:]
	}
	return out
}

// onePerson holds a change to that of one person of the workload.
func onePerson(t *testing.T, round int, before, after tallied) {
	t.Helper()
	w := before.workload
	moved := make([][]int64, len(w.Tables))
	for i := range moved {
		for c, n := range after.cells[i] {
			moved[i] = append(moved[i], n-before.cells[i][c])
		}
	}
	fault := func(i int, what string) {
		t.Errorf("round %d, table %d of segments %v: %s; it moves by %v", round, i, w.Tables[i].Segments, what, moved[i])
	}
	kept, counted := map[int]bool{}, moved[0][0]
	if counted != 0 && counted != 1 {
		fault(0, "a person is not counted once")
	}
	for i, table := range w.Tables {
		if table.Kind != dp.Reach {
			continue
		}
		if n := moved[i][0]; n != 0 && n != counted {
			fault(i, "a person is not in it once")
		}
		kept[table.Segments[0]] = moved[i][0] == 1
	}
	n := 0
	for _, in := range kept {
		if in {
			n++
		}
	}
	if n > w.Bound {
		t.Errorf("round %d: a person is kept in %d segments, at most %d", round, n, w.Bound)
	}
	cellOf, amountOf := map[string]int{}, map[int]int64{}
	over := false
	for i, table := range w.Tables {
		if table.Kind == dp.PeopleOver || table.Kind == dp.Dropped {
			most := int64(1)
			if table.Kind == dp.Dropped {
				most = int64(min(w.Segments-w.Bound, w.Bound))
			} else {
				over = moved[i][0] == 1
			}
			if m := moved[i][0]; m < 0 || m > most || m > 0 && (counted == 0 || n != w.Bound) || over != (m > 0) {
				fault(i, "a person over the cap is not told as one")
			}
			continue
		}
		in := true
		for _, s := range table.Segments {
			in = in && kept[s]
		}
		total, cell := int64(0), -1
		for c, n := range moved[i] {
			if n != 0 {
				cell = c
			}
			total += n
		}
		switch {
		case table.Kind == dp.Population, table.Kind == dp.Reach:
		case !in && cell >= 0:
			fault(i, "somebody else moves, or a person beyond the cap")
		case !in:
		case table.Kind == dp.Sum:
			a, old := w.Amounts[table.Amount], amountOf
			if known, ok := old[table.Amount]; ok && known != total || total < a.Min || total > a.Max {
				fault(i, "it is no amount of a person")
			}
			amountOf[table.Amount] = total
		case total != 1 || moved[i][cell] != 1:
			fault(i, "a person is not in one cell")
		case len(table.By) > 0:
			key := fmt.Sprint(table.By)
			if known, ok := cellOf[key]; ok && known != cell {
				fault(i, "a person is in two cells")
			}
			cellOf[key] = cell
		}
	}
}
