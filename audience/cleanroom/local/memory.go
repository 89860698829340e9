// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"fmt"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// The need is told from the plan, from sizes of files and from what footers say
// of them, never from a row: whether a run is refused must not depend on what a
// person did. It is an upper estimate. Where only rows could tell (how many of
// the rows repeat an id, how many people there are behind events, how many
// texts differ), it takes the worst.
const (
	atRest     = 64 << 20 // whatever the plan
	pageBytes  = 8 << 20  // what a chunk has in memory at once, at the most: a dictionary, pages
	decoding   = 3        // copies of it: as the file has it, unpacked, decoded
	perSlot    = 11       // bytes a person: slots, of which a quarter is in use at the least
	perRank    = 4        // bytes a person of a table of people: slots, and how many people are before them
	perArrival = 16 + 12  // a key on its way, and the order of some
	roomFor17  = 17       // shards are not quite alike: room for 17 people
	roomFor16  = 16       // in place of 16
	garbage    = 2        // the collector begins when as much again has been allocated
	perHash    = 21       // a map of hashes, an entry, just after it doubled
	perHeld    = 76 + 32  // a map of two strings, an entry, just after it doubled; and what allocation rounds up
	perCell    = 9        // of a packed row
	shortText  = 16       // of a cell that is a text
	textGrowth = 2        // keys behind one another, in a piece that doubles
	perName    = 512      // of a category that nobody declared: the name and its number, in a shard and in all, and sorted
	perTied    = 60       // of a key: its code twice while tables grow, slots of which half are in use, tie, tree, owner
	perSpelt   = 100      // of a way to write a phone number: two hashes and two ids, growing likewise
	perFound   = 80       // of its people in a segment, in a shard and in all
)

// A need is what a run takes, in bytes.
type need struct {
	scan   int64 // pages on their way
	people int64 // what is allocated for all people at once
	counts int64 // histograms of quantiles: one set a worker, and one for all
	heap   int64 // what grows
}

func (n need) total() int64 { return atRest + n.scan + n.people + n.counts + garbage*n.heap }

// need estimates the memory of a run.
func (d *data) need(workers int) need {
	var n need
	var rows, keys int64
	of := d.program.Needs()
	for _, s := range d.events {
		if d.people != nil && !d.program.Needed(s.number) {
			continue
		}
		n.scan = max(n.scan, s.scan(workers))
		rows += s.rows()
		unpacked, _ := s.table.Unpacked(s.keys(), pageBytes)
		keys += unpacked
		n.heap += of.Texts * s.texts(s.columns)
		if s.id >= 0 {
			n.heap += s.repeats()
		}
	}
	people, room, slot := rows, &n.heap, int64(perSlot)
	if d.people != nil {
		n.scan = max(n.scan, d.people.scan(workers))
		people, room, slot = d.people.rows(), &n.people, perRank+perArrival
		keys, _ = d.people.table.Unpacked(d.people.keys(), pageBytes)
	}
	*room += people * (of.Record*roomFor17/roomFor16 + slot)
	n.heap += d.ties() + people*(of.Person+d.perPersonFound()) + rows*of.Row + textGrowth*min(keys, people*identity.MaxBytes)
	if d.people == nil {
		return n
	}
	for i := range d.people.columns {
		n.heap += segment.PoolText * d.people.texts(d.people.columns[i:i+1])
	}
	if d.people.age >= 0 {
		n.heap += 9 * people
	}
	n.counts = 8 * int64(d.points()) * int64(workers+1)
	return n
}

// ties is what it takes to tie keys and to remember how numbers are written.
func (d *data) ties() (n int64) {
	if d.plan.Identity == nil {
		return 0
	}
	n = d.texts.need()
	for _, s := range d.tying(identity.MaxEpochs) {
		columns, _ := s.keyColumns()
		n += s.rows() * int64(len(columns)+1) * perTied // a number may have two ids
	}
	for _, s := range append(slices.Clone(d.events), d.people, d.links) {
		if s != nil && s.phone >= 0 {
			n += s.rows() * perSpelt
		}
	}
	return n
}

// keys returns the columns that hold people's keys.
func (s *source) keys() (columns []string) {
	for _, at := range []int{s.person, s.phone} {
		if at >= 0 {
			columns = append(columns, s.read[at])
		}
	}
	return columns
}

// texts returns how many different texts columns may have: each stands in a file
// at least once, behind its length.
func (s *source) texts(columns []int) (n int64) {
	for _, c := range columns {
		if kindOf(s.table.Columns(), s.read[c]) == rule.String {
			bytes, _ := s.table.Unpacked([]string{s.read[c]}, 0)
			n += min(s.rows(), bytes/5)
		}
	}
	return n
}

// rows returns how many rows the source may have. A number beyond all reason is
// some number beyond all memory.
func (s *source) rows() int64 { return min(s.table.Rows(), 1<<40) }

// scan returns what readers of the source hold.
func (s *source) scan(workers int) int64 {
	_, largest := s.table.Unpacked(s.read, pageBytes)
	return int64(workers) * decoding * largest
}

// repeats returns what it takes to find rows that repeat an id: a hash of each,
// and if each is there twice, half of them.
func (s *source) repeats() int64 {
	rows := s.rows()
	row := int64(perCell)
	for _, c := range s.columns {
		row += perCell
		if kindOf(s.table.Columns(), s.read[c]) == rule.String {
			row += shortText
		}
	}
	ids, _ := s.table.Unpacked(append(s.keys(), s.read[s.id]), pageBytes)
	return rows*perHash + rows/2*(perHash+perHeld+row) + min(ids, rows/2*2*identity.MaxBytes)
}

// perPersonFound is what a person may bring of categories that nobody declared: a
// name of its own for each attribute, and a cell for each of its tables that are
// of a segment the person is kept in.
func (d *data) perPersonFound() int64 {
	names, tables := int64(0), int64(0)
	for i := range d.plan.Bands {
		if d.plan.Bands[i].Unknown {
			names++
		}
	}
	w := &d.plan.Workload
	for i := range w.Tables {
		if by := w.Tables[i].By; len(by) == 1 && w.Attributes[by[0]] == dp.Unknown {
			tables++
		}
	}
	return names*perName + min(tables, names*int64(w.Bound))*perFound
}

// points is how many points the histograms of quantiles have.
func (d *data) points() int {
	n := 0
	for i := range d.plan.Workload.Tables {
		if t := &d.plan.Workload.Tables[i]; t.Kind == dp.Quantiles {
			n += d.plan.Workload.Grids[t.Grid].Points
		}
	}
	return n
}

// fits refuses a need that is larger than the memory that may be used.
func (d *data) fits(ctx context.Context, in *cleanroom.Input) error {
	if in.Memory <= 0 {
		return nil
	}
	n := d.need(workersOf(in.Workers))
	choices, err := consent.Needs(ctx, in.Root, in.Plan.OptOuts, in.NeverRead)
	if err != nil {
		return err
	}
	n.heap += choices
	need := powerOfTwo(n.total())
	if need <= in.Memory {
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Code: "usage.memory", Where: "--memory",
		Msg:  fmt.Sprintf("the files ask for about %s", size(need)),
		Hint: fmt.Sprintf("allow --memory %s, or count fewer files", size(need))}
}

func size(n int64) string {
	for _, u := range []struct {
		name string
		of   int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}} {
		if n >= u.of {
			return fmt.Sprintf("%d%s", n/u.of, u.name)
		}
	}
	return fmt.Sprintf("%dB", n)
}

// bytes returns what a run reads in all, a table that is passed over twice
// twice.
func (d *data) bytes(epochs int) int64 {
	var n int64
	for _, s := range d.events {
		if d.people == nil || d.program.Needed(s.number) {
			n += s.table.Bytes()
		}
		if s.id >= 0 {
			n += s.table.Bytes()
		}
	}
	if d.people != nil {
		n += d.people.table.Bytes()
	}
	if d.plan.Identity != nil {
		for _, s := range d.tying(epochs) {
			n += s.table.Bytes()
		}
	}
	return n + d.texts.bytes()
}
