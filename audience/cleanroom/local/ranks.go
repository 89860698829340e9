// SPDX-License-Identifier: Apache-2.0

package local

import "math/bits"

// ranks is a hash table of people of whom nobody joins any more. They are numbered
// in the order of their slots, so a table need not hold numbers: it knows which
// slots are taken, one bit each, and how many are before every 32 of them. That is
// four bytes a person, a third of what numbers take where slots are as sparse.
// Collisions go to the next slot, whose person has the next number.
type ranks struct {
	words []uint64 // of 32 slots: those that are taken, and above how many are before
	slots uint64
}

// sparse is how many slots there are for each person.
const sparse = 16

// home returns the slot where the search for a hash begins: rising with it.
func (r *ranks) home(hash uint32) uint32 { return uint32(uint64(hash) * r.slots >> 32) }

// in tells whether a slot is taken, and by whom if so.
func (r *ranks) in(slot uint32) (number uint32, taken bool) {
	w, bit := r.words[slot>>5], uint64(1)<<(slot&31)
	return uint32(w>>32) + uint32(bits.OnesCount32(uint32(w)&uint32(bit-1))), w&bit != 0
}

// newRanks returns a table of so many people. home tells each one's slot, and
// never falls from one to the next.
func newRanks(people int, slots uint64, home func(number int) uint32) ranks {
	r := ranks{words: make([]uint64, 0, slots/32+2), slots: slots}
	next := uint32(0) // the first slot that is free, as are all behind it
	for number := range people {
		slot := max(home(number), next)
		for len(r.words) <= int(slot>>5) {
			r.words = append(r.words, uint64(number)<<32)
		}
		r.words[slot>>5] |= 1 << (slot & 31)
		next = slot + 1
	}
	// A search that begins anywhere ends at a slot that is free.
	for len(r.words) <= int(max(uint64(next), slots)>>5) {
		r.words = append(r.words, uint64(people)<<32)
	}
	return r
}

// slotsOf returns how many slots a table of so many people has.
func slotsOf(people int) uint64 { return min(uint64(people)*sparse, 1<<31) }

// byHome sorts numbers by their hashes' slots, and keeps the order of those that
// have the same: two passes over ten bits or more each.
func byHome(homes []uint32, slots uint64) (order []uint32) {
	half := max(1, (bits.Len64(slots)+1)/2)
	order, from := make([]uint32, len(homes)), make([]uint32, len(homes))
	for i := range from {
		from[i] = uint32(i)
	}
	for pass := range 2 {
		shift, mask := half*pass, uint32(1)<<half-1
		starts := make([]uint32, mask+2)
		for _, home := range homes {
			starts[home>>shift&mask+1]++
		}
		for i := range starts[1:] {
			starts[i+1] += starts[i]
		}
		for _, number := range from {
			at := &starts[homes[number]>>shift&mask]
			order[*at] = number
			*at++
		}
		order, from = from, order
	}
	return from
}
