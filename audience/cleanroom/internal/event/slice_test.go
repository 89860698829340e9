// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"

	"github.com/throng-dp/throng/audience/rule"
)

// stretches are numbers below most, in runs and in none.
func stretches(r *rand.Rand, n, most int) []int32 {
	var all []int32
	for len(all) < n {
		x := int32(r.IntN(most))
		for range 1 + r.IntN(40)*r.IntN(2) + r.IntN(100_000)*(1-min(1, r.IntN(200))) {
			all = append(all, x)
		}
	}
	return all[:n]
}

// TestSlicesAreThePage decodes pages whole and in slices, of indexes and of plain
// values, with nulls and without.
func TestSlicesAreThePage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		n, entries := 1+r.IntN(3*sliceRows), 1+r.IntN(600)
		l := &leaf{element: element{physical: physInt64, repetition: int32(r.IntN(2)), converted: -1}}
		conv := converter{leaf: l, kind: rule.Int}
		if plainKind := r.IntN(3); plainKind == 1 {
			l.physical, conv.kind = physDouble, rule.Double
		} else if plainKind == 2 {
			l.physical, l.converted, conv.kind = physBytes, 0, rule.String
		}
		h := &pageHeader{typ: []int32{pageData, pageDataV2}[r.IntN(2)], values: int32(n)}
		have := n
		var levels []byte
		if l.repetition == optional {
			seats := stretches(r, n, 2)
			bytes := make([]byte, n)
			have = 0
			for i, s := range seats {
				bytes[i] = byte(s)
				have += int(s)
			}
			var err error
			if levels, err = (&rle.Encoding{BitWidth: 1}).EncodeLevels(nil, bytes); err != nil {
				t.Fatal(err)
			}
		}
		h.nulls = int32(n - have)
		plain := r.IntN(2) == 0
		data := plainValues(r, l, have)
		if !plain {
			var err error
			if data, err = parquet.RLEDictionary.EncodeInt32(nil, stretches(r, have, entries)); err != nil {
				t.Fatal(err)
			}
		}
		body := data
		if h.typ == pageData && l.repetition == optional {
			body = append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(levels))), levels...), data...)
		}
		whole := &reader{conv: conv, plain: plain, dict: &Dict{Null: make([]bool, entries+1)}}
		sliced := &reader{conv: conv, plain: plain, dict: whole.dict}
		rest := body
		if l.repetition == optional {
			var err error
			if rest, _, err = whole.levels(h, levels, body); err != nil {
				t.Fatal(err)
			}
		}
		decode := func() error { return whole.indexPage(rest, n, have) }
		if plain {
			decode = func() error { return whole.plainPage(h, rest, n, have) }
		}
		if err := decode(); err != nil {
			t.Fatal(err)
		}
		if err := sliced.slice(h, levels, body); err != nil {
			t.Fatal(err)
		}
		for sliced.slices != nil {
			if err := sliced.nextSlice(); err != nil {
				t.Fatal(err)
			}
		}
		if sliced.count != n || !slices.Equal(sliced.index, whole.index) || !slices.Equal(sliced.null, whole.null) || !slices.Equal(sliced.vals.ints, whole.vals.ints) ||
			!slices.Equal(sliced.vals.doubles, whole.vals.doubles) || !slices.Equal(sliced.vals.texts, whole.vals.texts) {
			t.Fatalf("%d rows, %d values, plain %v, type %d: the slices are not the page", n, have, plain, l.physical)
		}
	}
}

func plainValues(r *rand.Rand, l *leaf, n int) (data []byte) {
	for range n {
		if l.physical == physBytes {
			data = append(binary.LittleEndian.AppendUint32(data, 2), byte('a'+r.IntN(3)), byte('a'+r.IntN(3)))
		} else {
			data = binary.LittleEndian.AppendUint64(data, r.Uint64()>>2)
		}
	}
	return data
}
