// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"fmt"
	"math/bits"
)

// A Block is up to 64 whole people in transposed form: what the engine hands
// over, never loose cells.
type Block struct {
	People  int        // 1 to 64
	Kept    []uint64   // for each segment: bit p says that person p is counted in it
	Cells   [][]uint32 // for each attribute, for each person: the cell; of an Unknown one nothing
	Names   [][]string // for each attribute, of an Unknown one for each person: the category; empty is other
	Amounts [][]int64  // for each amount, for each person: the clipped total
	Points  [][]uint32 // for each grid, for each person: the nearest point
	Over    []uint32   // where it is told what the cap cuts off, for each person: segments that the person is not kept in
}

// A Builder fills the tallies of one shard of people. Only engines hold one.
// It is not safe for concurrent use: one builder a goroutine, merged at the end.
type Builder struct {
	// Behind two pointers, as in Tallies: of the block at hand it knows people.
	seal *filling
}

type filling struct{ in *builder }

type builder struct {
	tallies  *tallies
	workload *Workload
	used     []int // segments that are in a table
	told     bool  // whether it is told what the cap cuts off
	meeting  meeting

	crossed []crossed // of each crossing

	// Of the block at hand:
	cell  []uint32   // of one crossing, for each person
	whose [][]uint64 // of 64 of the used segments at a time, for each person: those that the person is in
}

// Format prints nothing of the counts, whatever the verb.
func (Builder) Format(f fmt.State, _ rune) { fmt.Fprint(f, "dp.Builder(hidden)") }

// MarshalText refuses.
func (Builder) MarshalText() ([]byte, error) { return nil, errSealed }

// GobEncode refuses.
func (Builder) GobEncode() ([]byte, error) { return nil, errSealed }

// Format prints nothing of the people, whatever the verb. The engine reads and
// writes the fields, so a block hides only where it is printed as itself.
func (Block) Format(f fmt.State, _ rune) { fmt.Fprint(f, "dp.Block(hidden)") }

// MarshalText refuses.
func (Block) MarshalText() ([]byte, error) { return nil, errSealed }

// GobEncode refuses.
func (Block) GobEncode() ([]byte, error) { return nil, errSealed }

var (
	errEnded = errors.New("dp: the builder has ended")
	errCrowd = errors.New("dp: more people than any tally may count")
)

// NewBuilder returns a builder for the people of one shard of a workload that
// s was priced for. Shards have disjoint people; 0 <= shard < shards.
func NewBuilder(s *Strategy, shard, shards int) *Builder {
	if shard < 0 || shard >= shards {
		panic("dp: no such shard")
	}
	b := &builder{
		workload: &s.workload,
		told:     s.workload.told(),
		meeting:  meeting{segments: s.workload.Segments},
		crossed:  make([]crossed, len(s.layout.crossings)),
		cell:     make([]uint32, 64),
		tallies: &tallies{
			digest: s.digest, workload: s.fingerprint, layout: s.layout, tables: s.workload.Tables, grids: s.workload.Grids,
			shards: shards, have: map[int]bool{shard: true},
			counts: make([]int64, s.layout.size), found: newFound(&s.workload, s.layout),
		},
	}
	for i, at := range s.layout.reach {
		if at != none {
			b.used = append(b.used, i)
		}
	}
	for range (len(b.used) + 63) / 64 {
		b.whose = append(b.whose, make([]uint64, 64))
	}
	return &Builder{&filling{b}}
}

// Add counts the people of one block. What goes beyond the workload's bounds
// (a cell, an amount, more segments than Bound) is a fault of the engine: the
// price was computed for less. Nothing of such a block is counted.
func (b *Builder) Add(block *Block) error {
	in := b.seal.in
	if in == nil {
		return errEnded
	}
	if err := in.check(block); err != nil {
		return err
	}
	in.add(block)
	return nil
}

// Tallies ends the builder.
func (b *Builder) Tallies() Tallies {
	in := b.seal.in
	if in == nil {
		return Tallies{}
	}
	b.seal.in = nil
	in.settle()
	return Tallies{&seal{in.tallies}}
}

// check refuses what the price was not computed for.
func (b *builder) check(k *Block) error {
	w := b.workload
	if k.People < 1 || k.People > 64 {
		return errors.New("dp: a block has 1 to 64 people")
	}
	if len(k.Kept) != w.Segments || len(k.Cells) != len(w.Attributes) || len(k.Amounts) != len(w.Amounts) || len(k.Points) != len(w.Grids) {
		return errors.New("dp: a block of another workload")
	}
	if b.tallies.counts[b.tallies.layout.people]+int64(k.People) > MaxPeople {
		return errCrowd
	}
	everybody := ^uint64(0) >> (64 - k.People)
	for _, kept := range k.Kept {
		if kept&^everybody != 0 {
			return errors.New("dp: a block keeps people that it does not have")
		}
	}
	if w.Bound < w.Segments && beyond(k.Kept, w.Bound) != 0 {
		return errors.New("dp: a person goes beyond the plan's bound")
	}
	if err := b.checkNames(k); err != nil {
		return err
	}
	for a, cells := range k.Cells {
		if w.Attributes[a] == Unknown {
			continue
		}
		if len(cells) < k.People {
			return fmt.Errorf("dp: attribute %d lacks people", a)
		}
		for _, c := range cells[:k.People] {
			if int(c) >= w.Attributes[a] {
				return fmt.Errorf("dp: a cell outside attribute %d", a)
			}
		}
	}
	if err := b.checkBounding(k); err != nil {
		return err
	}
	for g, points := range k.Points {
		if len(points) < k.People {
			return fmt.Errorf("dp: grid %d lacks people", g)
		}
		for _, p := range points[:k.People] {
			if int(p) >= w.Grids[g].Points {
				return fmt.Errorf("dp: a point outside grid %d", g)
			}
		}
	}
	for a, values := range k.Amounts {
		if len(values) < k.People {
			return fmt.Errorf("dp: amount %d lacks people", a)
		}
		for _, v := range values[:k.People] {
			if v < w.Amounts[a].Min || v > w.Amounts[a].Max {
				return fmt.Errorf("dp: a value outside the range of amount %d", a)
			}
		}
	}
	return nil
}

// beyond returns the people who are kept in more than bound segments. It counts
// all 64 at once: plane i of the counter holds bit i of everybody's count.
func beyond(kept []uint64, bound int) uint64 {
	planes := make([]uint64, bits.Len(uint(len(kept))))
	for _, carry := range kept {
		for i := 0; carry != 0; i++ {
			planes[i], carry = planes[i]^carry, planes[i]&carry
		}
	}
	// Compare from the highest plane down: over once a bit is set that the
	// bound lacks, while all higher ones agree.
	var over uint64
	equal := ^uint64(0)
	for i := len(planes) - 1; i >= 0; i-- {
		if bound>>i&1 == 0 {
			over |= equal & planes[i]
			equal &^= planes[i]
		} else {
			equal &= planes[i]
		}
	}
	return over
}

// add counts a block that check has passed.
func (b *builder) add(k *Block) {
	l, counts := b.tallies.layout, b.tallies.counts
	counts[l.people] += int64(k.People)
	b.addBounding(k)
	for _, s := range b.used {
		counts[l.reach[s]] += int64(bits.OnesCount64(k.Kept[s]))
	}
	b.turn(k)
	b.meet(k)
	for i, t := range l.triples {
		counts[l.triple[i]] += int64(bits.OnesCount64(k.Kept[t[0]] & k.Kept[t[1]] & k.Kept[t[2]]))
	}
	for c := range l.crossings {
		b.cross(k, c)
	}
	b.tallies.found.add(k)
	for g, points := range k.Points {
		for _, s := range b.used {
			if at := l.segGrid[s][g]; at != none {
				for kept := k.Kept[s]; kept != 0; kept &= kept - 1 {
					counts[at+int(points[bits.TrailingZeros64(kept)])]++
				}
			}
		}
	}
	for a, values := range k.Amounts {
		total := int64(0)
		for _, v := range values[:k.People] {
			total += v
		}
		counts[l.allAmount[a]] += total
		for _, s := range b.used {
			if at := l.segAmount[s][a]; at != none {
				counts[at] += sum(values, k.Kept[s])
			}
		}
	}
}

// locate finds everybody's cell of a crossing.
func (b *builder) locate(k *Block, by []int) {
	to := b.cell[:k.People]
	for i, a := range by {
		cells := k.Cells[a][:len(to)]
		if i == 0 {
			copy(to, cells)
			continue
		}
		size := uint32(b.workload.Attributes[a])
		for p, cell := range cells {
			to[p] = to[p]*size + cell
		}
	}
}

// sum adds the values of the people of a mask.
func sum(values []int64, mask uint64) int64 {
	total := int64(0)
	for ; mask != 0; mask &= mask - 1 {
		total += values[bits.TrailingZeros64(mask)]
	}
	return total
}
