// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/throng-dp/throng/dp/release"
)

// A catalogue is mostly overlaps, and cells of breakdowns, up to hundreds of thousands
// of them. These are written by hand, as encoding/json would write them; everything
// else it writes itself, and leaves a place for them. A text cannot read like such a
// place: its quotes are escaped.
var (
	noSegments   = []byte(`"segments":null,"overlaps":null`)
	noBreakdowns = []byte(`"breakdowns":null`)
	noCells      = []byte(`"cells":null`)
)

// marshal returns a catalogue's JSON.
func (c *catalog) marshal() ([]byte, error) {
	head := *c
	head.Segments, head.Overlaps = nil, nil
	size := 150 * len(c.Overlaps)
	for i := range c.Segments {
		for k := range c.Segments[i].Breakdowns {
			size += 150 * len(c.Segments[i].Breakdowns[k].Cells)
		}
	}
	b := make([]byte, 0, size)
	return appendAround(b, &head, noSegments, func(b []byte) (_ []byte, err error) {
		b = append(b, `"segments":`...)
		for i := range c.Segments {
			if b, err = c.Segments[i].append(append(b, "[,"[min(i, 1)])); err != nil {
				return nil, err
			}
		}
		b = append(closed(b, len(c.Segments)), `,"overlaps":`...)
		for i := range c.Overlaps {
			b = append(b, "[,"[min(i, 1)])
			b = c.Overlaps[i].append(append(b, `{"segments":`...), c.Overlaps[i].Segments)
		}
		return closed(b, len(c.Overlaps)), nil
	})
}

func (s *segment) append(b []byte) ([]byte, error) {
	head := *s
	head.Breakdowns = nil
	return appendAround(b, &head, noBreakdowns, func(b []byte) (_ []byte, err error) {
		b = append(b, `"breakdowns":`...)
		for i := range s.Breakdowns {
			if b, err = s.Breakdowns[i].append(append(b, "[,"[min(i, 1)])); err != nil {
				return nil, err
			}
		}
		return closed(b, len(s.Breakdowns)), nil
	})
}

func (d *breakdown) append(b []byte) ([]byte, error) {
	head := *d
	head.Cells = nil
	return appendAround(b, &head, noCells, func(b []byte) ([]byte, error) {
		b = append(b, `"cells":`...)
		for i := range d.Cells {
			b = append(b, "[,"[min(i, 1)])
			b = d.Cells[i].append(append(b, `{"key":`...), d.Cells[i].Key)
		}
		return closed(b, len(d.Cells)), nil
	})
}

// appendAround appends the JSON of v, with what fill appends in the one place that
// reads like what is missing.
func appendAround(b []byte, v any, missing []byte, fill func(b []byte) ([]byte, error)) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	before, after, ok := bytes.Cut(text, missing)
	if !ok {
		return nil, errors.New("a catalogue has no place for its numbers")
	}
	if b, err = fill(append(b, before...)); err != nil {
		return nil, err
	}
	return append(b, after...), nil
}

// closed ends a list of n elements, whose opening bracket stands before the first.
func closed(b []byte, n int) []byte {
	if n == 0 {
		b = append(b, '[')
	}
	return append(b, ']')
}

// append appends the texts that say what a number is of, and the number; then the
// object ends.
func (n *number) append(b []byte, of []string) []byte {
	for i, s := range of {
		b = release.AppendText(append(b, "[,"[min(i, 1)]), s)
	}
	b = append(closed(b, len(of)), `,"estimate":`...)
	b = append(appendInt(b, n.Estimate), `,"lower":`...)
	b = append(appendInt(b, n.Lower), `,"upper":`...)
	b = append(appendInt(b, n.Upper), `,"unbiased":`...)
	b = append(appendDecimal(b, n.Unbiased), `,"stddev":`...)
	b = append(appendDecimal(b, n.StdDev), `,"status":`...)
	b = append(release.AppendText(b, n.Status), `,"readable":`...)
	return append(strconv.AppendBool(b, n.Readable), '}')
}

func appendInt(b []byte, n *int64) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, *n, 10)
}

func appendDecimal(b []byte, x *decimal) []byte {
	if x == nil {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, float64(*x), 'f', 1, 64)
}
