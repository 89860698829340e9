// SPDX-License-Identifier: Apache-2.0

package local

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/rule"
)

// Rows that wait to be compared are packed: a tenth of what structs take. The
// form keeps order, so that rows compare as their bytes do: null first, numbers
// by value, strings by bytes, column by column.

const (
	packedNull  = 0
	packedValue = 1
	sign        = 1 << 63
)

// packCell appends the value in one row of a column.
func packCell(to []byte, v *event.Vector, row int) []byte {
	i, d, s, null := segment.At(v, row)
	if null {
		return append(to, packedNull)
	}
	to = append(to, packedValue)
	switch v.Kind {
	case rule.String:
		return packText(to, s)
	case rule.Double:
		return binary.BigEndian.AppendUint64(to, ordered(d))
	}
	return binary.BigEndian.AppendUint64(to, uint64(i)^sign)
}

// ordered maps doubles, of which none is NaN, to integers in their order.
func ordered(d float64) uint64 {
	b := math.Float64bits(d)
	if b&sign != 0 {
		return ^b
	}
	return b | sign
}

func unordered(b uint64) float64 {
	if b&sign != 0 {
		return math.Float64frombits(b &^ sign)
	}
	return math.Float64frombits(^b)
}

// packText ends a text with two zeros, and tells a zero inside by what follows.
func packText(to []byte, s string) []byte {
	for i := range len(s) {
		if to = append(to, s[i]); s[i] == 0 {
			to = append(to, 0xff)
		}
	}
	return append(to, 0, 0)
}

// unpackCells appends a packed row to vectors, of whose kinds its cells are.
func unpackCells(row string, to []*event.Vector) {
	for _, v := range to {
		var i int64
		var d float64
		var s string
		null := row[0] == packedNull
		row = row[1:]
		switch {
		case null:
		case v.Kind == rule.String:
			s, row = unpackText(row)
		default:
			b := binary.BigEndian.Uint64([]byte(row[:8]))
			i, d, row = int64(b^sign), unordered(b), row[8:]
		}
		v.Null, v.Int, v.Double, v.String = append(v.Null, null), append(v.Int, i), append(v.Double, d), append(v.String, s)
	}
}

func unpackText(row string) (text, rest string) {
	for at := 0; ; at++ {
		switch {
		case row[at] != 0:
		case row[at+1] == 0:
			return strings.ReplaceAll(row[:at], "\x00\xff", "\x00"), row[at+2:]
		default:
			at++
		}
	}
}
