// SPDX-License-Identifier: Apache-2.0

package event

import (
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// Encodings of the format.
const (
	encPlain           = 0
	encPlainDictionary = 2
	encRLE             = 3
	encBitPacked       = 4
	encDelta           = 5
	encDeltaLength     = 6
	encDeltaBytes      = 7
	encDictionary      = 8
	encByteStreamSplit = 9
)

var encodingNames = []string{"PLAIN", "", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED",
	"DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"}

// raw are values as the file has them, nulls left out. Bools and integers stand
// in ints, the widths that are no number (BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY,
// INT96) in texts.
type raw struct {
	ints    []int64
	doubles []float64
	texts   []string

	bytes   []byte // what the library decoded last, for its next page
	offsets []uint32
}

func (r *raw) reset() { r.ints, r.doubles, r.texts = r.ints[:0], r.doubles[:0], r.texts[:0] }

var errShort = damaged("a page holds fewer values than it says")

func unknownEncoding() error {
	return unsupported("a column has an encoding that is not supported", "write it with the format's standard encodings")
}

// decode appends n values of a column to r: the library decodes, once what the
// page claims about itself has been found to fit.
func (r *raw) decode(l *leaf, enc int32, b []byte, n int) error {
	if n == 0 {
		return nil
	}
	if enc == encRLE && l.physical == physBool {
		var err error
		if b, err = bools(b, n); err != nil {
			return err
		}
		enc = encPlain
	}
	if err := fits(l, enc, b, n); err != nil {
		return err
	}
	t := l.library()
	b = b[:len(b):len(b)] // what lies behind a page is none of its values
	v, err := t.Decode(t.NewValues(r.bytes[:0], r.offsets[:0]), b, parquet.LookupEncoding(format.Encoding(enc)))
	if err != nil {
		// Its text may quote the file.
		return damaged("a page cannot be decoded")
	}
	return r.append(l, v, n)
}

// packed decodes n texts into t.
func (r *raw) packed(t *Texts, l *leaf, enc int32, b []byte, n int) error {
	if n == 0 {
		return nil
	}
	if err := fits(l, enc, b, n); err != nil {
		return err
	}
	typ := l.library()
	v, err := typ.Decode(typ.NewValues(r.bytes[:0], r.offsets[:0]), b[:len(b):len(b)], parquet.LookupEncoding(format.Encoding(enc)))
	if err != nil {
		return damaged("a page cannot be decoded")
	}
	r.bytes, r.offsets = v.Data()
	return t.cut(r.bytes, r.offsets, n)
}

// library returns the library's type of a column's values.
func (l *leaf) library() parquet.Type {
	switch l.physical {
	case physBool:
		return parquet.BooleanType
	case physInt32:
		return parquet.Int32Type
	case physInt64:
		return parquet.Int64Type
	case physInt96:
		return parquet.Int96Type
	case physFloat:
		return parquet.FloatType
	case physDouble:
		return parquet.DoubleType
	case physFixed:
		return parquet.FixedLenByteArrayType(int(l.length))
	}
	return parquet.ByteArrayType
}

// width returns the bytes of one PLAIN value; 0: it varies or is a bit.
func (l *leaf) width() int {
	switch l.physical {
	case physInt32, physFloat:
		return 4
	case physInt64, physDouble:
		return 8
	case physInt96:
		return 12
	case physFixed:
		return int(l.length)
	}
	return 0
}

// append copies n decoded values.
func (r *raw) append(l *leaf, v encoding.Values, n int) error {
	data, offsets := v.Data()
	r.bytes = data
	if w := l.width(); w > 0 && len(data) != n*w || l.physical == physBool && len(data) < (n+7)/8 {
		return errShort
	}
	switch l.physical {
	case physBool:
		for i := range n {
			r.ints = append(r.ints, int64(data[i/8]>>(i%8)&1))
		}
	case physInt32:
		for _, x := range v.Int32()[:n] {
			r.ints = append(r.ints, int64(x))
		}
	case physInt64:
		r.ints = append(r.ints, v.Int64()[:n]...)
	case physFloat:
		for _, x := range v.Float()[:n] {
			r.doubles = append(r.doubles, float64(x))
		}
	case physDouble:
		r.doubles = append(r.doubles, v.Double()[:n]...)
	case physInt96, physFixed:
		text, w := string(data[:n*l.width()]), l.width()
		for i := range n {
			r.texts = append(r.texts, text[i*w:(i+1)*w])
		}
	case physBytes:
		r.offsets = offsets
		return r.cut(data, offsets, n)
	}
	return nil
}

// cut appends n texts that lie behind one another.
func (r *raw) cut(data []byte, offsets []uint32, n int) error {
	if len(offsets) != n+1 {
		return errShort
	}
	text := string(data[offsets[0]:offsets[n]])
	for i, from := range offsets[:n] {
		r.texts = append(r.texts, text[from-offsets[0]:offsets[i+1]-offsets[0]])
	}
	return nil
}

// indexes decodes n dictionary indexes, into memory of scratch if that suffices.
// Whether they are in the dictionary is for the caller to judge.
func indexes(scratch []int32, b []byte, n int) ([]int32, error) {
	scratch = scratch[:0]
	if n == 0 {
		return scratch, nil
	}
	if len(b) == 0 || b[0] > 32 {
		return nil, errShort
	}
	if b[0] == 0 {
		// One entry takes no bits, and some writers then write no runs either.
		scratch = more(scratch, n)
		fill(scratch, 0)
		return scratch, nil
	}
	if err := runsFit(b[1:], uint(b[0]), n); err != nil {
		return nil, err
	}
	out, err := parquet.RLEDictionary.DecodeInt32(scratch, b)
	if err != nil || len(out) < n {
		return nil, errShort
	}
	return out[:n], nil
}

// more returns s longer by n, without saying what is in there.
func more[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s[:len(s)+n]
	}
	return append(s, make([]T, n)...)
}

func fill[T any](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}
