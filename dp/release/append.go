// SPDX-License-Identifier: Apache-2.0

package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"
)

// A release is mostly cells, up to hundreds of thousands of them. They are written
// by hand, as encoding/json would write them; everything else it writes itself.

// noTables is how a release without tables says so. A text in it cannot read
// thus: its quotes are escaped.
var noTables = []byte(`"tables":null`)

// marshal returns a valid release's JSON.
func (r *Release) marshal() ([]byte, error) {
	head := *r
	head.Tables = nil
	text, err := json.Marshal(&head)
	if err != nil || r.Tables == nil {
		return text, err
	}
	before, after, ok := bytes.Cut(text, noTables)
	if !ok {
		return nil, errors.New("a release has no place for its tables")
	}
	size := len(text)
	for i := range r.Tables {
		size += 100 + 150*(len(r.Tables[i].Cells)+len(r.Tables[i].AtLeast))
	}
	b := append(make([]byte, 0, size), before...)
	b = append(b, `"tables":[`...)
	for i := range r.Tables {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = r.Tables[i].append(b); err != nil {
			return nil, err
		}
	}
	return append(append(b, ']'), after...), nil
}

// append appends a table's JSON.
func (t *Table) append(b []byte) (_ []byte, err error) {
	b = AppendText(append(b, `{"kind":`...), t.Kind)
	if len(t.Segments) > 0 {
		b = appendTexts(append(b, `,"segments":`...), t.Segments)
	}
	if len(t.By) > 0 {
		b = appendTexts(append(b, `,"by":`...), t.By)
	}
	if t.Of != "" {
		b = AppendText(append(b, `,"of":`...), t.Of)
	}
	if len(t.Bins) > 0 {
		b = appendBins(append(b, `,"bins":`...), t.Bins)
	}
	if t.Unit != "" {
		b = AppendText(append(b, `,"unit":`...), t.Unit)
	}
	if t.Decimals != 0 {
		b = strconv.AppendInt(append(b, `,"decimals":`...), int64(t.Decimals), 10)
	}
	if t.Clip != nil {
		b = strconv.AppendInt(append(b, `,"clip":{"min":`...), t.Clip.Min, 10)
		b = append(strconv.AppendInt(append(b, `,"max":`...), t.Clip.Max, 10), '}')
	}
	if t.Step != 0 {
		b = strconv.AppendInt(append(b, `,"step":`...), t.Step, 10)
	}
	if len(t.Among) > 0 {
		b = appendTexts(append(b, `,"among":`...), t.Among)
	}
	if t.Picked {
		b = append(b, `,"picked":true`...)
	}
	if t.Found != nil {
		found, err := json.Marshal(t.Found)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"found":`...), found...)
	}
	b = append(b, `,"cells":`...)
	if t.Cells == nil {
		b = append(b, "null"...)
	} else {
		for i := range t.Cells {
			b = append(t.Cells[i].append(append(b, "[,"[min(i, 1)])), '}')
		}
		b = closed(b, len(t.Cells))
	}
	if t.Share != nil {
		b = t.Share.append(append(b, `,"share":`...))
	}
	if len(t.AtLeast) > 0 {
		b = append(b, `,"at_least":`...)
		for i := range t.AtLeast {
			b = append(t.AtLeast[i].Cell.append(append(b, "[,"[min(i, 1)])), `,"share":`...)
			b = append(t.AtLeast[i].Share.append(b), '}')
		}
		b = append(b, ']')
	}
	return append(b, '}'), nil
}

// closed ends a list of n elements, whose opening bracket stands before the first.
func closed(b []byte, n int) []byte {
	if n == 0 {
		b = append(b, '[')
	}
	return append(b, ']')
}

// append appends a cell's JSON, but for the brace that ends it.
func (c *Cell) append(b []byte) []byte {
	b = append(b, '{')
	if len(c.Key) > 0 {
		b = append(appendTexts(append(b, `"key":`...), c.Key), ',')
	}
	b = appendInt(append(b, `"estimate":`...), c.Estimate)
	b = appendInt(append(b, `,"lower":`...), c.Lower)
	b = appendInt(append(b, `,"upper":`...), c.Upper)
	b = appendReal(append(b, `,"unbiased":`...), c.Unbiased)
	b = appendReal(append(b, `,"stddev":`...), c.StdDev)
	b = AppendText(append(b, `,"status":`...), c.Status)
	b = strconv.AppendBool(append(b, `,"readable":`...), c.Readable)
	if c.RankError != nil {
		b = appendReal(append(b, `,"rank_error":`...), c.RankError)
	}
	return b
}

func (f *Fraction) append(b []byte) []byte {
	if f == nil {
		return append(b, "null"...)
	}
	b = appendReal(append(b, `{"estimate":`...), &f.Estimate)
	b = appendReal(append(b, `,"lower":`...), &f.Lower)
	return append(appendReal(append(b, `,"upper":`...), &f.Upper), '}')
}

func appendBins(b []byte, bins []float64) []byte {
	for i := range bins {
		b = appendReal(append(b, "[,"[min(i, 1)]), &bins[i])
	}
	return append(b, ']')
}

func appendTexts(b []byte, texts []string) []byte {
	for i, s := range texts {
		b = AppendText(append(b, "[,"[min(i, 1)]), s)
	}
	return closed(b, len(texts))
}

// AppendText appends a text as encoding/json writes it. What has to be escaped, and
// what is no ASCII, is left to encoding/json.
func AppendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, _ := json.Marshal(s) // a string never fails
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func appendInt(b []byte, n *int64) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, *n, 10)
}

// appendReal writes a finite number as encoding/json does, which is as ECMAScript
// does.
func appendReal(b []byte, x *float64) []byte {
	if x == nil {
		return append(b, "null"...)
	}
	abs := math.Abs(*x)
	if abs == 0 || abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(b, *x, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, *x, 'e', -1, 64)
	if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' { // e-09 is e-9
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}
