// SPDX-License-Identifier: Apache-2.0

package event

import "math"

// shiftedFast is shifted for a multiple of eight of the first indexes, with
// instructions that every amd64 has. It returns how many it has done.
func shiftedFast(to []uint32, picks []int32, entries int) (done int, ok bool) {
	if done = len(picks) &^ 7; done == 0 || entries < 1 || entries > math.MaxInt32 {
		return 0, true
	}
	return done, shiftEights(&to[0], &picks[0], done, int32(entries-1)) == 0
}

// shiftEights writes n numbers, each more by one; not 0: one is negative or above
// last.
//
//go:noescape
func shiftEights(to *uint32, from *int32, n int, last int32) (beyond int32)
