// SPDX-License-Identifier: Apache-2.0

package event

// An element is one node of the schema, in depth-first order.
type element struct {
	name       string
	physical   int32 // -1: none, a group
	length     int32
	repetition int32 // -1: none, the root
	children   int32
	converted  int32 // -1: none
	scale      int32
	precision  int32
	logical    logical
}

// A logical is a logical type; field is its number in the format's union.
type logical struct {
	field            int16
	scale, precision int32
	utc              bool
	unit             int16 // 1 ms, 2 us, 3 ns
	bits             int32
	signed           bool
}

func readElement(c *compact) element {
	e := element{physical: -1, repetition: -1, converted: -1}
	named := false
	c.fields(func(id int16, typ byte) bool {
		switch id {
		case 1:
			e.physical = c.small(typ)
		case 2:
			e.length = c.small(typ)
		case 3:
			e.repetition = c.small(typ)
		case 4:
			e.name, named = c.text(typ), true
		case 5:
			e.children = c.small(typ)
		case 6:
			e.converted = c.small(typ)
		case 7:
			e.scale = c.small(typ)
		case 8:
			e.precision = c.small(typ)
		case 10:
			if typ != thriftStruct {
				return false
			}
			e.logical = readLogical(c)
		default:
			return false
		}
		return true
	})
	if !named {
		c.fail()
	}
	return e
}

// readLogical reads the union: one field, a struct of its own.
func readLogical(c *compact) (l logical) {
	c.fields(func(id int16, typ byte) bool {
		l.field = id
		if typ != thriftStruct {
			return false
		}
		c.fields(func(part int16, typ byte) bool { return l.part(c, id, part, typ) })
		return true
	})
	return l
}

func (l *logical) part(c *compact, of, part int16, typ byte) bool {
	switch {
	case of == logicalDecimal && part == 1:
		l.scale = c.small(typ)
	case of == logicalDecimal && part == 2:
		l.precision = c.small(typ)
	case (of == logicalTime || of == logicalTimestamp) && part == 1:
		l.utc = c.flag(typ)
	case (of == logicalTime || of == logicalTimestamp) && part == 2 && typ == thriftStruct:
		c.fields(func(unit int16, _ byte) bool { l.unit = unit; return false })
	case of == logicalInteger && part == 1:
		l.bits = c.small(typ)
	case of == logicalInteger && part == 2:
		l.signed = c.flag(typ)
	default:
		return false
	}
	return true
}
