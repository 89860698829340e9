// SPDX-License-Identifier: Apache-2.0

package event

// shifted writes indexes, each more by one; false: one is beyond the entries.
func shifted(to []uint32, picks []int32, entries int) bool {
	to = to[:len(picks)]
	done, ok := shiftedFast(to, picks, entries)
	last, beyond := int64(entries)-1, int64(0)
	for i, x := range picks[done:] {
		to[done+i] = uint32(x) + 1
		beyond |= last - int64(uint32(x)) // negative where one is
	}
	return ok && beyond >= 0
}
