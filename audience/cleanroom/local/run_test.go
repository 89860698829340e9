// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// priced gives the input a strategy, as a build would.
func priced(t testing.TB, in *cleanroom.Input) *cleanroom.Input {
	t.Helper()
	s, err := dp.NewStrategy(in.Plan.Digest, in.Plan.Workload, dp.Price{Epsilon: in.Plan.Privacy.Epsilon, Delta: in.Plan.Privacy.Delta})
	if err != nil {
		t.Fatal(err)
	}
	in.Strategy = s
	return in
}

// TestTalliesHoldTheExactCounts, whatever the number of workers.
func TestTalliesHoldTheExactCounts(t *testing.T) {
	in := priced(t, retailInput(t, "testdata/capped.yaml"))
	want := slices.Concat(exact(t, in)...)
	for _, workers := range []int{1, 4} {
		in.Workers = workers
		tallies, err := Engine{}.Tally(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if got := dp.ExactForTest(t, tallies); !slices.Equal(got, want) {
			t.Errorf("%d workers: tallies differ from the counts", workers)
		}
	}
}

// TestProgressIsBytes: it ends where it said it would.
func TestProgressIsBytes(t *testing.T) {
	in := retailInput(t, "testdata/capped.yaml")
	var last, of int64
	in.Progress = func(done, total int64) {
		if done < last || of != 0 && of != total {
			t.Errorf("%d of %d after %d of %d", done, total, last, of)
		}
		last, of = done, total
	}
	exact(t, in)
	if last != of || of == 0 {
		t.Errorf("ended at %d of %d bytes", last, of)
	}
}

// TestStopsWithinASecond: a run that is cancelled says so, soon.
func TestStopsWithinASecond(t *testing.T) {
	in := priced(t, retailInput(t, "testdata/golden.yaml"))
	ctx, cancel := context.WithCancel(t.Context())
	var at time.Time
	in.Progress = func(int64, int64) {
		if at.IsZero() {
			at = time.Now()
		}
		cancel()
	}
	_, err := Engine{}.Tally(ctx, in)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that it was cancelled", err)
	}
	if late := time.Since(at); late > time.Second {
		t.Errorf("stopped after %v", late)
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Errorf("%T is no fault", err)
	}
}

const eventsPlan = `
throng: 1
name: events
data:
  events:
    lines: {files: "*.parquet", person: who, time: at}
  opt_outs: none
purpose: ads
lookback: 10d
privacy: {account: a, epsilon: 1, delta: 1e-8, min_reach: 100}
let:
  total: lines.sum(l, l.x)
  number: lines.sum(l, l.n)
segments:
  - {id: much, name: x, rule: total >= 10.0}
  - {id: many, name: x, rule: number * number > 3}
  - {id: named, name: x, rule: 'lines.distinct(l, l.s) >= 2'}
  - {id: newest, name: x, rule: 'lines.latest(l, l.x) > 1.0'}
release:
  - reach
  - {sum: total, min: 0, max: 100}
  - {frequency: number, bins: [0, 2]}
`

var lineColumns = []rule.Column{{Name: "who", Kind: rule.String}, {Name: "at", Kind: rule.Timestamp}, {Name: "n", Kind: rule.Int}, {Name: "x", Kind: rule.Double}, {Name: "s", Kind: rule.String}}

// TestPoisonedPersonEndsLikeANeighbour: whatever one person's rows hold, the
// run ends, and no count moves by more than that person.
func TestPoisonedPersonEndsLikeANeighbour(t *testing.T) {
	at := date(t, "2011-12-05")
	var rows [][]rule.Value
	for i := range 500 {
		who := fmt.Sprintf("p%d", i%100)
		rows = append(rows, []rule.Value{who, at, int64(i % 3), float64(i % 7), fmt.Sprint(i % 5)})
	}
	dir := t.TempDir()
	file(t, dir, "lines.parquet", lineColumns, rows...)
	want := exact(t, inputFrom(t, dir, eventsPlan))
	poisons := map[string][]rule.Value{
		"a long key":       {strings.Repeat("k", 300), at, int64(1), 1.0, "a"},
		"an empty key":     {"", at, int64(1), 1.0, "a"},
		"a key of no text": {"\xff\xfe", at, int64(1), 1.0, "a"},
		"overflow":         {"q", at, int64(math.MaxInt64), math.MaxFloat64, strings.Repeat("s", 1<<16)},
		"no numbers":       {"q", at, int64(math.MinInt64), math.NaN(), "\xff"},
		"infinite":         {"q", at, nil, math.Inf(-1), nil},
		"time out of mind": {"q", time.UnixMicro(math.MinInt64), int64(1), 1.0, "a"},
		"many rows":        {"q", at, int64(1), 1e9, "a"},
	}
	for name, row := range poisons {
		dir := t.TempDir()
		file(t, dir, "lines.parquet", lineColumns, rows...)
		n := 2
		if name == "many rows" {
			n = 100_000
		}
		file(t, dir, "poison.parquet", lineColumns, slices.Repeat([][]rule.Value{row}, n)...)
		in := inputFrom(t, dir, eventsPlan)
		for i, cells := range exact(t, in) {
			for c, got := range cells {
				most := int64(1)
				if in.Plan.Workload.Tables[i].Kind == dp.Sum {
					most = 100 * 100
				}
				if moved := got - want[i][c]; moved < 0 || moved > most {
					t.Errorf("%s: cell %d of table %d moved by %d", name, c, i, moved)
				}
			}
		}
	}
}

// TestPanicTellsNoData: what broke is named by place, not by its text.
func TestPanicTellsNoData(t *testing.T) {
	err := classified(safely("testing", func() error { panic("secret of p17") }))
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Internal || strings.Contains(err.Error(), "p17") || !strings.Contains(err.Error(), "run_test.go") {
		t.Errorf("error %q", err)
	}
}

// TestCheckRefuses what a run would fail of, before a row is read.
func TestCheckRefuses(t *testing.T) {
	in := func() *cleanroom.Input { return inputFrom(t, peopleData(t), peoplePlan) }
	tests := []struct {
		name string
		with func(in *cleanroom.Input)
		kind fault.Kind
		text string
	}{
		{"no memory", func(in *cleanroom.Input) { in.Memory = 1 << 20 }, fault.Usage, "the files ask for about 128MiB"},
		{"no ages", func(in *cleanroom.Input) { in.MinAge, in.Plan.Age = 18, "" }, fault.Refused, "minimum age"},
		{"column denied", func(in *cleanroom.Input) { in.NeverRead = []string{"country"} }, fault.Plan, "country: this column may not be read"},
		{"another type", func(in *cleanroom.Input) { in.Plan.Rules.Schema.Person[1].Kind = rule.Int }, fault.Input, "country: rules take it for an int"},
		{"no files", func(in *cleanroom.Input) { in.Plan.Tables[0].Files = []string{"none-*.parquet"} }, fault.Input, "none-"},
		{"no choices", func(in *cleanroom.Input) {
			in.Plan.OptOuts = []plan.OptOuts{{Files: []string{"out.csv"}, Person: "who"}}
		}, fault.Consent, "out.csv"},
	}
	for _, test := range tests {
		in := in()
		test.with(in)
		err := Engine{}.Check(t.Context(), in)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != test.kind || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: error %v", test.name, err)
		}
	}
	if err := (Engine{}).Check(t.Context(), in()); err != nil {
		t.Error(err)
	}
}

func TestInspectShowsNamesAndTypes(t *testing.T) {
	s, err := Engine{}.Inspect(t.Context(), filepath.Join(retail, "events.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]string{}
	for _, c := range s.Columns {
		roles[c.Role] = c.Name
	}
	if roles["person"] != "user_id" || roles["time"] != "event_time" {
		t.Errorf("roles %v", roles)
	}
}

// BenchmarkTally reports rows per second over sixty segments of real data.
func BenchmarkTally(b *testing.B) {
	in := priced(b, goldenInput(b))
	in.Workers = 0
	d, err := open(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	rows := d.events[0].table.Rows()
	d.close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (Engine{}).Tally(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
