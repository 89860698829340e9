// SPDX-License-Identifier: Apache-2.0

package event

import (
	"context"
	"hash/crc32"
	"io"
)

// Limits of a page. A page up to freePage unpacked, or freeValues, may be as dense
// as it likes: a long run of one value packs well, and costs little. Beyond, what
// a few bytes can ask for is bounded.
const (
	maxPage       = 256 << 20
	freePage      = 16 << 20
	maxRatio      = 1000
	maxPageValues = 64 << 20
	freeValues    = 4 << 20
	maxPageHeader = 16 << 20 // it may hold statistics
)

// Types of pages.
const (
	pageData       = 0
	pageIndex      = 1
	pageDictionary = 2
	pageDataV2     = 3
)

// A pageHeader is a page as it describes itself.
type pageHeader struct {
	typ          int32
	size         int32 // in the file
	unpacked     int32
	crc          uint32
	hasCRC       bool
	values       int32
	encoding     int32
	levels       int32 // encoding of definition levels
	nulls        int32 // v2
	rows         int32 // v2
	levelBytes   int32 // v2: of definition levels
	repeatBytes  int32 // v2: of repetition levels
	uncompressed bool  // v2: values are as they are
	at           int64 // where the page's bytes start
}

// pages reads the pages of one column chunk. It reads forward only; nothing
// is allocated that a header decides before the header has been judged.
type pages struct {
	file  io.ReaderAt
	leaf  *leaf
	codec int32
	pos   int64
	end   int64

	window []byte // bytes of the file from windowAt on, for headers
	start  int64
	body   []byte
	data   []byte
}

// reset turns to another chunk and keeps the memory.
func (p *pages) reset(file io.ReaderAt, l *leaf, k *chunk) {
	*p = pages{file: file, leaf: l, codec: k.codec, pos: k.start, end: k.start + k.size,
		window: p.window[:0], body: p.body, data: p.data}
}

// next returns the header of the next page, or nil after the last one.
func (p *pages) next(ctx context.Context) (*pageHeader, error) {
	for p.pos < p.end {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		h, size, err := p.header()
		if err != nil {
			return nil, err
		}
		h.at = p.pos + int64(size)
		if int64(h.size) > p.end-h.at {
			return nil, damaged("a page ends outside its column")
		}
		p.pos = h.at + int64(h.size)
		if h.typ != pageIndex {
			return h, nil
		}
	}
	return nil, nil
}

// header decodes the header at the position. Headers are small, but for
// statistics of long strings.
func (p *pages) header() (*pageHeader, int, error) {
	for want := int64(1 << 10); ; want *= 8 {
		b, err := p.peek(want)
		if err != nil {
			return nil, 0, err
		}
		c := &compact{b: b}
		h := readPageHeader(c)
		if c.err == nil {
			return h, c.pos, h.check()
		}
		if int64(len(b)) < want || want >= maxPageHeader {
			return nil, 0, damaged("a page's header cannot be decoded")
		}
	}
}

// peek returns up to want bytes from the position on, without leaving the chunk.
func (p *pages) peek(want int64) ([]byte, error) {
	want = min(want, p.end-p.pos)
	if p.pos >= p.start && p.pos+want <= p.start+int64(len(p.window)) {
		return p.window[p.pos-p.start:][:want], nil
	}
	p.window = grow(p.window, int(max(want, min(4<<10, p.end-p.pos))))
	p.start = p.pos
	if _, err := p.file.ReadAt(p.window, p.pos); err != nil {
		p.window = p.window[:0]
		return nil, damaged("it ends inside a column")
	}
	return p.window[:want], nil
}

func readPageHeader(c *compact) *pageHeader {
	h := &pageHeader{typ: -1, size: -1, unpacked: -1, values: -1, encoding: -1, rows: -1, nulls: -1}
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1:
			h.typ = c.small(typ)
		case id == 2:
			h.unpacked = c.small(typ)
		case id == 3:
			h.size = c.small(typ)
		case id == 4:
			h.crc, h.hasCRC = uint32(c.number(typ)), true
		case (id == 5 || id == 7 || id == 8) && typ == thriftStruct:
			c.fields(func(part int16, typ byte) bool { return h.part(c, id, part, typ) })
		default:
			return false
		}
		return true
	})
	return h
}

// part reads a field of the header of a data page (5), a dictionary page (7) or
// a data page of the second version (8).
func (h *pageHeader) part(c *compact, of, part int16, typ byte) bool {
	v2 := of == 8
	switch {
	case part == 1:
		h.values = c.small(typ)
	case part == 2 && !v2, part == 4 && v2:
		h.encoding = c.small(typ)
	case part == 3 && of == 5:
		h.levels = c.small(typ)
	case part == 2 && v2:
		h.nulls = c.small(typ)
	case part == 3 && v2:
		h.rows = c.small(typ)
	case part == 5 && v2:
		h.levelBytes = c.small(typ)
	case part == 6 && v2:
		h.repeatBytes = c.small(typ)
	case part == 7 && v2:
		h.uncompressed = !c.flag(typ)
	default:
		return false
	}
	return true
}

func (h *pageHeader) check() error {
	switch {
	case h.size < 0, h.unpacked < 0:
		return damaged("a page has an impossible size")
	case h.typ == pageIndex:
		return nil
	case h.typ != pageData && h.typ != pageDictionary && h.typ != pageDataV2:
		return damaged("a page is of no known type")
	case h.values < 0, h.encoding < 0:
		return damaged("a page's header lacks its numbers")
	case h.unpacked > maxPage:
		return unsupported("a page unpacks to more than 256 MiB", "write smaller pages")
	case h.unpacked > freePage && int64(h.unpacked) > maxRatio*int64(h.size):
		return unsupported("a page unpacks to more than a thousand times its size", "write smaller pages")
	case h.values > maxPageValues:
		return tooManyValues()
	}
	if h.typ != pageDataV2 {
		return nil
	}
	if h.rows != h.values || h.nulls < 0 || h.nulls > h.values || h.levelBytes < 0 || h.repeatBytes < 0 ||
		int64(h.levelBytes)+int64(h.repeatBytes) > int64(min(h.size, h.unpacked)) {
		return damaged("a page's header contradicts itself")
	}
	return nil
}

func tooManyValues() error { return unsupported("a page holds too many values", "write smaller pages") }

// read returns the page's bytes, checked and unpacked; levels are what a page
// of the second version keeps apart. They are valid until the next read.
func (p *pages) read(h *pageHeader) (levels, data []byte, err error) {
	if p.codec != codecNone && !h.uncompressed {
		p.data = grow(p.data, int(h.unpacked))
	}
	levels, data, _, err = p.readTo(h, p.data)
	return levels, data, err
}

// readTo is read, and unpacks to the memory given, which is as long as the header
// says, with padding behind it. packed is false where nothing had to be unpacked:
// data then stands elsewhere.
func (p *pages) readTo(h *pageHeader, to []byte) (levels, data []byte, packed bool, err error) {
	p.body = grow(p.body, int(h.size))
	if _, err := p.file.ReadAt(p.body, h.at); err != nil {
		return nil, nil, false, damaged("it ends inside a column")
	}
	if h.hasCRC && crc32.ChecksumIEEE(p.body) != h.crc {
		return nil, nil, false, damaged("a page's checksum does not fit")
	}
	body, unpacked := p.body, int(h.unpacked)
	if h.typ == pageDataV2 {
		apart := int(h.levelBytes + h.repeatBytes)
		levels, body = body[h.repeatBytes:apart], body[apart:]
		unpacked -= apart
	}
	if p.codec == codecNone || h.uncompressed {
		if len(body) != unpacked {
			return nil, nil, false, errSize
		}
		return levels, body, false, nil
	}
	if len(body) == 0 && unpacked == 0 {
		return levels, nil, false, nil
	}
	to = to[:unpacked]
	if err := unpack(p.codec, to, body); err != nil {
		return nil, nil, false, err
	}
	return levels, to, true, nil
}
