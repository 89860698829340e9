// SPDX-License-Identifier: Apache-2.0

package event

import (
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// Physical types of the format.
const (
	physBool   = 0
	physInt32  = 1
	physInt64  = 2
	physInt96  = 3
	physFloat  = 4
	physDouble = 5
	physBytes  = 6
	physFixed  = 7
)

// Fields of the format's union of logical types.
const (
	logicalString    = 1
	logicalMap       = 2
	logicalList      = 3
	logicalEnum      = 4
	logicalDecimal   = 5
	logicalDate      = 6
	logicalTime      = 7
	logicalTimestamp = 8
	logicalInteger   = 10
	logicalUnknown   = 11
	logicalJSON      = 12
	logicalBSON      = 13
	logicalUUID      = 14
	logicalFloat16   = 15
)

const (
	required = 0
	optional = 1
	repeated = 2
)

// A leaf is a column that holds values. Flat ones stand at the top and have at
// most one value a row: the only ones that rules can see.
type leaf struct {
	element
	path string
	flat bool
}

// leaves walks the schema and returns its columns, in the order of a row
// group's chunks.
func (f *footer) leaves() ([]leaf, error) {
	if len(f.schema) == 0 || f.schema[0].physical >= 0 {
		return nil, damaged("it has no schema")
	}
	w := walker{rest: f.schema[1:]}
	for range f.schema[0].children {
		if err := w.walk("", true, 1); err != nil {
			return nil, err
		}
	}
	if len(w.rest) > 0 {
		return nil, damaged("its schema has loose ends")
	}
	return w.out, nil
}

type walker struct {
	rest []element
	out  []leaf
}

func (w *walker) walk(above string, top bool, depth int) error {
	if len(w.rest) == 0 {
		return damaged("its schema ends early")
	}
	if depth > maxDepth {
		return tooNested()
	}
	e := w.rest[0]
	w.rest = w.rest[1:]
	if e.repetition < required || e.repetition > repeated || e.physical > physFixed || e.children < 0 {
		return damaged("its schema has an impossible column")
	}
	path := above + e.name
	if len(path) > maxPath {
		return unsupported("a column's name is too long", "rename the column")
	}
	if e.physical < 0 {
		for range e.children {
			if err := w.walk(path+"\x00", false, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if e.children > 0 || e.physical == physFixed && e.length <= 0 {
		return damaged("its schema has an impossible column")
	}
	if len(w.out) >= maxColumns {
		return unsupported("it has more than 10,000 columns", "write the columns that rules need into a file of their own")
	}
	w.out = append(w.out, leaf{element: e, path: path, flat: top && e.repetition != repeated})
	return nil
}

func tooNested() error {
	return unsupported("its columns are nested too deeply", "write a flat table")
}

// kind returns what a column is to rules; Invalid: it is not visible.
//
// BYTE_ARRAY without a logical type is not text: DuckDB and Spark read it as
// binary too, unless told otherwise. A plan tells by giving the column the type
// string.
func (l *leaf) kind(declared rule.Kind) rule.Kind {
	if !l.flat {
		return rule.Invalid
	}
	switch l.physical {
	case physBool:
		return rule.Bool
	case physInt32, physInt64:
		return l.intKind()
	case physInt96:
		return rule.Timestamp
	case physFloat, physDouble:
		return rule.Double
	case physBytes:
		switch {
		case l.means(logicalString, 0), l.means(logicalEnum, 4):
			return rule.String
		case l.means(logicalDecimal, 5):
			return l.decimalKind()
		case l.logical.field == 0 && l.converted < 0 && declared == rule.String:
			return rule.String
		}
	case physFixed:
		switch {
		case l.logical.field == logicalUUID && l.length == 16:
			return rule.String
		case l.means(logicalDecimal, 5):
			return l.decimalKind()
		}
	}
	return rule.Invalid
}

func (l *leaf) intKind() rule.Kind {
	switch {
	case l.means(logicalDecimal, 5):
		return l.decimalKind()
	case l.logical.field == logicalTimestamp:
		if l.physical == physInt64 && l.logical.unit >= 1 && l.logical.unit <= 3 {
			return rule.Timestamp
		}
		return rule.Invalid
	case l.logical.field == logicalDate, l.logical.field == 0 && l.converted == 6:
		if l.physical == physInt32 {
			return rule.Timestamp
		}
		return rule.Invalid
	case l.logical.field == 0 && (l.converted == 9 || l.converted == 10):
		if l.physical == physInt64 {
			return rule.Timestamp
		}
		return rule.Invalid
	}
	bits, signed, ok := l.integer()
	if !ok || !signed && bits > 32 {
		return rule.Invalid
	}
	return rule.Int
}

// integer returns the width and sign of an integer column.
func (l *leaf) integer() (bits int32, signed, ok bool) {
	switch {
	case l.logical.field == logicalInteger:
		return l.logical.bits, l.logical.signed, true
	case l.logical.field != 0:
		return 0, false, false
	case l.converted >= 11 && l.converted <= 14:
		return 8 << (l.converted - 11), false, true
	case l.converted >= 15 && l.converted <= 18:
		return 8 << (l.converted - 15), true, true
	case l.converted >= 0:
		return 0, false, false
	}
	return 64, true, true
}

// means tells whether a column has a logical type, or the older converted type
// for it where it has no logical one.
func (l *leaf) means(field int16, converted int32) bool {
	return l.logical.field == field || l.logical.field == 0 && l.converted == converted
}

func (l *leaf) decimal() (scale, precision int32) {
	if l.logical.field == logicalDecimal {
		return l.logical.scale, l.logical.precision
	}
	return l.scale, l.precision
}

func (l *leaf) decimalKind() rule.Kind {
	scale, precision := l.decimal()
	if precision < 1 || precision > 18 || scale < 0 || scale > precision {
		return rule.Invalid
	}
	return rule.Double
}

// twins returns two top-level names that are equal, or equal but for case:
// engines differ in which of them a rule would then mean.
func (f *footer) twins() (string, bool) {
	seen := map[string]bool{}
	rest := f.schema[1:]
	for range f.schema[0].children {
		name := strings.ToLower(rest[0].name)
		if seen[name] {
			return rest[0].name, true
		}
		seen[name] = true
		rest = rest[subtree(rest):]
	}
	return "", false
}

// subtree returns how many elements the first of them spans. The tree has been
// walked already: it is whole.
func subtree(e []element) int {
	n := 1
	for range e[0].children {
		n += subtree(e[n:])
	}
	return n
}
