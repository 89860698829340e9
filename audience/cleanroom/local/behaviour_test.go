// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/rule/ruletest"
	"github.com/throng-dp/throng/dp"
	"pgregory.net/rapid"
)

// pairs are how many people are counted in both of two segments; in one, if
// they are the same.
type pairs map[[2]int]int

func (tr *trial) pairs(rt *rapid.T) pairs {
	var mu sync.Mutex
	got := pairs{}
	err := count(context.Background(), tr.in, func(_, _ int, fill func(func(*dp.Block) error) error) error {
		return fill(func(b *dp.Block) error {
			mu.Lock()
			defer mu.Unlock()
			for i, x := range b.Kept {
				for j := i; j < len(b.Kept); j++ {
					if n := bits.OnesCount64(x & b.Kept[j]); n > 0 {
						got[[2]int{i, j}] += n
					}
				}
			}
			return nil
		})
	})
	if err != nil {
		rt.Fatal(err)
	}
	return got
}

// naivePairs bounds people by hashing everything and sorting.
func (tr *trial) naivePairs(answers map[string]answer) pairs {
	want := pairs{}
	for person, a := range answers {
		var in []int
		for i := range tr.set.Segments {
			if a[len(tr.lets)+i] == true {
				in = append(in, i)
			}
		}
		slices.SortFunc(in, func(i, j int) int {
			return strings.Compare(tr.digest(person, i), tr.digest(person, j))
		})
		in = in[:min(len(in), tr.in.Plan.Privacy.MaxSegments)]
		slices.Sort(in)
		for n, i := range in {
			for _, j := range in[n:] {
				want[[2]int{i, j}]++
			}
		}
	}
	return want
}

func (tr *trial) digest(person string, segment int) string {
	mac := hmac.New(sha256.New, tr.in.BoundKey)
	for _, part := range []string{person, tr.set.Segments[segment].Segment} {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return string(mac.Sum(nil))
}

// TestOneKeptSetFeedsEveryTable holds capped counts to a naive reference.
func TestOneKeptSetFeedsEveryTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tr := newTrial(rt, t, ruletest.Draw(rt))
		answers := tr.engine(rt)
		tr.in.Plan.Bands = nil
		tr.in.Plan.Privacy.MaxSegments = rapid.IntRange(1, len(tr.set.Segments)).Draw(rt, "cap")
		if got, want := tr.pairs(rt), tr.naivePairs(answers); !maps.Equal(got, want) {
			rt.Fatalf("pairs %v, want %v\n%s", got, want, tr.c)
		}
	})
}

// TestOptOutIsRemoval: with choices, a plan counts what it would count had the
// rows of those people never been there.
func TestOptOutIsRemoval(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := ruletest.Draw(rt)
		out := rapid.SliceOfN(rapid.Bool(), len(c.People), len(c.People)).Draw(rt, "out")
		left := *c
		left.People = nil
		choices := "key\nsomebody else\n"
		for i, p := range c.People {
			if out[i] {
				choices += p.Key + "\n"
			} else {
				left.People = append(left.People, p)
			}
		}
		chosen, deleted := newTrial(rt, t, c), newTrial(rt, t, &left)
		if err := os.WriteFile(filepath.Join(chosen.in.Root, "out.csv"), []byte(choices), 0o600); err != nil {
			t.Fatal(err)
		}
		chosen.in.Plan.OptOuts, chosen.in.Plan.Purpose = []plan.OptOuts{{Files: []string{"out.csv"}, Person: "key"}}, "ads"
		chosen.compare(rt, chosen.engine(rt), deleted.engine(rt), "the count without their rows")
		chosen.in.Plan.Bands, deleted.in.Plan.Bands = nil, nil
		if got, want := chosen.pairs(rt), deleted.pairs(rt); !maps.Equal(got, want) {
			rt.Fatalf("pairs %v, want %v\n%s", got, want, chosen.c)
		}
	})
}

// TestRepeatedIDsAreOneEvent: of a person's visible rows with one id the
// smallest is kept, and rows of two people have nothing to do with each other.
func TestRepeatedIDsAreOneEvent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := ruletest.Draw(rt)
		c.Where = nil
		tr := newTrial(rt, t, c)
		for i := range tr.in.Plan.Tables {
			tr.in.Plan.Tables[i].ID = "k"
		}
		r, err := begin(context.Background(), tr.in)
		if err != nil {
			rt.Fatal(err)
		}
		defer r.data.close()
		once := *c
		once.Segments, once.People = once.Segments[:len(once.Segments)-1], nil
		for _, p := range c.People {
			events := map[string][]match.Event{}
			for i, table := range c.Schema.Tables {
				events[table.Name] = smallest(c, p.Events[table.Name], r.data.program.Columns(i))
			}
			once.People = append(once.People, match.Person{Key: p.Key, Fields: p.Fields, Events: events})
		}
		tr.compare(rt, tr.engine(rt), newTrial(rt, t, &once).engine(rt), "the count of rows with one id each")
	})
}

// smallest keeps one of the visible events with one id, by time and then by
// the columns that rules look at.
func smallest(c *ruletest.Case, events []match.Event, columns []string) []match.Event {
	var kept []match.Event
	at := map[string]int{}
	for _, e := range events {
		if e.Time == nil || !c.Calendar.Visible(*e.Time) {
			continue
		}
		id, ok := orderedText(e.Fields["k"])
		n, again := at[id]
		switch {
		case !ok:
			kept = append(kept, e)
		case !again:
			at[id] = len(kept)
			kept = append(kept, e)
		case rowText(e, columns) < rowText(kept[n], columns):
			kept[n] = e
		}
	}
	return kept
}

func rowText(e match.Event, columns []string) string {
	s, _ := orderedText(*e.Time)
	for _, c := range columns {
		// What is null is smaller than every text.
		if v, ok := orderedText(e.Fields[c]); ok {
			s += "\x01" + v + "\x00"
		} else {
			s += "\x00"
		}
	}
	return s
}

// orderedText returns a text for a value as rules see it, ordered as the value
// is; false if rules see none.
func orderedText(v rule.Value) (string, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return "1", true
		}
		return "0", true
	case int64:
		return string(binary.BigEndian.AppendUint64(nil, uint64(v)^1<<63)), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", false
		}
		b := math.Float64bits(v + 0)
		if v < 0 {
			b = ^b
		} else {
			b |= 1 << 63
		}
		return string(binary.BigEndian.AppendUint64(nil, b)), true
	case string:
		return v, utf8.ValidString(v)
	case time.Time:
		t, err := orderedText(v.UnixMicro())
		return t, err && v.Year() < 10_000
	}
	return "", false
}

func date(t testing.TB, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// file is a quick table of people or events.
func file(t testing.TB, dir, name string, columns []rule.Column, rows ...[]rule.Value) {
	t.Helper()
	(&tableFile{columns: columns, rows: rows}).write(t, filepath.Join(dir, name))
}

const peoplePlan = `
throng: 1
name: people
data:
  events:
    visits: {files: visits.parquet, person: who, time: at}
  people: {files: people.parquet, person: who, age: person.age}
  opt_outs: none
purpose: ads
lookback: 10d
privacy: {account: a, epsilon: 1, delta: 1e-8, min_reach: 100}
segments:
  - {id: visited, name: x, rule: visits.size() > 0}
  - {id: british, name: x, rule: 'person.country == "GB"'}
  - {id: known, name: x, rule: has(person.country)}
release: [reach]
`

func peopleData(t testing.TB) string {
	dir := t.TempDir()
	text, number := rule.String, rule.Double
	file(t, dir, "people.parquet", []rule.Column{{Name: "who", Kind: text}, {Name: "age", Kind: number}, {Name: "country", Kind: text}},
		[]rule.Value{"adult", 40.0, "GB"},
		[]rule.Value{"adult", 40.0, "GB"}, // equal rows are one
		[]rule.Value{"child", 17.9, "GB"},
		[]rule.Value{"just", 18.0, "FR"},
		[]rule.Value{"of unknown age", nil, "GB"},
		[]rule.Value{"of two countries", 50.0, "GB"},
		[]rule.Value{"of two countries", 50.0, "FR"},
		[]rule.Value{nil, 50.0, "GB"},
		[]rule.Value{"", 50.0, "GB"},
		[]rule.Value{strings.Repeat("x", 300), 50.0, "GB"})
	at := date(t, "2011-12-05")
	file(t, dir, "visits.parquet", []rule.Column{{Name: "who", Kind: text}, {Name: "at", Kind: rule.Timestamp}},
		[]rule.Value{"adult", at}, []rule.Value{"child", at}, []rule.Value{"not listed", at}, []rule.Value{nil, at},
		[]rule.Value{"of two countries", at}, []rule.Value{"just", at.AddDate(0, -1, 0)})
	return dir
}

// TestPeopleAreTheUniverse: who is not listed is nobody, who contradicts
// himself is known by the key alone, and what is not known is not adult.
func TestPeopleAreTheUniverse(t *testing.T) {
	in := inputFrom(t, peopleData(t), peoplePlan)
	tests := []struct {
		minAge int
		want   map[string]int64
	}{
		{0, map[string]int64{"": 5, "visited": 3, "british": 3, "known": 4}},
		{18, map[string]int64{"": 2, "visited": 1, "british": 1, "known": 2}},
	}
	for _, test := range tests {
		in.MinAge = test.minAge
		if got := reaches(t, in, exact(t, in)); !maps.Equal(got, test.want) {
			t.Errorf("minimum age %d: %v, want %v", test.minAge, got, test.want)
		}
	}
}

// TestIntegersAndTextsAreTheSameKeys: one table may have numbers, another their
// decimal text, and choices either; a text with zeros in front is somebody else.
func TestIntegersAndTextsAreTheSameKeys(t *testing.T) {
	at := date(t, "2011-12-05")
	text, number := rule.Column{Name: "who", Kind: rule.String}, rule.Column{Name: "who", Kind: rule.Int}
	keys := []rule.Value{int64(7), int64(-7), int64(0), int64(math.MinInt64), int64(math.MaxInt64), int64(123456789012345), int64(1234567890123456)}
	for _, integers := range []string{"visits.parquet", "people.parquet", "out.parquet"} {
		dir := t.TempDir()
		for _, name := range []string{"visits.parquet", "people.parquet", "out.parquet"} {
			who, more := text, []rule.Column{{Name: "at", Kind: rule.Timestamp}}
			if name == integers {
				who = number
			}
			if name == "people.parquet" {
				more = []rule.Column{{Name: "age", Kind: rule.Double}, {Name: "country", Kind: rule.String}}
			}
			var rows [][]rule.Value
			for i, key := range keys {
				if who.Kind == rule.String {
					key = fmt.Sprint(key)
				}
				switch {
				case name == "people.parquet":
					rows = append(rows, []rule.Value{key, 30.0, "GB"})
				case name == "visits.parquet" || i == 0: // the first has opted out
					rows = append(rows, []rule.Value{key, at})
				}
			}
			if who.Kind == rule.String {
				row := slices.Clone(rows[len(rows)-1])
				row[0] = "007"
				rows = append(rows, row)
			}
			file(t, dir, name, append([]rule.Column{who}, more...), rows...)
		}
		in := inputFrom(t, dir, strings.Replace(peoplePlan, "opt_outs: none", "opt_outs: {files: out.parquet, person: who}", 1))
		n := int64(6)
		if integers == "out.parquet" {
			n = 7 // no integer chooses for 007
		}
		want := map[string]int64{"": n, "visited": n, "british": n, "known": n}
		if got := reaches(t, in, exact(t, in)); !maps.Equal(got, want) {
			t.Errorf("integers in %s: %v, want %v", integers, got, want)
		}
	}
}
