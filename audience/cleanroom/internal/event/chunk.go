// SPDX-License-Identifier: Apache-2.0

package event

import "strings"

type rowGroup struct {
	rows   int64
	chunks []chunk
}

// A chunk is where one column of one row group lies.
type chunk struct {
	path      string // joined by NUL; dropped once compared with the schema
	physical  int32
	codec     int32
	encodings uint32 // bit set
	values    int64
	start     int64
	size      int64
	unpacked  int64 // as the footer says; for estimates only
	stats     stats
}

func readRowGroup(c *compact) rowGroup {
	g := rowGroup{rows: -1}
	c.fields(func(id int16, typ byte) bool {
		switch id {
		case 1:
			c.structs(typ, maxElements, func() { g.chunks = append(g.chunks, readChunk(c)) })
		case 3:
			g.rows = c.number(typ)
		default:
			return false
		}
		return true
	})
	return g
}

func readChunk(c *compact) chunk {
	var k chunk
	known := false
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1:
			c.err = unsupported("its columns lie in other files", "write them into one file")
		case id == 3 && typ == thriftStruct:
			k, known = readChunkMeta(c), true
		case id == 8, id == 9:
			c.err = checkMagic([]byte("PARE"))
		default:
			return false
		}
		return true
	})
	if !known {
		c.fail()
	}
	return k
}

func readChunkMeta(c *compact) chunk {
	k := chunk{physical: -1, codec: -1, values: -1, size: -1}
	data, dict := int64(-1), int64(0)
	c.fields(func(id int16, typ byte) bool {
		switch id {
		case 1:
			k.physical = c.small(typ)
		case 2:
			k.encodings = readEncodings(c, typ)
		case 3:
			k.path = readPath(c, typ)
		case 4:
			k.codec = c.small(typ)
		case 5:
			k.values = c.number(typ)
		case 6:
			k.unpacked = c.number(typ)
		case 7:
			k.size = c.number(typ)
		case 9:
			data = c.number(typ)
		case 11:
			dict = c.number(typ)
		case 12:
			if typ != thriftStruct {
				return false
			}
			k.stats = readStats(c)
		default:
			return false
		}
		return true
	})
	// Some writers leave the dictionary's offset out or 0; then its page is the
	// first at the data's.
	k.start = data
	if dict > 0 && dict < data {
		k.start = dict
	}
	if c.err == nil && (k.physical < 0 || k.codec < 0 || k.values < 0 || k.size < 0 || k.start < 0) {
		c.fail()
	}
	return k
}

func readEncodings(c *compact, typ byte) (set uint32) {
	n, elem := c.list(typ)
	for ; n > 0 && c.err == nil; n-- {
		if e := c.number(elem); e >= 0 && e < 32 {
			set |= 1 << e
		}
	}
	return set
}

func readPath(c *compact, typ byte) string {
	var parts []string
	n, elem := c.list(typ)
	for ; n > 0 && c.err == nil; n-- {
		if len(parts) > maxDepth {
			c.err = tooNested()
		}
		parts = append(parts, c.text(elem))
	}
	return strings.Join(parts, "\x00")
}
