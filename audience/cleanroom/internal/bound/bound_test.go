// SPDX-License-Identifier: Apache-2.0

package bound_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/bound"
	"pgregory.net/rapid"
)

// smallest is the choice in so many words: hash everything, sort, cut.
func smallest(key []byte, person string, ids []string, segments []int, most int) []int {
	digest := func(s int) string {
		mac := hmac.New(sha256.New, key)
		for _, part := range []string{person, ids[s]} {
			mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			mac.Write([]byte(part))
		}
		return string(mac.Sum(nil))
	}
	kept := slices.Clone(segments)
	slices.SortFunc(kept, func(a, b int) int { return strings.Compare(digest(a), digest(b)) })
	kept = kept[:min(most, len(kept))]
	slices.Sort(kept)
	return kept
}

func TestKeepsTheSmallestHashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, "key")
		ids := rapid.SliceOfNDistinct(rapid.String(), 1, 12, rapid.ID[string]).Draw(t, "ids")
		most := rapid.IntRange(1, 12).Draw(t, "most")
		c := bound.NewChooser(key, ids, most)
		for range 3 {
			person := rapid.String().Draw(t, "person")
			var in []int
			for s := range ids {
				if rapid.Bool().Draw(t, "in") {
					in = append(in, s)
				}
			}
			want := smallest(key, person, ids, in, most)
			// The order in which segments are handed over must not matter.
			slices.Reverse(in)
			got := c.Keep(person, in)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("kept %v, want %v", got, want)
			}
		}
	})
}

func BenchmarkKeep(b *testing.B) {
	ids := make([]string, 50)
	all := make([]int, 50)
	for i := range ids {
		ids[i], all[i] = strings.Repeat("s", i+1), i
	}
	c := bound.NewChooser([]byte("key"), ids, 12)
	for b.Loop() {
		c.Keep("some-person", all)
	}
}
