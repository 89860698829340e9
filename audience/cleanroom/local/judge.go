// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"math/bits"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/cleanroom/internal/bound"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// look is how many people rules are answered for at once; a multiple of 64.
const look = 1024

// judge answers the rules for everybody, bounds, and hands over the blocks.
func (r *run) judge(ctx context.Context, to sink) error {
	stripes := r.people.stripes
	return each(ctx, r.workers, stripes, "answering rules", func() func(context.Context, int) error {
		b := r.newBench()
		return func(ctx context.Context, i int) error {
			return to(i, stripes, func(add func(*dp.Block) error) error {
				for _, s := range r.people.stripe(i) {
					if err := b.try(ctx, s, add); err != nil {
						return err
					}
				}
				return nil
			})
		}
	})
}

// A bench judges the people of one shard after the other.
type bench struct {
	plan     *plan.Plan
	judge    *segment.Judge
	chooser  *bound.Chooser // nil: there is no cap
	purposes []int          // of each segment, its place among the plan's
	several  bool           // purposes: else who opted out of the one is not there
	in       []segment.Bitmap
	block    dp.Block
	names    []func(rule.Value) string // of each band whose values nobody declared
}

func (r *run) newBench() *bench {
	p := r.in.Plan
	b := &bench{plan: p, judge: r.data.program.NewJudge(), in: make([]segment.Bitmap, len(p.Segments))}
	all := p.Purposes()
	b.several = len(all) > 1
	for i := range p.Segments {
		b.purposes = append(b.purposes, slices.Index(all, p.PurposeOf(i)))
	}
	var over []uint32
	if p.Privacy.MaxSegments < len(p.Segments) {
		ids := make([]string, len(p.Segments))
		for i, s := range p.Segments {
			ids[i] = s.ID
		}
		b.chooser = bound.NewChooser(r.in.BoundKey, ids, p.Privacy.MaxSegments)
		over = make([]uint32, 64)
	}
	b.block = dp.Block{Kept: make([]uint64, len(p.Segments)), Cells: make([][]uint32, len(p.Bands)), Amounts: make([][]int64, len(p.Totals)),
		Points: make([][]uint32, len(p.Grids)), Over: over}
	b.block.Names = make([][]string, len(p.Bands))
	b.names = make([]func(rule.Value) string, len(p.Bands))
	for i := range p.Bands {
		if p.Bands[i].Unknown {
			b.block.Names[i], b.names[i] = make([]string, 64), remembered(p.Bands[i].Name)
			continue
		}
		b.block.Cells[i] = make([]uint32, 64)
	}
	for i := range b.block.Points {
		b.block.Points[i] = make([]uint32, 64)
	}
	for i := range b.block.Amounts {
		b.block.Amounts[i] = make([]int64, 64)
	}
	return b
}

func (b *bench) try(ctx context.Context, s *shard, add func(*dp.Block) error) error {
	s.grow()
	for first := 0; first < s.state.People; first += look {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(look, s.state.People-first)
		b.judge.Look(s.state, first, n)
		for i := range b.in {
			b.in[i] = b.judge.In(i)
		}
		for at := 0; at < n; at += 64 {
			b.fill(s, first, at, min(64, n-at))
			if err := add(&b.block); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill fills the block with n people, the first of whom is at behind first.
func (b *bench) fill(s *shard, first, at, n int) {
	b.block.People = n
	for i, in := range b.in {
		b.block.Kept[i] = in[at>>6]
	}
	if b.several && s.people.choice != nil {
		b.refuse(s, first+at, n)
	}
	if b.chooser != nil {
		b.bound(s, first+at, n)
	}
	lets := 0
	for i := range b.plan.Bands {
		if b.names[i] != nil {
			b.block.Names[i] = b.block.Names[i][:n]
			b.judge.Names(lets, at, b.names[i], b.block.Names[i])
			lets++
			continue
		}
		b.block.Cells[i] = b.block.Cells[i][:n]
		b.judge.Cells(lets, at, b.plan.Bands[i].Cell, b.block.Cells[i])
		lets++
	}
	for i := range b.plan.Totals {
		amounts := b.block.Amounts[i][:n]
		for p := range amounts {
			amounts[p] = b.plan.Totals[i].Units(b.judge.Let(lets, at+p))
		}
		b.block.Amounts[i] = amounts
		lets++
	}
	for i := range b.plan.Grids {
		points := b.block.Points[i][:n]
		for p := range points {
			points[p] = uint32(b.plan.Grids[i].Point(b.judge.Let(lets, at+p)))
		}
		b.block.Points[i] = points
		lets++
	}
}

// refuse takes people out of the segments whose purpose they opted out of.
func (b *bench) refuse(s *shard, first, n int) {
	for p := range n {
		of := s.refused(first + p)
		if of == 0 {
			continue
		}
		for i, purpose := range b.purposes {
			if of>>purpose&1 == 1 {
				b.block.Kept[i] &^= 1 << p
			}
		}
	}
}

// rememberedNames is how many texts a worker keeps the names of: making one looks
// at it several times.
const rememberedNames = 1 << 14

// remembered keeps the names of the last texts.
func remembered(name func(rule.Value) string) func(rule.Value) string {
	known := map[string]string{}
	return func(v rule.Value) string {
		text, ok := v.(string)
		if !ok {
			return name(v)
		}
		n, ok := known[text]
		if !ok {
			if len(known) >= rememberedNames {
				clear(known)
			}
			n = name(v)
			known[strings.Clone(text)] = n
		}
		return n
	}
}

// bound takes the people over the cap out of the segments they are not kept in.
func (b *bench) bound(s *shard, first, n int) {
	var segments []int
	for p := range n {
		segments = segments[:0]
		for i, kept := range b.block.Kept {
			if kept>>p&1 == 1 {
				segments = append(segments, i)
			}
		}
		if b.block.Over[p] = 0; len(segments) <= b.chooser.Most() {
			continue
		}
		b.block.Over[p] = uint32(len(segments) - b.chooser.Most())
		for _, i := range segments {
			b.block.Kept[i] &^= 1 << p
		}
		for _, i := range b.chooser.Keep(string(s.key(nil, first+p)), segments) {
			b.block.Kept[i] |= 1 << p
		}
	}
}

// powerOfTwo returns the smallest power of two that is not below n.
func powerOfTwo(n int64) int64 {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len64(uint64(n-1))
}
