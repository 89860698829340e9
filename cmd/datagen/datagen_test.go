// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

func made(t *testing.T, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	s, err := parse(append([]string{"--out", dir, "--events", "20000", "--people", "3000"}, flags...))
	if err != nil {
		t.Fatal(err)
	}
	if err := generate(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return dir
}

// read returns the rows of all files of a pattern.
func read[R any](t *testing.T, dir, pattern string) (rows []R) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	for _, name := range files {
		more, err := parquet.ReadFile[R](name)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, more...)
	}
	return rows
}

const allEvents = "events/day=*/part-0.parquet"

func TestTheSameFlagsMakeTheSameBytes(t *testing.T) {
	a, b := made(t), made(t, "--jobs", "1")
	var names []string
	err := filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(a, path)
		names = append(names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != days+2 {
		t.Errorf("%d files, want one a day, people and opt-outs", len(names))
	}
	for _, name := range names {
		x, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			t.Fatal(err)
		}
		y, err := os.ReadFile(filepath.Join(b, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs", name)
		}
	}
}

// plain is an event without its key, to compare across kinds of keys.
type plain struct {
	at         int64
	kind, what string
	business   int64
	where, app string
	machine    string
	cents      int64
}

func plainOf[K any](rows []event[K]) []plain {
	var all []plain
	for _, r := range rows {
		p := plain{r.EventTime, r.EventType, r.Category, r.BusinessID, r.Country, r.AppVersion, r.Platform, 0}
		if r.Amount != nil {
			p.cents = int64(math.Round(*r.Amount * 100))
		}
		all = append(all, p)
	}
	return all
}

func TestLayoutsKeysAndCodecsHoldTheSameEvents(t *testing.T) {
	byTime := func(a, b event[string]) int { return int(a.EventTime - b.EventTime) }
	want := read[event[string]](t, made(t), allEvents)
	if !slices.IsSortedFunc(want, byTime) {
		t.Error("layout time is not in the order of time")
	}
	hex := read[event[string]](t, made(t, "--ids", "hex", "--codec", "snappy"), allEvents)
	ints := read[event[int64]](t, made(t, "--ids", "int", "--codec", "none"), allEvents)
	wide := read[event[string]](t, made(t, "--ids", "wide"), allEvents)
	if !slices.Equal(plainOf(want), plainOf(wide)) || !slices.Equal(plainOf(want), plainOf(hex)) || !slices.Equal(plainOf(want), plainOf(ints)) {
		t.Error("events differ by kind of key or codec")
	}
	one := map[string]string{} // each kind of key names the same people
	for i := range want {
		if len(hex[i].UserID) != 32 {
			t.Fatalf("a hex key of %d digits", len(hex[i].UserID))
		}
		if wide[i].UserID != "urn:person:"+hex[i].UserID {
			t.Fatal("a wide key of somebody else")
		}
		if other, ok := one[want[i].UserID]; ok && other != hex[i].UserID {
			t.Fatal("two hex keys of one person")
		}
		one[want[i].UserID] = hex[i].UserID
	}

	clustered := read[event[string]](t, made(t, "--layout", "person"), allEvents)
	type personDay struct {
		person string
		day    int64
	}
	pairs, runs := map[personDay]bool{}, 0
	for i, e := range clustered {
		pairs[personDay{e.UserID, e.EventTime / dayLen}] = true
		if i == 0 || e.UserID != clustered[i-1].UserID {
			runs++
		}
	}
	if runs > len(pairs) {
		t.Errorf("%d runs of %d people's days: not clustered", runs, len(pairs))
	}
	byAll := func(a, b event[string]) int {
		if c := byTime(a, b); c != 0 {
			return c
		}
		return strings.Compare(a.UserID+a.Category+a.EventType, b.UserID+b.Category+b.EventType)
	}
	slices.SortStableFunc(want, byAll)
	slices.SortStableFunc(clustered, byAll)
	if !slices.Equal(plainOf(want), plainOf(clustered)) {
		t.Error("the layouts hold different events")
	}
}

func TestAnotherSeedMakesOthers(t *testing.T) {
	a, b := read[event[string]](t, made(t), allEvents), read[event[string]](t, made(t, "--seed", "2"), allEvents)
	if slices.Equal(plainOf(a), plainOf(b)) {
		t.Error("two seeds, one set of events")
	}
}

// TestShape holds shares to what README says. The data are fixed by the seed,
// so nothing here can fail by chance.
func TestShape(t *testing.T) {
	dir := made(t)
	events := read[event[string]](t, dir, allEvents)
	people := read[profile[string]](t, dir, "users.parquet")
	outs := read[optOut[string]](t, dir, "optout.parquet")
	if len(events) != 20000 || len(people) != 3000 {
		t.Fatalf("%d events, %d people", len(events), len(people))
	}
	known := map[string]bool{}
	unknown := 0
	for _, p := range people {
		known[p.UserID] = true
		if p.Region == nil {
			unknown++
		}
		if (p.Region == nil) != (p.AgeBand == nil) || (p.Region == nil) != (p.Language == nil) {
			t.Fatal("half a profile")
		}
	}
	if len(known) != len(people) {
		t.Errorf("%d people have %d keys", len(people), len(known))
	}
	within(t, "people without a profile", unknown, len(people), 0.03)
	within(t, "opt-outs", len(outs), len(people), 0.02)

	busy := map[string]int{}
	amounts, buys := 0, 0
	for _, e := range events {
		if !known[e.UserID] {
			t.Fatal("an event of nobody")
		}
		busy[e.UserID]++
		if e.EventType == "purchase" {
			buys++
		}
		if e.Amount != nil {
			amounts++
			if e.EventType != "purchase" && e.EventType != "cart_add" || *e.Amount <= 0 {
				t.Fatal("an amount where none belongs")
			}
		}
	}
	within(t, "purchases", buys, len(events), 0.025)
	within(t, "amounts", amounts, len(events), 0.025+0.035/2)
	counts := make([]int, 0, len(busy))
	for _, n := range busy {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	top := 0
	for _, n := range counts[len(counts)-len(people)/10:] {
		top += n
	}
	within(t, "events of the busiest tenth", top, len(events), 0.4)
}

// within allows a tenth of the share and what chance does to small numbers.
func within(t *testing.T, what string, n, of int, share float64) {
	t.Helper()
	got, wide := float64(n)/float64(of), share/10+4*math.Sqrt(share/float64(of))
	if math.Abs(got-share) > wide {
		t.Errorf("%s: %.4f, want %.4f ± %.4f", what, got, share, wide)
	}
}

// TestKeysFallBackToPlain looks into a file: a dictionary that outgrows its
// limit must end inside a chunk, which is what readers have to cope with.
func TestKeysFallBackToPlain(t *testing.T) {
	dir := t.TempDir()
	s := &spec{out: dir, events: 6_000_000, people: 2_000_000, layout: "time", ids: "hex", codec: "none", seed: 1, jobs: 1}
	w := &world{seed: 1, people: uint64(s.people)}
	if err := writeDay(t.Context(), s, w, keyed[string](&textKeys{add: addHex}), 0, 60_000); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "events", "day=2026-03-01", "part-0.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	pages := file.RowGroups()[0].ColumnChunks()[0].Pages()
	defer pages.Close()
	var forms []bool
	for {
		p, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		forms = append(forms, p.Dictionary() != nil)
	}
	if !forms[0] || forms[len(forms)-1] {
		t.Errorf("pages by dictionary: %v; want some, then none", forms)
	}
}

func TestRowsOfAddUp(t *testing.T) {
	for _, events := range []int{1, 29, 30, 12345, 100_000_000} {
		sum := 0
		for _, n := range rowsOf(events) {
			sum += n
		}
		if sum != events {
			t.Errorf("%d events become %d", events, sum)
		}
	}
}

func TestChoiceFollowsItsWeights(t *testing.T) {
	weights := []float64{5, 0, 1, 3, 1}
	c := newChoice(weights)
	var n [5]int
	const draws = 1 << 16
	for i := range uint64(draws) { // evenly over all that 64 bits can say
		n[c.of(i<<48)]++
	}
	for i, w := range weights {
		if got := float64(n[i]) / draws; math.Abs(got-w/10) > 0.001 {
			t.Errorf("value %d: %.4f, want %.4f", i, got, w/10)
		}
	}
}

func TestBadFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{}, {"--out", "x", "--size", "XL"}, {"--out", "x", "--layout", "random"}, {"--out", "x", "--ids", "uuid"},
		{"--out", "x", "--codec", "lzo"}, {"--out", "x", "--jobs", "0"}, {"--out", "x", "--events", "-1"}, {"--out", "x", "more"},
	} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
