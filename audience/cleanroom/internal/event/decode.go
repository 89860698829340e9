// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/parquet-go/parquet-go/encoding/bitpacked"
	"github.com/parquet-go/parquet-go/encoding/rle"

	"github.com/throng-dp/throng/audience/rule"
)

// dictionary reads the dictionary page. Its entries are seen as rules see
// them, once for the whole chunk.
func (r *reader) dictionary(h *pageHeader) error {
	if h.encoding != encPlain && h.encoding != encPlainDictionary {
		return unknownEncoding()
	}
	if r.keys {
		return r.keyDictionary(h)
	}
	_, data, err := r.pages.read(h)
	if err != nil {
		return err
	}
	n := int(h.values)
	if w := r.conv.leaf.width(); w == 0 && n > 8*len(data) {
		return errShort // before memory for that many is asked for
	}
	r.raw.reset()
	if err := r.raw.decode(r.conv.leaf, encPlain, data, n); err != nil {
		return err
	}
	v := r.conv.convert(&r.raw)
	if r.reuse {
		r.keyInts = append(append(r.keyInts[:0], 0), v.ints...)
		r.dict = &Dict{ID: dicts.Add(1), Null: r.firstNull(n + 1), Int: r.keyInts}
		return nil
	}
	d := &Dict{ID: dicts.Add(1), Null: make([]bool, n+1)}
	d.Null[0] = true
	copy(d.Null[1:], v.null)
	switch r.conv.kind {
	case rule.Double:
		d.Double = append(make([]float64, 1, n+1), v.doubles...)
	case rule.String:
		d.String = append(make([]string, 1, n+1), v.texts...)
	default:
		d.Int = append(make([]int64, 1, n+1), v.ints...)
	}
	r.dict = d
	return nil
}

// keyDictionary reads a dictionary of texts that stay packed, into the memory of
// the chunk before this one.
func (r *reader) keyDictionary(h *pageHeader) error {
	t := &r.keyTexts
	t.Bytes, t.Spans = t.Bytes[:0], append(t.Spans[:0], Span{})
	_, at, data, err := t.unpack(r.pages, h)
	if err == nil {
		err = t.place(data, at, int(h.values))
	}
	if err != nil {
		return err
	}
	r.dict = &Dict{ID: dicts.Add(1), Null: r.firstNull(len(t.Spans)), Texts: t}
	return nil
}

// firstNull tells which of n keys are null: the first, in the memory of the chunk
// before this one.
func (r *reader) firstNull(n int) []bool {
	r.keyNulls = more(r.keyNulls[:0], n)
	fill(r.keyNulls, false)
	r.keyNulls[0] = true
	return r.keyNulls
}

// page decodes one data page behind what waits.
func (r *reader) page(h *pageHeader) error {
	n := int(h.values)
	if r.seen += int64(n); r.seen > r.rows {
		return damaged("a column holds more values than the file has rows")
	}
	if r.plain && r.keys && h.encoding == encPlain {
		return r.keyPage(h)
	}
	levels, data, err := r.pages.read(h)
	if err != nil {
		return err
	}
	if r.sliceable(h) {
		return r.slice(h, levels, data)
	}
	data, have, err := r.present(h, levels, data)
	switch {
	case err != nil:
		return err
	case r.plain:
		err = r.plainPage(h, data, n, have)
	default:
		err = r.indexPage(data, n, have)
	}
	r.count += n
	return err
}

// present decodes which rows of a page have a value, where some may lack one, and
// returns what follows and how many have one.
func (r *reader) present(h *pageHeader, levels, data []byte) (_ []byte, have int, err error) {
	have = int(h.values)
	r.have = r.have[:0]
	if r.conv.leaf.repetition == optional {
		if data, have, err = r.levels(h, levels, data); err != nil {
			return nil, 0, err
		}
	}
	if h.typ == pageDataV2 && have != int(h.values)-int(h.nulls) {
		return nil, 0, damaged("a page does not have as many nulls as it says")
	}
	return data, have, nil
}

// levels decodes which rows have a value, and returns what follows and how many
// have one.
func (r *reader) levels(h *pageHeader, levels, data []byte) ([]byte, int, error) {
	n := int(h.values)
	if h.typ == pageData && h.levels == encBitPacked {
		size := (n + 7) / 8
		if len(data) < size {
			return nil, 0, errShort
		}
		out, err := (&bitpacked.Encoding{BitWidth: 1}).DecodeLevels(r.seats[:0], data[:size])
		have, err := r.seat(out, n, err)
		return data[size:], have, err
	}
	levels, data, err := levelBytes(h, levels, data)
	if err != nil {
		return nil, 0, err
	}
	if err := runsFit(levels, 1, n); err != nil {
		return nil, 0, err
	}
	if allOnes(levels, n) {
		return data, n, nil
	}
	out, err := (&rle.Encoding{BitWidth: 1}).DecodeLevels(r.seats[:0], levels)
	have, err := r.seat(out, n, err)
	return data, have, err
}

// allOnes tells whether levels begin with a run of ones that covers n rows: how
// most pages say that nothing in them is null.
func allOnes(levels []byte, n int) bool {
	head, size := binary.Uvarint(levels)
	return size > 0 && size < len(levels) && head&1 == 0 && head>>1 >= uint64(n) && levels[size] == 1
}

// levelBytes tells run-length encoded levels from the values behind them, which a
// page of the second version keeps apart already.
func levelBytes(h *pageHeader, apart, body []byte) (levels, data []byte, err error) {
	if h.typ != pageData {
		return apart, body, nil
	}
	if len(body) < 4 || uint64(binary.LittleEndian.Uint32(body)) > uint64(len(body)-4) {
		return nil, nil, errShort
	}
	size := binary.LittleEndian.Uint32(body)
	return body[4 : 4+size], body[4+size:], nil
}

// seat notes which of n rows have a value and counts them. A level of 0 or 1 is a
// bool's byte.
func (r *reader) seat(levels []byte, n int, err error) (have int, _ error) {
	if err != nil || len(levels) < n {
		return 0, errShort
	}
	r.seats, levels = levels, levels[:n]
	all := uint64(0)
	for ; len(levels) >= 8; levels = levels[8:] {
		eight := binary.LittleEndian.Uint64(levels)
		all |= eight
		have += bits.OnesCount64(eight)
	}
	for _, level := range levels {
		all |= uint64(level)
		have += int(level)
	}
	if all&^0x0101010101010101 != 0 {
		return 0, damaged("a page says that a value is there more than once")
	}
	r.have = unsafe.Slice((*bool)(unsafe.Pointer(unsafe.SliceData(r.seats))), n)
	return have, nil
}

// indexPage appends a page of dictionary indexes: ours are one more than the
// file's, so that 0 is null.
func (r *reader) indexPage(data []byte, n, have int) error {
	if r.dict == nil {
		return damaged("a column lacks its dictionary")
	}
	from := len(r.index)
	picks, err := indexes(r.picks, data, have)
	if err != nil {
		return err
	}
	r.picks = picks
	r.index = more(r.index, n)
	// Where values are missing the others stand at the end first, to be spread.
	if !shifted(r.index[from+n-have:], picks, len(r.dict.Null)-1) {
		return damaged("a value is not in its dictionary")
	}
	if have < n {
		spreadUp(r.index[from:], r.have, n-have)
	}
	return nil
}

// spread moves the first have values of s to the rows that have one, in place
// and from the end, and leaves zeros elsewhere.
func spread[T any](s []T, has []bool, have int) {
	var zero T
	for i := len(has) - 1; i >= 0; i-- {
		if !has[i] {
			s[i] = zero
			continue
		}
		have--
		s[i] = s[have]
	}
}

// spreadUp is spread of values that stand at the end of s, from gap on. Where
// values are missing is hard to foretell, so it goes without a branch.
func spreadUp(s []uint32, has []bool, gap int) {
	for i, h := range has[:len(s)] {
		one := 0
		if h {
			one = 1
		}
		s[i] = s[min(gap, len(s)-1)] & uint32(-one)
		gap += one
	}
}

// plainPage appends a page of plain values.
func (r *reader) plainPage(h *pageHeader, data []byte, n, have int) error {
	if r.keys {
		from := len(r.texts.Spans)
		if err := r.raw.packed(&r.texts, r.conv.leaf, h.encoding, data, have); err != nil {
			return err
		}
		r.spreadKeys(from, n, have)
		return nil
	}
	r.raw.reset()
	if err := r.raw.decode(r.conv.leaf, h.encoding, data, have); err != nil {
		return err
	}
	v := r.conv.convert(&r.raw)
	switch r.conv.kind {
	case rule.Double:
		r.vals.doubles = place(r.vals.doubles, v.doubles, r.have, n)
	case rule.String:
		r.vals.texts = place(r.vals.texts, v.texts, r.have, n)
	default:
		r.vals.ints = place(r.vals.ints, v.ints, r.have, n)
	}
	r.nulls(v.null, n, have)
	return nil
}

// keyPage appends a page of PLAIN texts that stay packed, unpacked to where they
// stay.
func (r *reader) keyPage(h *pageHeader) error {
	from := len(r.texts.Spans)
	levels, at, body, err := r.texts.unpack(r.pages, h)
	if err != nil {
		return err
	}
	data, have, err := r.present(h, levels, body)
	if err != nil {
		return err
	}
	if err := r.texts.place(data, at+len(body)-len(data), have); err != nil {
		return err
	}
	r.count += int(h.values)
	r.spreadKeys(from, int(h.values), have)
	return nil
}

// spreadKeys moves the packed texts of a page to the rows that have one.
func (r *reader) spreadKeys(from, n, have int) {
	if have < n {
		r.texts.Spans = more(r.texts.Spans, n-have)
		spread(r.texts.Spans[from:], r.have, have)
	}
}

// place appends the values of a page to dst, one a row.
func place[T any](dst, values []T, has []bool, n int) []T {
	from := len(dst)
	dst = append(dst, values...)
	if len(values) < n {
		dst = more(dst, n-len(values))
		spread(dst[from:], has, len(values))
	}
	return dst
}

// nulls appends which rows of a page are null: those without a value, and those
// whose value is none for rules.
func (r *reader) nulls(bad []bool, n, have int) {
	from := len(r.null)
	r.null = more(r.null, n)
	fill(r.null[from:], false)
	if bad == nil && have == n {
		return
	}
	r.any = true
	next := 0
	for i := range n {
		if have < n && !r.have[i] {
			r.null[from+i] = true
			continue
		}
		if bad != nil {
			r.null[from+i] = bad[next]
		}
		next++
	}
}
