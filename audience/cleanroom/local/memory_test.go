// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/rule"
)

const memoryPlan = `
throng: 1
name: memory
data:
  events:
    visits: {files: visits.parquet, person: who, time: atID}
  opt_outs: {files: out.csv, person: who}
  PEOPLE
purpose: ads
lookback: 10d
privacy: {account: a, epsilon: 1, delta: 1e-8, min_reach: 100}
segments:
  - {id: often, rule: "visits.size() > 20"}
  - {id: much, rule: "visits.sum(v, v.n) > visits.count(v, v.n > 3)"}
  - {id: last, rule: 'visits.latest(v, v.s) == "a"'}
  - {id: many, rule: "visits.distinct(v, v.s) > 3"}
release: [reach]
`

// memoryData are so many rows of people whose keys are so long. Every id is
// there so often.
func memoryData(t *testing.T, rows, rowsOfOne, keyBytes, times int) string {
	dir := t.TempDir()
	text := func(name string) rule.Column { return rule.Column{Name: name, Kind: rule.String} }
	f := &tableFile{columns: []rule.Column{text("who"), {Name: "at", Kind: rule.Timestamp}, text("key"), {Name: "n", Kind: rule.Int}, text("s")},
		plain: map[string]bool{"who": true, "key": true, "s": true}, group: 1 << 16}
	people := &tableFile{columns: []rule.Column{text("who"), text("home")}, plain: map[string]bool{"who": true}}
	key := func(p int) string { return fmt.Sprintf("%0*d", keyBytes, p) }
	at := date(t, "2011-12-05")
	for i := range rows {
		p := i / times % (rows / rowsOfOne)
		f.rows = append(f.rows, []rule.Value{key(p), at.Add(time.Duration(i) * time.Second), fmt.Sprint("id", i/times), int64(i % 100), fmt.Sprint("text", i)})
	}
	out := []string{"who"}
	for p := range rows / rowsOfOne {
		people.rows = append(people.rows, []rule.Value{key(p), fmt.Sprint("home", p)})
		if p%3 == 0 {
			out = append(out, key(p)+"x") // of somebody else: everybody counts
		}
	}
	f.write(t, dir+"/visits.parquet")
	people.write(t, dir+"/people.parquet")
	if err := os.WriteFile(dir+"/out.csv", []byte(strings.Join(out, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestNeedIsNotTooHopeful compares what --memory is held against with what a run
// takes: the most bytes that stood in the heap, garbage included.
func TestNeedIsNotTooHopeful(t *testing.T) {
	const rows = 60_000
	for _, test := range []struct {
		name                       string
		rowsOfOne, keyBytes, times int
		id, people                 bool
	}{
		{"events", 10, 12, 1, false, false},
		{"everybody once", 1, 12, 1, false, false},
		{"long keys", 2, 60, 1, false, true},
		{"people", 4, 12, 1, false, true},
		{"ids", 10, 12, 1, true, true},
		{"repeated ids", 10, 12, 2, true, true},
		{"ids that are repeated often", 10, 60, 10, true, false},
	} {
		// A heap of tests that run beside would be measured, too: no t.Parallel.
		t.Run(test.name, func(t *testing.T) {
			dir := memoryData(t, rows, test.rowsOfOne, test.keyBytes, test.times)
			text := strings.Replace(memoryPlan, "ID", map[bool]string{true: ", id: key"}[test.id], 1)
			if test.people {
				text = strings.Replace(text, "PEOPLE", "people: {files: people.parquet, person: who}", 1)
				text = strings.Replace(text, "release:", `  - {id: home, rule: 'person.home != "home1"'}`+"\nrelease:", 1)
			} else {
				text = strings.Replace(text, "PEOPLE", "", 1)
			}
			in := inputFrom(t, dir, text)
			need := needOf(t, in)
			taken := peakOf(func() {
				exact(t, in)
			})
			t.Logf("%d KiB of %d KiB", taken>>10, need>>10)
			if taken > need {
				t.Errorf("takes %d bytes, more than the %d that were told", taken, need)
			}
			if need > 20*taken {
				t.Errorf("takes %d bytes, far below the %d that were told", taken, need)
			}
		})
	}
}

// needOf is what a run is told to need beyond what every run does.
func needOf(t *testing.T, in *cleanroom.Input) int64 {
	t.Helper()
	d, err := open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	choices, err := consent.Needs(t.Context(), in.Root, in.Plan.OptOuts, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := d.need(in.Workers)
	n.heap += choices
	return n.total() - atRest
}

// peakOf returns the most bytes that stood in the heap while work was done,
// beyond those before.
func peakOf(work func()) int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	read := func() int64 {
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	runtime.GC()
	before := read()
	peak, done, ended := before, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				peak = max(peak, read())
			}
		}
	}()
	work()
	close(done)
	<-ended
	return max(peak, read()) - before
}
