// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"

	"github.com/parquet-go/bitpack"
)

var errRuns = damaged("a page holds fewer values than it says")

// runs walks the format's mixture of runs and bit-packed groups until n values
// are there. run gets a repeated value, packed the bytes of bit-packed ones;
// packed's bytes may be read padding beyond their end.
func runs(b []byte, width uint, n int, run func(value uint32, count int), packed func(b []byte, count int)) error {
	for n > 0 {
		head, used := binary.Uvarint(b)
		if used <= 0 {
			return errRuns
		}
		b = b[used:]
		if head>>1 > 1<<31 {
			return errRuns
		}
		size := int(width+7) / 8
		count := min(int(head>>1), n)
		if head&1 == 1 {
			size = int(head>>1) * int(width)
			count = min(int(head>>1)*8, n)
		}
		if count == 0 {
			continue
		}
		if size > len(b) {
			return errRuns
		}
		if head&1 == 1 {
			packed(b[:size], count)
		} else {
			run(littleEndian(b[:size]), count)
		}
		b, n = b[size:], n-count
	}
	return nil
}

func littleEndian(b []byte) (v uint32) {
	for i, c := range b {
		v |= uint32(c) << (8 * i)
	}
	return v
}

// indexes appends n dictionary indexes to dst. Whether they are in the
// dictionary is for the caller to judge.
func indexes(dst []uint32, b []byte, n int) ([]uint32, error) {
	if n == 0 {
		return dst, nil
	}
	if len(b) == 0 || b[0] > 32 {
		return nil, errRuns
	}
	width := uint(b[0])
	at := len(dst)
	dst = more(dst, n)
	err := runs(b[1:], width, n, func(value uint32, count int) {
		fill(dst[at:at+count], value)
		at += count
	}, func(b []byte, count int) {
		if width > 0 {
			bitpack.Unpack(dst[at:at+count], padded(b), width)
		} else {
			fill(dst[at:at+count], 0)
		}
		at += count
	})
	return dst, err
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

// padded returns b with memory behind it that may be read.
func padded(b []byte) []byte {
	if cap(b)-len(b) >= padding {
		return b
	}
	return append(make([]byte, 0, len(b)+padding), b...)
}

// present decodes the definition levels of a flat column: of each row, whether
// it has a value. It returns how many have.
func present(dst []bool, b []byte) (int, error) {
	at, have, bad := 0, 0, false
	err := runs(b, 1, len(dst), func(value uint32, count int) {
		bad = bad || value > 1
		if value == 1 {
			have += count
		}
		fill(dst[at:at+count], value == 1)
		at += count
	}, func(b []byte, count int) {
		have += bits(dst[at:at+count], b)
		at += count
	})
	if err == nil && bad {
		err = damaged("a page says that a value is there more than once")
	}
	return have, err
}

// bits unpacks one bit for each of dst, lowest first, and counts those set.
func bits(dst []bool, b []byte) (set int) {
	for i := range dst {
		dst[i] = b[i/8]>>(i%8)&1 == 1
		if dst[i] {
			set++
		}
	}
	return set
}

// presentOld decodes definition levels in the format's first encoding: one bit
// each, highest first.
func presentOld(dst []bool, b []byte) (set int) {
	for i := range dst {
		dst[i] = b[i/8]>>(7-i%8)&1 == 1
		if dst[i] {
			set++
		}
	}
	return set
}
