// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"

	"github.com/throng-dp/throng/audience/rule"
)

const timestamp = rule.Timestamp

// stats are what a footer says of the values of one chunk of 64-bit integers.
type stats struct {
	min, max       int64
	nulls          int64
	hasMin, hasMax bool
	hasNulls       bool
}

// readStats reads the newer fields alone: of the older ones nobody knows the
// order that they are meant in.
func readStats(c *compact) stats {
	var s stats
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 3:
			s.nulls, s.hasNulls = c.number(typ), true
		case id == 5 && typ == thriftBinary:
			s.max, s.hasMax = readBound(c)
		case id == 6 && typ == thriftBinary:
			s.min, s.hasMin = readBound(c)
		default:
			return false
		}
		return true
	})
	return s
}

func readBound(c *compact) (int64, bool) {
	b := c.skipBytes(c.uvarint())
	if len(b) != 8 {
		return 0, false
	}
	return int64(binary.LittleEndian.Uint64(b)), true
}

// Span returns the first and the last time of a column in the unit, as its
// footer has them, if no row lacks one. It trusts the footer: whoever leaves a
// column unread for it must have no other reason to read it. Days without a
// time and times without a zone have none.
func (u Unit) Span(column string) (first, last int64, ok bool) {
	i, ok := u.file.visible[column]
	if !ok || u.file.keys[column] != nil {
		return 0, 0, false
	}
	l, s := &u.file.leaves[i], &u.group.chunks[i].stats
	if l.physical != physInt64 || u.table.kinds[column] != timestamp || !s.hasMin || !s.hasMax ||
		l.repetition == optional && (!s.hasNulls || s.nulls != 0) {
		return 0, 0, false
	}
	c := converter{leaf: l, kind: timestamp}
	unit, local := c.timeUnit()
	if local || s.min > s.max {
		return 0, 0, false
	}
	for _, t := range []int64{s.min, s.max} {
		micros, fits := scaled(t, unit)
		if !fits || micros < firstDay*day || micros >= (lastDay+1)*day {
			return 0, 0, false
		}
		if t == s.min {
			first = micros
		}
		last = micros
	}
	return first, last, true
}

// Instant returns a column whose rows all have one time, for a batch that was
// read without it.
func Instant(t int64) *Vector {
	d := constant(timestamp)
	d.Null, d.Int = append(d.Null, false), append(d.Int, t)
	return &Vector{Kind: timestamp, Dict: d, Index: allFirst[:], Same: true}
}
