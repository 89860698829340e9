// SPDX-License-Identifier: Apache-2.0

// Package bitmatrix turns matrices of bits over: what stands in rows of people
// comes to stand in rows of what is asked of them, and the other way round.
package bitmatrix

// Turn turns 64 words over: afterwards bit i of word j is what bit j of word i
// was. Of fewer words, a power of two from 8 on, it turns squares over that lie
// side by side: of 16 words, bits 0 to 15 of all, bits 16 to 31 of all, and so on.
//
// The halves that stand crosswise are exchanged, then the quarters inside them,
// and so on (Hacker's Delight, 7-3).
func Turn(m []uint64) {
	for size := len(m) / 2; size > 0; size /= 2 {
		mask := ^uint64(0) / (1<<size + 1) // every other run of size bits, the lowest first
		for at := 0; at+2*size <= len(m); at += 2 * size {
			low, high := m[at:at+size], m[at+size:at+2*size]
			high = high[:len(low)]
			shift := uint(size) & 63
			for i, x := range low {
				t := (x>>shift ^ high[i]) & mask
				low[i] ^= t << shift
				high[i] ^= t
			}
		}
	}
}
