// SPDX-License-Identifier: Apache-2.0

package bitmatrix

import (
	"math/rand/v2"
	"testing"
)

// TestTurn holds the bits of random matrices of every size to the definition.
func TestTurn(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{8, 16, 32, 64} {
		for range 50 {
			m := make([]uint64, n)
			for i := range m {
				m[i] = random.Uint64()
			}
			was := append([]uint64(nil), m...)
			Turn(m)
			for i := range n {
				for j := range 64 {
					square := j / n * n
					if got, want := m[i]>>j&1, was[j-square]>>(square+i)&1; got != want {
						t.Fatalf("%d words: bit %d of word %d is %d, want %d", n, j, i, got, want)
					}
				}
			}
		}
	}
}
