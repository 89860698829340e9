// SPDX-License-Identifier: Apache-2.0

package event

import "encoding/binary"

// Types of the Thrift compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// maxNesting is far above what a footer needs: its deepest path is nine.
const maxNesting = 24

// A compact reads the Thrift compact protocol from bytes that nobody vouches
// for. Its first error sticks: everything after it reads as empty, so loops end.
// It allocates nothing that a length in the input decides.
type compact struct {
	b    []byte
	pos  int
	err  error
	nest int
}

func (r *compact) fail() {
	if r.err == nil {
		r.err = damaged("its metadata cannot be decoded")
	}
}

func (r *compact) byte() byte {
	if r.err != nil || r.pos >= len(r.b) {
		r.fail()
		return 0
	}
	r.pos++
	return r.b[r.pos-1]
}

func (r *compact) uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	u, n := binary.Uvarint(r.b[r.pos:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.pos += n
	return u
}

func (r *compact) zigzag() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *compact) skipBytes(n uint64) []byte {
	if r.err != nil || n > uint64(len(r.b)-r.pos) {
		r.fail()
		return nil
	}
	r.pos += int(n)
	return r.b[r.pos-int(n) : r.pos]
}

// text reads a string; a field of another type is an error.
func (r *compact) text(typ byte) string {
	if typ != thriftBinary {
		r.fail()
		return ""
	}
	return string(r.skipBytes(r.uvarint()))
}

// number reads an integer of any width; a field of another type is an error.
func (r *compact) number(typ byte) int64 {
	switch typ {
	case thriftByte:
		return int64(int8(r.byte()))
	case thriftI16, thriftI32, thriftI64:
		return r.zigzag()
	}
	r.fail()
	return 0
}

// small reads an integer that must fit 32 bits.
func (r *compact) small(typ byte) int32 {
	n := r.number(typ)
	if int64(int32(n)) != n {
		r.fail()
		return 0
	}
	return int32(n)
}

func (r *compact) flag(typ byte) bool {
	if typ != thriftTrue && typ != thriftFalse {
		r.fail()
	}
	return typ == thriftTrue
}

// fields reads one struct. For each of its fields it calls each, which reads the
// value and returns true, or leaves it alone and returns false.
func (r *compact) fields(each func(id int16, typ byte) bool) {
	if r.nest++; r.nest > maxNesting {
		r.fail()
	}
	defer func() { r.nest-- }()
	for id := int16(0); r.err == nil; {
		head := r.byte()
		if head == 0 {
			return
		}
		if delta := head >> 4; delta != 0 {
			id += int16(delta)
		} else {
			id = int16(r.zigzag())
		}
		typ := head & 15
		if r.err == nil && !each(id, typ) {
			r.skip(typ)
		}
	}
}

// structs reads a list of structs, each by calling each.
func (r *compact) structs(typ byte, most int, each func()) {
	n, elem := r.list(typ)
	if n > 0 && (elem != thriftStruct || n > most) {
		r.fail()
	}
	for ; n > 0 && r.err == nil; n-- {
		each()
	}
}

// list reads the head of a list. Every element takes a byte at least, so a
// length beyond the rest of the input is an error.
func (r *compact) list(typ byte) (n int, elem byte) {
	if typ != thriftList && typ != thriftSet {
		r.fail()
		return 0, 0
	}
	head := r.byte()
	size := uint64(head >> 4)
	if size == 15 {
		size = r.uvarint()
	}
	if r.err != nil || size > uint64(len(r.b)-r.pos) {
		r.fail()
		return 0, 0
	}
	return int(size), head & 15
}

// skip passes over a value.
func (r *compact) skip(typ byte) {
	switch typ {
	case thriftTrue, thriftFalse:
	case thriftByte:
		r.byte()
	case thriftI16, thriftI32, thriftI64:
		r.uvarint()
	case thriftDouble:
		r.skipBytes(8)
	case thriftBinary:
		r.skipBytes(r.uvarint())
	case thriftList, thriftSet:
		n, elem := r.list(typ)
		r.skipElements(n, elem)
	case thriftMap:
		r.skipMap()
	case thriftStruct:
		r.fields(func(int16, byte) bool { return false })
	default:
		r.fail()
	}
}

func (r *compact) skipElements(n int, elem byte) {
	if r.nest++; r.nest > maxNesting {
		r.fail()
	}
	defer func() { r.nest-- }()
	for ; n > 0 && r.err == nil; n-- {
		r.skipElement(elem)
	}
}

// skipElement passes over an element of a list or map, where a bool takes a
// byte of its own.
func (r *compact) skipElement(typ byte) {
	if typ == thriftTrue || typ == thriftFalse {
		r.byte()
		return
	}
	r.skip(typ)
}

func (r *compact) skipMap() {
	n := r.uvarint()
	if n == 0 || r.err != nil {
		return
	}
	kinds := r.byte()
	if r.nest++; r.nest > maxNesting || n > uint64(len(r.b)-r.pos) {
		r.fail()
	}
	defer func() { r.nest-- }()
	for ; n > 0 && r.err == nil; n-- {
		r.skipElement(kinds >> 4)
		r.skipElement(kinds & 15)
	}
}
