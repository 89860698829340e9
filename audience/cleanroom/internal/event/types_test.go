// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// fixedBytes are the value of a column of FIXED_LEN_BYTE_ARRAY.
type fixedBytes string

func v(values ...any) (out []parquet.Value) {
	for _, x := range values {
		switch x := x.(type) {
		case nil:
			out = append(out, parquet.NullValue())
		case fixedBytes:
			out = append(out, parquet.FixedLenByteArrayValue([]byte(x)))
		case deprecated.Int96:
			out = append(out, parquet.Int96Value(x))
		default:
			out = append(out, parquet.ValueOf(x))
		}
	}
	return out
}

// TestTypes reads every type that rules see, with what is null at the door, in
// dictionaries and plain.
func TestTypes(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	micros := func(text string) int64 {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.UnixMicro()
	}
	fixed := func(n int) parquet.Type { return parquet.FixedLenByteArrayType(n) }
	leaf := parquet.Leaf
	for _, c := range []struct {
		name string
		node parquet.Node
		kind rule.Kind
		in   []any
		want []any
	}{
		{"bool", leaf(parquet.BooleanType), rule.Bool, []any{true, nil, false}, []any{int64(1), nil, int64(0)}},
		{"int32", leaf(parquet.Int32Type), rule.Int, []any{int32(math.MinInt32), nil, int32(7)}, []any{int64(math.MinInt32), nil, int64(7)}},
		{"int64", leaf(parquet.Int64Type), rule.Int, []any{int64(math.MinInt64), nil, int64(math.MaxInt64)}, []any{int64(math.MinInt64), nil, int64(math.MaxInt64)}},
		{"int8", parquet.Int(8), rule.Int, []any{int32(-1), nil}, []any{int64(-1), nil}},
		{"uint32", parquet.Uint(32), rule.Int, []any{int32(-1), nil}, []any{int64(math.MaxUint32), nil}},
		{"uint64 is not visible", parquet.Uint(64), rule.Invalid, []any{int64(1)}, nil},
		{"float", leaf(parquet.FloatType), rule.Double, []any{float32(0.5), nil, float32(math.Inf(1)), float32(math.NaN())}, []any{0.5, nil, nil, nil}},
		{"double", leaf(parquet.DoubleType), rule.Double, []any{0.1, nil, math.Inf(-1), math.NaN(), math.Copysign(0, -1), 5e-324}, []any{0.1, nil, nil, nil, 0.0, 5e-324}},
		{"decimal on int32", parquet.Decimal(2, 9, parquet.Int32Type), rule.Double, []any{int32(-1234), nil}, []any{-12.34, nil}},
		{"decimal on int64", parquet.Decimal(18, 18, parquet.Int64Type), rule.Double, []any{int64(999999999999999999), nil}, []any{0.999999999999999999, nil}},
		{"decimal on fixed", parquet.Decimal(2, 18, fixed(9)), rule.Double, []any{"\xff\xff\xff\xff\xff\xff\xff\xff\x85", nil, "\x7f\xff\xff\xff\xff\xff\xff\xff\xff"}, []any{-1.23, nil, nil}},
		{"decimal on bytes", parquet.Decimal(2, 10, parquet.ByteArrayType), rule.Double, []any{"\x7b", nil, "\xff\x85", ""}, []any{1.23, nil, -1.23, nil}},
		{"decimal of 38 digits is not visible", parquet.Decimal(2, 38, fixed(17)), rule.Invalid, []any{"0123456789abcdefg"}, nil},
		{"string", parquet.String(), rule.String, []any{"käse", nil, "", "a\xff"}, []any{"käse", nil, "", nil}},
		{"enum", parquet.Enum(), rule.String, []any{"A", nil}, []any{"A", nil}},
		{"uuid", parquet.UUID(), rule.String, []any{fixedBytes("\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef"), nil}, []any{"01234567-89ab-cdef-0123-456789abcdef", nil}},
		{"json is not visible", parquet.JSON(), rule.Invalid, []any{"{}"}, nil},
		{"bytes are not visible", leaf(parquet.ByteArrayType), rule.Invalid, []any{"x"}, nil},
		{"fixed bytes are not visible", leaf(fixed(2)), rule.Invalid, []any{"xy"}, nil},
		{"date is a day of the zone", parquet.Date(), rule.Timestamp, []any{int32(0), nil, int32(math.MaxInt32)}, []any{micros("1969-12-31T23:00:00Z"), nil, nil}},
		{"timestamp ms", parquet.Timestamp(parquet.Millisecond), rule.Timestamp, []any{int64(-1), nil, int64(math.MaxInt64)}, []any{int64(-1000), nil, nil}},
		{"timestamp us", parquet.Timestamp(parquet.Microsecond), rule.Timestamp, []any{micros("0001-01-01T00:00:00Z"), nil, micros("0001-01-01T00:00:00Z") - 1, int64(math.MinInt64)}, []any{micros("0001-01-01T00:00:00Z"), nil, nil, nil}},
		{"timestamp ns is cut off towards the past", parquet.Timestamp(parquet.Nanosecond), rule.Timestamp, []any{int64(-1), nil, int64(1999)}, []any{int64(-1), nil, int64(1)}},
		{"the last instant of 9999", parquet.Timestamp(parquet.Microsecond), rule.Timestamp, []any{micros("9999-12-31T23:59:59.999999Z"), micros("9999-12-31T23:59:59.999999Z") + 1}, []any{micros("9999-12-31T23:59:59.999999Z"), nil}},
		{"timestamp without a zone", parquet.TimestampAdjusted(parquet.Microsecond, false), rule.Timestamp, []any{micros("2011-07-01T12:00:00Z"), nil}, []any{micros("2011-07-01T10:00:00Z"), nil}},
		{"int96 is an instant", leaf(parquet.Int96Type), rule.Timestamp, []any{deprecated.Int96{1_500_000_000, 0, 2440589}, nil, deprecated.Int96{0, 0, 0}}, []any{micros("1970-01-02T00:00:01.5Z"), nil, nil}},
		{"time of day is not visible", parquet.Time(parquet.Microsecond), rule.Invalid, []any{int64(1)}, nil},
	} {
		for _, dictionary := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, dictionary %v", c.name, dictionary), func(t *testing.T) {
				node := parquet.Optional(c.node)
				if dictionary {
					node = parquet.Encoded(node, &parquet.RLEDictionary)
				}
				text := encode(t, []column{{"x", node, v(c.in...)}, {"y", parquet.String(), v(make1(len(c.in))...)}})
				got, err := read(t, text, event.Options{Zone: berlin}, "x")
				if c.kind == rule.Invalid {
					wants(t, err, 3, "column x", "type")
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got[0], c.want) {
					t.Errorf("got %v, want %v", got[0], c.want)
				}
			})
		}
	}
}

func make1(n int) (out []any) {
	for range n {
		out = append(out, "1")
	}
	return out
}

// TestForms reads the same rows in every form that a writer may choose:
// encoding, codec, page version, size of pages, with and without nulls.
func TestForms(t *testing.T) {
	const n = 3000
	type kind struct {
		node      parquet.Node
		at        func(i int) any
		want      func(i int) any
		encodings []encoding.Encoding
	}
	text := func(i int) any { return fmt.Sprint("user-", i*i%977) }
	kinds := map[string]kind{
		"bool":   {node: parquet.Leaf(parquet.BooleanType), at: func(i int) any { return i%3 == 0 }, want: func(i int) any { return map[bool]int64{true: 1}[i%3 == 0] }, encodings: []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary}},
		"int32":  {node: parquet.Leaf(parquet.Int32Type), at: func(i int) any { return int32(i * i % 977) }, want: func(i int) any { return int64(i * i % 977) }, encodings: []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked, &parquet.ByteStreamSplit}},
		"int64":  {node: parquet.Leaf(parquet.Int64Type), at: func(i int) any { return int64(i) * -7e14 }, want: func(i int) any { return int64(i) * -7e14 }, encodings: []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked, &parquet.ByteStreamSplit}},
		"double": {node: parquet.Leaf(parquet.DoubleType), at: func(i int) any { return float64(i) / 8 }, want: func(i int) any { return float64(i) / 8 }, encodings: []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.ByteStreamSplit}},
		"float":  {node: parquet.Leaf(parquet.FloatType), at: func(i int) any { return float32(i) / 8 }, want: func(i int) any { return float64(i) / 8 }, encodings: []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.ByteStreamSplit}},
		"string": {node: parquet.String(), at: text, want: text, encodings: []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaLengthByteArray, &parquet.DeltaByteArray}},
	}
	codecs := []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Brotli, &parquet.Zstd, &parquet.Lz4Raw}
	form := 0
	for name, k := range kinds {
		for _, enc := range k.encodings {
			for _, nullable := range []bool{false, true} {
				form++
				codec, version := codecs[form%len(codecs)], 1+form%2
				t.Run(fmt.Sprint(name, " ", enc, " ", codec, " nulls ", nullable, " v", version), func(t *testing.T) {
					node := parquet.Encoded(k.node, enc)
					if nullable {
						node = parquet.Optional(node)
					}
					in, want := make([]any, n), make([]any, n)
					for i := range n {
						if nullable && i%5 == 1 {
							continue
						}
						in[i], want[i] = k.at(i), k.want(i)
					}
					text := encode(t, []column{{"x", node, v(in...)}}, parquet.Compression(codec), parquet.DataPageVersion(version),
						parquet.PageBufferSize(4000), parquet.MaxRowsPerRowGroup(1300))
					got, err := read(t, text, event.Options{}, "x")
					if err != nil {
						t.Fatal(err)
					}
					if !reflect.DeepEqual(got[0], want) {
						t.Error("the rows are not those that were written")
					}
				})
			}
		}
	}
}

// TestDictionaryFallsBack reads a chunk that starts with a dictionary and goes
// on plain, beside columns that do not.
func TestDictionaryFallsBack(t *testing.T) {
	const n = 40_000
	wide := column{"wide", parquet.Optional(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), nil}
	narrow := column{"narrow", parquet.Leaf(parquet.Int64Type), nil}
	for i := range n {
		wide.values = append(wide.values, parquet.ValueOf(fmt.Sprintf("%020d", i)))
		narrow.values = append(narrow.values, parquet.ValueOf(int64(i)))
	}
	dir := t.TempDir()
	put(t, dir, "x.parquet", encode(t, []column{wide, narrow}, parquet.DictionaryMaxBytes(100_000), parquet.PageBufferSize(30_000)))
	table, err := event.Open(t.Context(), dir, files("x.parquet"), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	row, dictionary, plain := 0, 0, 0
	for _, u := range table.Units() {
		err := u.Read(t.Context(), []string{"wide", "narrow"}, func(b *event.Batch) error {
			if b.Columns[0].Dict != nil {
				dictionary++
			} else {
				plain++
			}
			for i := range b.Rows {
				if value(b.Columns[0], i) != fmt.Sprintf("%020d", row) || value(b.Columns[1], i) != int64(row) {
					t.Fatal("columns are out of step")
				}
				row++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if row != n || dictionary == 0 || plain == 0 {
		t.Errorf("not all rows, or the file has one form alone")
	}
}
