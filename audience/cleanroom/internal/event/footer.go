// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
)

// Limits of a file. They are far above what writers produce, and keep what a
// footer can make us allocate within a small multiple of its size.
const (
	maxFile      = 64 << 30
	maxFooter    = 64 << 20
	maxElements  = 100_000
	maxColumns   = 10_000
	maxDepth     = 100
	maxPath      = 16 << 10 // bytes of a column's name, with those above it
	maxRowGroups = 1 << 15  // the format counts them in 16 bits
)

// A footer is what we keep of a file's metadata. Statistics are not decoded:
// they tell of rows.
type footer struct {
	schema []element
	rows   int64
	groups []rowGroup
}

// readFooter finds, decodes and checks the footer of a file of this size.
func readFooter(r io.ReaderAt, size int64) (*footer, error) {
	text, end, err := findFooter(r, size)
	if err != nil {
		return nil, err
	}
	c := &compact{b: text}
	f := &footer{rows: -1}
	c.fields(func(id int16, typ byte) bool { return f.field(c, id, typ) })
	if c.err != nil {
		return nil, c.err
	}
	if c.pos != len(text) {
		return nil, damaged("bytes follow its metadata")
	}
	if err := f.check(end); err != nil {
		return nil, err
	}
	return f, nil
}

// findFooter returns the footer's bytes and where they start.
func findFooter(r io.ReaderAt, size int64) ([]byte, int64, error) {
	switch {
	case size == 0:
		return nil, 0, &trouble{"input.empty", "file is empty", rewrite}
	case size > maxFile:
		return nil, 0, &trouble{"input.too-large", "file is larger than 64 GiB", "write it as several files"}
	}
	var head, tail [8]byte
	if n, _ := r.ReadAt(head[:4], 0); n < 4 {
		return nil, 0, notParquet()
	}
	if err := checkMagic(head[:4]); err != nil {
		return nil, 0, err
	}
	if size < 12 {
		return nil, 0, damaged("it ends before its metadata")
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return nil, 0, damaged("it ends before its metadata")
	}
	if err := checkMagic(tail[4:]); err != nil {
		if isEncrypted(err) {
			return nil, 0, err
		}
		return nil, 0, damaged("it ends before its metadata")
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	switch {
	case length == 0, length > size-12:
		return nil, 0, damaged("its metadata has an impossible length")
	case length > maxFooter:
		return nil, 0, unsupported("its metadata is larger than 64 MiB", "write the table as several files")
	}
	text := make([]byte, length)
	if _, err := r.ReadAt(text, size-8-length); err != nil {
		return nil, 0, damaged("its metadata cannot be read")
	}
	return text, size - 8 - length, nil
}

func notParquet() error {
	return &trouble{"input.not-parquet", "not a Parquet file", "events and people are read from Parquet alone; convert the file, renaming is not enough"}
}

func checkMagic(b []byte) error {
	switch {
	case string(b) == "PAR1":
		return nil
	case string(b) == "PARE":
		return &trouble{"input.encrypted", "file is encrypted, which is not supported", "write it without Parquet encryption, on an encrypted disk if need be"}
	case b[0] == 0x1f && b[1] == 0x8b:
		return &trouble{"input.not-parquet", "not a Parquet file but a gzip file", "unpack it; Parquet compresses inside"}
	}
	return notParquet()
}

func isEncrypted(err error) bool {
	var t *trouble
	return errors.As(err, &t) && t.code == "input.encrypted"
}

func (f *footer) field(c *compact, id int16, typ byte) bool {
	switch id {
	case 2:
		c.structs(typ, maxElements, func() { f.schema = append(f.schema, readElement(c)) })
	case 3:
		f.rows = c.number(typ)
	case 4:
		c.structs(typ, maxRowGroups, func() { f.groups = append(f.groups, readRowGroup(c)) })
	case 8: // encryption with a footer in the clear
		c.err = checkMagic([]byte("PARE"))
	default:
		return false
	}
	return true
}

// check holds the footer against itself and the file: pages start at 4 and end
// where the footer starts.
func (f *footer) check(end int64) error {
	leaves, err := f.leaves()
	if err != nil {
		return err
	}
	if f.rows < 0 {
		return damaged("its metadata has no number of rows")
	}
	var rows int64
	var spans []span
	for i := range f.groups {
		g := &f.groups[i]
		if g.rows < 0 || g.rows > math.MaxInt32 {
			return damaged("a row group has an impossible number of rows")
		}
		rows += g.rows
		if len(g.chunks) != len(leaves) {
			return damaged("a row group lacks columns")
		}
		for j := range g.chunks {
			if err := g.chunks[j].check(g.rows, &leaves[j], end); err != nil {
				return err
			}
			if g.rows > 0 {
				spans = append(spans, span{g.chunks[j].start, g.chunks[j].size})
			}
		}
	}
	if rows != f.rows {
		return damaged("its row groups do not add up to its rows")
	}
	return disjoint(spans)
}

func (k *chunk) check(rows int64, l *leaf, end int64) error {
	switch {
	case k.path != l.path || k.physical != l.physical:
		return damaged("a column chunk does not fit the schema")
	case l.flat && k.values != rows:
		return damaged("a column does not have as many values as rows")
	case rows > 0 && (k.start < 4 || k.size > end-k.start):
		return damaged("a column lies outside the file")
	}
	k.path = ""
	return nil
}

type span struct{ start, size int64 }

func disjoint(s []span) error {
	slices.SortFunc(s, func(a, b span) int { return int(min(1, max(-1, a.start-b.start))) })
	for i := 1; i < len(s); i++ {
		if s[i-1].start+s[i-1].size > s[i].start {
			return damaged("two columns share bytes")
		}
	}
	return nil
}
