// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
)

// Tallies are the exact counts of one plan. They can be added to and merged,
// never read: neither a number nor which cells exist. Publish lets them out,
// with noise.
type Tallies struct {
	// The counts stand behind two pointers because fmt prints nested unexported
	// fields by reflection, whatever their Format method says. It follows no
	// pointer below the top level; but a verb that does not suit a pointer (%s)
	// makes it start at the top level again, with what stands there.
	seal *seal
}

type seal struct{ in *tallies }

// open returns what is in the tallies; nil for the zero value.
func (t Tallies) open() *tallies {
	if t.seal == nil {
		return nil
	}
	return t.seal.in
}

type tallies struct {
	mu       sync.Mutex
	digest   [32]byte // of the plan that was priced
	workload [32]byte // fingerprint, the bound included
	layout   *layout
	tables   []Table
	grids    []Grid
	shards   int
	have     map[int]bool // whose people are in here
	counts   []int64      // laid out by layout
	found    *found       // of categories that nobody declared
	used     bool         // published, or merged into others
}

const hidden = "dp.Tallies(hidden)"

// Format prints nothing of the counts, whatever the verb.
func (Tallies) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// LogValue logs nothing of the counts.
func (Tallies) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText refuses, and with it every encoder of the standard library.
func (Tallies) MarshalText() ([]byte, error) { return nil, errSealed }

// GobEncode refuses.
func (Tallies) GobEncode() ([]byte, error) { return nil, errSealed }

var (
	errSealed = errors.New("dp: tallies travel sealed or not at all")
	errUsed   = errors.New("dp: tallies that were published or merged already")
	errEmpty  = errors.New("dp: tallies of nothing; only a builder makes them")
	errOthers = errors.New("dp: tallies of another plan or workload")
)

// Merge adds the people of u. It refuses tallies of another plan or workload,
// and shards that t has already: a retried shard must not count twice. Both
// stay as they were when it refuses; u is used up when it does not.
func (t Tallies) Merge(u Tallies) error {
	into, from := t.open(), u.open()
	switch {
	case into == nil || from == nil:
		return errEmpty
	case into == from:
		return errors.New("dp: a shard of people is counted already")
	}
	into.mu.Lock()
	defer into.mu.Unlock()
	// Two goroutines that merge t into u and u into t at once are a fault of
	// the engine; TryLock turns it into an error instead of a deadlock.
	if !from.mu.TryLock() {
		return errors.New("dp: tallies in use")
	}
	defer from.mu.Unlock()
	return into.merge(from)
}

func (t *tallies) merge(u *tallies) error {
	switch {
	case t.used || u.used:
		return errUsed
	case t.digest != u.digest, t.workload != u.workload, t.shards != u.shards:
		return errOthers
	}
	for shard := range u.have {
		if t.have[shard] {
			return errors.New("dp: a shard of people is counted already")
		}
	}
	if t.counts[t.layout.people]+u.counts[u.layout.people] > MaxPeople {
		return errCrowd
	}
	for shard := range u.have {
		t.have[shard] = true
	}
	for i, n := range u.counts {
		t.counts[i] += n
	}
	t.found.merge(u.found)
	u.drop()
	return nil
}

// drop uses the tallies up and forgets the counts.
func (t *tallies) drop() {
	t.used = true
	clear(t.counts)
	t.counts, t.found = nil, nil
}

// consume hands the counts of complete tallies to a publication, once.
func (t Tallies) consume(s *Strategy) ([]int64, error) {
	counts, _, err := t.consumeAll(s)
	return counts, err
}

// consumeAll does so with the categories that were found.
func (t Tallies) consumeAll(s *Strategy) ([]int64, *found, error) {
	in := t.open()
	if in == nil {
		return nil, nil, errEmpty
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.used {
		return nil, nil, errUsed
	}
	counts, categories := in.counts, in.found
	in.used, in.counts, in.found = true, nil, nil
	switch {
	case in.digest != s.digest, in.workload != s.fingerprint:
		return nil, nil, errOthers
	case len(in.have) != in.shards:
		return nil, nil, errors.New("dp: tallies lack a shard of people")
	}
	return counts, categories, nil
}

// ExactForTest returns the exact cells of the tallies in the workload's order;
// a mean's cell repeats its sum, a table of commonest cells has all of them, one
// of quantiles the people of each point of its grid, and one of unknown
// categories none: see FoundForTest. It exists for tests alone, which is why it
// asks for one: a program that was not built by go test gets a panic, whatever
// it passes for tb.
func ExactForTest(tb testing.TB, t Tallies) []int64 {
	tb.Helper()
	in := t.openForTest(tb)
	defer in.mu.Unlock()
	var cells []int64
	for i, first := range in.layout.tableFirst {
		if first == none {
			continue
		}
		table, n := &in.tables[i], 1
		if len(table.By) > 0 {
			n = in.layout.cells[in.layout.crossing(table.By)]
		}
		if table.Kind == Quantiles {
			n = in.grids[table.Grid].Points
		}
		cells = append(cells, in.counts[first:first+n]...)
	}
	return cells
}

// FoundForTest returns, for each table of the workload, the people of each
// category that was found; nil for tables of declared ones. Like ExactForTest it
// answers tests alone.
func FoundForTest(tb testing.TB, t Tallies) []map[string]int64 {
	tb.Helper()
	in := t.openForTest(tb)
	defer in.mu.Unlock()
	out := make([]map[string]int64, len(in.layout.foundAt))
	for i, at := range in.layout.foundAt {
		if at != none {
			out[i] = in.found.named(at)
		}
	}
	return out
}

// openForTest returns what is in tallies, locked, to a test.
func (t Tallies) openForTest(tb testing.TB) *tallies {
	tb.Helper()
	if !testing.Testing() {
		panic("dp: exact counts are for tests alone")
	}
	in := t.open()
	if in == nil {
		tb.Fatal(errEmpty)
	}
	in.mu.Lock()
	if in.used {
		in.mu.Unlock()
		tb.Fatal(errUsed)
	}
	return in
}
