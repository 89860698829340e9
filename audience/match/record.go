// SPDX-License-Identifier: Apache-2.0

package match

import (
	"fmt"
	"math"
	"reflect"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/throng-dp/throng/audience/rule"
)

// null is how CEL sees a null: a value that is not known.
var null = types.NewUnknown(1, nil)

// A shape is the columns of a table, or of persons.
type shape struct {
	table   string // empty for persons
	typ     *types.Type
	columns []rule.Column
}

func newShape(table string, columns []rule.Column) *shape {
	return &shape{table: table, typ: types.NewObjectType(rule.TypeName(table)), columns: columns}
}

// A record is an event or a person. It holds the fields that are not null.
type record struct {
	shape  *shape
	fields map[string]ref.Val
}

func (s *shape) record(fields map[string]rule.Value) (*record, error) {
	r := &record{shape: s, fields: make(map[string]ref.Val, len(fields)+5)}
	for _, c := range s.columns {
		v, ok := read(c.Kind, fields[c.Name])
		if !ok {
			of := s.table
			if of == "" {
				of = "person"
			}
			return nil, fmt.Errorf("match: column %s of %s: not a value of kind %s", c.Name, of, c.Kind)
		}
		if v != nil {
			r.fields[c.Name] = v
		}
	}
	return r, nil
}

// read returns a value as rules see it, nil if it is null. It is not ok if the
// value is of another kind.
func read(k rule.Kind, v rule.Value) (_ ref.Val, ok bool) {
	if v == nil {
		return nil, true
	}
	switch x := v.(type) {
	case bool:
		return types.Bool(x), k == rule.Bool
	case int64:
		return types.Int(x), k == rule.Int
	case float64:
		return finite(x), k == rule.Double
	case string:
		if !utf8.ValidString(x) {
			return nil, k == rule.String
		}
		return types.String(x), k == rule.String
	case time.Time:
		t, inYears := normalTime(x)
		if !inYears {
			return nil, k == rule.Timestamp
		}
		return types.Timestamp{Time: t}, k == rule.Timestamp
	}
	return nil, false
}

// finite returns a double as rules see it, nil if it is null.
func finite(x float64) ref.Val {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return types.Double(x + 0) // -0 is 0
}

// normalTime cuts a time to microseconds, towards the past, and tells whether
// rules can see it.
func normalTime(t time.Time) (time.Time, bool) {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return t, false
	}
	return t.Truncate(time.Microsecond), true
}

// native returns the value of a rule.
func native(v ref.Val) rule.Value {
	switch v := v.(type) {
	case types.Bool:
		return bool(v)
	case types.Int:
		return int64(v)
	case types.Double:
		return float64(v)
	case types.String:
		return string(v)
	case types.Timestamp:
		return v.Time
	}
	return nil
}

// field returns a field of a record, null included.
func field(of any, name string) ref.Val {
	if v := of.(*record).fields[name]; v != nil {
		return v
	}
	return null
}

// ConvertToNative has no use: a record never leaves its rule.
func (r *record) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("match: a record is no %s", t)
}

// ConvertToType has no use: rules do not convert records.
func (r *record) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("match: a record is no %s", t.TypeName())
}

// Equal tells whether the other value is the same record.
func (r *record) Equal(other ref.Val) ref.Val { return types.Bool(r == other) }

// Type returns CEL's type of the record.
func (r *record) Type() ref.Type { return r.shape.typ }

// Value returns the record itself.
func (r *record) Value() any { return r }
