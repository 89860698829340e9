// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"
	"math"
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
}

func (r *raw) reset() { r.ints, r.doubles, r.texts = r.ints[:0], r.doubles[:0], r.texts[:0] }

var errShort = damaged("a page holds fewer values than it says")

func unknownEncoding() error {
	return unsupported("a column has an encoding that is not supported", "write it with the format's standard encodings")
}

// decode appends n values of a column to r.
func (r *raw) decode(l *leaf, encoding int32, b []byte, n int) error {
	if n == 0 {
		return nil
	}
	var err error
	switch encoding {
	case encPlain:
		return r.plain(l, b, n)
	case encRLE:
		if l.physical != physBool || len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
			return errShort
		}
		flags := make([]bool, n)
		if _, err := present(flags, b[4:4+binary.LittleEndian.Uint32(b)]); err != nil {
			return err
		}
		r.bools(flags)
		return nil
	case encDelta:
		if l.physical != physInt32 && l.physical != physInt64 {
			return unknownEncoding()
		}
		from := len(r.ints)
		if r.ints, _, err = deltas(r.ints, b, n); err == nil && l.physical == physInt32 {
			for i := from; i < len(r.ints); i++ {
				r.ints[i] = int64(int32(r.ints[i]))
			}
		}
		return err
	case encDeltaLength, encDeltaBytes:
		if l.physical != physBytes && (l.physical != physFixed || encoding == encDeltaLength) {
			return unknownEncoding()
		}
		if encoding == encDeltaLength {
			r.texts, err = deltaLengths(r.texts, b, n)
		} else {
			r.texts, err = deltaStrings(r.texts, b, n)
		}
		return err
	case encByteStreamSplit:
		return r.split(l, b, n)
	}
	return unknownEncoding()
}

func (r *raw) bools(flags []bool) {
	for _, f := range flags {
		v := int64(0)
		if f {
			v = 1
		}
		r.ints = append(r.ints, v)
	}
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

func (r *raw) plain(l *leaf, b []byte, n int) error {
	if w := l.width(); w > 0 && len(b)/w < n {
		return errShort
	}
	switch l.physical {
	case physBool:
		if len(b) < (n+7)/8 {
			return errShort
		}
		flags := make([]bool, n)
		bits(flags, b)
		r.bools(flags)
	case physInt32:
		for i := range n {
			r.ints = append(r.ints, int64(int32(binary.LittleEndian.Uint32(b[4*i:]))))
		}
	case physInt64:
		for i := range n {
			r.ints = append(r.ints, int64(binary.LittleEndian.Uint64(b[8*i:])))
		}
	case physFloat:
		for i := range n {
			r.doubles = append(r.doubles, float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))))
		}
	case physDouble:
		for i := range n {
			r.doubles = append(r.doubles, math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
		}
	case physInt96, physFixed:
		text, w := string(b[:n*l.width()]), l.width()
		for i := range n {
			r.texts = append(r.texts, text[i*w:(i+1)*w])
		}
	case physBytes:
		return r.prefixed(string(b), n)
	}
	return nil
}

// prefixed cuts texts that have their length in front of them.
func (r *raw) prefixed(text string, n int) error {
	for range n {
		if len(text) < 4 {
			return errShort
		}
		size := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24
		if size > uint64(len(text)-4) {
			return errShort
		}
		r.texts, text = append(r.texts, text[4:4+size]), text[4+size:]
	}
	return nil
}

// split decodes BYTE_STREAM_SPLIT: the first bytes of all values, then all
// second ones, and so on. Woven together they are PLAIN.
func (r *raw) split(l *leaf, b []byte, n int) error {
	w := l.width()
	if w == 0 || l.physical == physInt96 {
		return unknownEncoding()
	}
	if len(b) != n*w {
		return errShort
	}
	woven := make([]byte, len(b))
	for i := range w {
		for j, c := range b[i*n : (i+1)*n] {
			woven[j*w+i] = c
		}
	}
	return r.plain(l, woven, n)
}
