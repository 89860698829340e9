// SPDX-License-Identifier: Apache-2.0

package dp

// Tallies are the exact counts of one plan. They can be added to and merged,
// never read: neither a number nor which cells exist. Publish lets them out,
// with noise.
type Tallies struct{ in *tallies }

type tallies struct{}

// A Block is up to 64 whole people in transposed form: what the engine hands
// over, never loose cells.
type Block struct {
	People  int        // 1 to 64
	Kept    []uint64   // for each segment: bit p says that person p is counted in it
	Cells   [][]uint32 // for each attribute, for each person: the cell
	Amounts [][]int64  // for each amount, for each person: the clipped total
}

// A Builder fills the tallies of one shard of people. Only engines hold one.
// It is not safe for concurrent use: one builder a goroutine, merged at the end.
type Builder struct{ in *tallies }

// NewBuilder returns a builder for the people of one shard of a workload that
// s was priced for. Shards have disjoint people; shard < shards.
func NewBuilder(s *Strategy, shard, shards int) *Builder { panic("contract: to be built") }

// Add counts the people of one block. What goes beyond the workload's bounds
// (a cell, an amount, more segments than Bound) is a fault of the engine: the
// price was computed for less.
func (b *Builder) Add(block *Block) error { panic("contract: to be built") }

// Tallies ends the builder.
func (b *Builder) Tallies() Tallies { panic("contract: to be built") }

// Merge adds the people of u. It refuses tallies of another plan or workload,
// and shards that t has already: a retried shard must not count twice.
func (t Tallies) Merge(u Tallies) error { panic("contract: to be built") }
