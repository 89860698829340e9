// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule"
)

// reference is the table of forms.py, read by parquet-go's own reader: rows of
// values in the order of its columns.
type reference struct {
	names []string
	rows  [][]parquet.Value
}

func readReference(t *testing.T, file string) *reference {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(in, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	ref := &reference{}
	for _, path := range f.Schema().Columns() {
		ref.names = append(ref.names, path[0])
	}
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		some := make([]parquet.Row, 100)
		for {
			n, err := rows.ReadRows(some)
			for _, row := range some[:n] {
				values := make([]parquet.Value, len(ref.names))
				for _, v := range row {
					values[v.Column()] = v.Clone()
				}
				ref.rows = append(ref.rows, values)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return ref
}

// unscaled is the number behind a decimal of four bytes.
func unscaled(v parquet.Value) int64 { return int64(int32(binary.BigEndian.Uint32(v.ByteArray()))) }

// A goColumn is how a form writes one column: a node, and what becomes of a
// value that is not null.
type goColumn struct {
	node parquet.Node
	turn func(parquet.Value) parquet.Value
}

type goForm map[string]goColumn

func same(v parquet.Value) parquet.Value { return v }

// with returns the form with one column written another way.
func (f goForm) with(name string, node parquet.Node, turn func(parquet.Value) parquet.Value) goForm {
	g := goForm{name: {node, turn}}
	for n, c := range f {
		if n != name {
			g[n] = c
		}
	}
	return g
}

// encoded returns the form with these columns' encodings.
func (f goForm) encoded(of map[string]encoding.Encoding) goForm {
	for n, e := range of {
		f = f.with(n, parquet.Encoded(f[n].node, e), f[n].turn)
	}
	return f
}

func (f goForm) everything(e encoding.Encoding) goForm {
	of := map[string]encoding.Encoding{}
	for n := range f {
		if n != "b" || e == &parquet.Plain {
			of[n] = e
		}
	}
	return f.encoded(of)
}

func (f goForm) write(t *testing.T, ref *reference, root, form string, options ...parquet.WriterOption) {
	t.Helper()
	group := parquet.Group{}
	for n, c := range f {
		group[n] = parquet.Optional(c.node)
	}
	schema := parquet.NewSchema("table", group)
	if err := os.Mkdir(filepath.Join(root, form), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(root, form, "a.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewWriter(out, append([]parquet.WriterOption{schema}, options...)...)
	for _, values := range ref.rows {
		row := make(parquet.Row, len(values))
		for i, v := range values {
			leaf, _ := schema.Lookup(ref.names[i])
			defined := 0
			if !v.IsNull() {
				v, defined = f[ref.names[i]].turn(v), 1
			}
			row[leaf.ColumnIndex] = v.Level(0, defined, leaf.ColumnIndex)
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// goForms adds what parquet-go writes to the forms below root.
func goForms(t *testing.T, root string) {
	t.Helper()
	ref := readReference(t, filepath.Join(root, "plain", "a.parquet"))
	leaf := parquet.Leaf
	number := func(v parquet.Value) parquet.Value { return parquet.Int64Value(unscaled(v)) }
	base := goForm{
		"who": {parquet.String(), same}, "at": {parquet.Timestamp(parquet.Microsecond), same}, "n": {parquet.Int(64), same},
		"x": {leaf(parquet.DoubleType), same}, "s": {parquet.String(), same}, "b": {leaf(parquet.BooleanType), same},
		"d": {parquet.Decimal(2, 18, parquet.Int64Type), number}, "day": {parquet.Date(), same},
	}
	small := []parquet.WriterOption{parquet.PageBufferSize(500), parquet.MaxRowsPerRowGroup(1000)}
	for name, codec := range map[string]compress.Codec{"none": &parquet.Uncompressed, "snappy": &parquet.Snappy, "gzip": &parquet.Gzip,
		"zstd": &parquet.Zstd, "lz4_raw": &parquet.Lz4Raw, "brotli": &parquet.Brotli} {
		base.everything(&parquet.RLEDictionary).write(t, ref, root, "go-v1-"+name, parquet.Compression(codec), parquet.DataPageVersion(1))
		base.everything(&parquet.Plain).write(t, ref, root, "go-v2-"+name, append(small, parquet.Compression(codec), parquet.DataPageVersion(2))...)
	}
	deltas := base.encoded(map[string]encoding.Encoding{"who": &parquet.DeltaByteArray, "at": &parquet.DeltaBinaryPacked, "n": &parquet.DeltaBinaryPacked,
		"x": &parquet.ByteStreamSplit, "s": &parquet.DeltaLengthByteArray, "d": &parquet.ByteStreamSplit, "day": &parquet.DeltaBinaryPacked})
	for version := 1; version <= 2; version++ {
		pages := "-pages-" + string(rune('0'+version))
		deltas.write(t, ref, root, "go-deltas"+pages, parquet.DataPageVersion(version))
		deltas.write(t, ref, root, "go-small-deltas"+pages, append(small, parquet.DataPageVersion(version), parquet.Compression(&parquet.Zstd))...)
		base.everything(&parquet.RLEDictionary).write(t, ref, root, "go-fallback"+pages, append(small, parquet.DataPageVersion(version), parquet.DictionaryMaxBytes(500))...)
	}
	base.write(t, ref, root, "go-blooms", append(small, parquet.DataPageStatistics(true),
		parquet.BloomFilters(parquet.SplitBlockFilter(10, "who"), parquet.SplitBlockFilter(10, "s")))...)

	times := func(by func(int64) int64) func(parquet.Value) parquet.Value {
		return func(v parquet.Value) parquet.Value { return parquet.Int64Value(by(v.Int64())) }
	}
	milli, nano := times(func(t int64) int64 { return t / 1000 }), times(func(t int64) int64 { return t*1000 + 999 })
	for name, c := range map[string]goColumn{
		"millis": {parquet.Timestamp(parquet.Millisecond), milli}, "nanos": {parquet.Timestamp(parquet.Nanosecond), nano},
		"local-micros": {parquet.TimestampAdjusted(parquet.Microsecond, false), same},
		"local-millis": {parquet.TimestampAdjusted(parquet.Millisecond, false), milli},
		"local-nanos":  {parquet.TimestampAdjusted(parquet.Nanosecond, false), nano},
		"int96":        {leaf(parquet.Int96Type), int96Of},
	} {
		base.with("at", c.node, c.turn).write(t, ref, root, "go-"+name)
		base.with("at", parquet.Encoded(c.node, &parquet.Plain), c.turn).write(t, ref, root, "go-plain-"+name, small...)
	}
	for name, c := range map[string]goColumn{
		"int32": {parquet.Decimal(2, 9, parquet.Int32Type), func(v parquet.Value) parquet.Value { return parquet.Int32Value(int32(unscaled(v))) }},
		"fixed": {parquet.Decimal(2, 9, parquet.FixedLenByteArrayType(4)), same},
		"bytes": {parquet.Decimal(2, 18, parquet.ByteArrayType), func(v parquet.Value) parquet.Value { return parquet.ByteArrayValue(v.ByteArray()) }},
	} {
		base.with("d", c.node, c.turn).write(t, ref, root, "go-decimal-"+name)
		base.with("d", parquet.Encoded(c.node, &parquet.Plain), c.turn).write(t, ref, root, "go-decimal-plain-"+name)
	}
	base.with("who", parquet.UUID(), func(v parquet.Value) parquet.Value {
		sum := md5.Sum(v.ByteArray()) // any map that keeps keys apart
		return parquet.FixedLenByteArrayValue(sum[:])
	}).write(t, ref, root, "go-uuid-keys", small...)
	base.with("who", parquet.Int(32), func(v parquet.Value) parquet.Value {
		n := int32(0)
		for _, c := range v.ByteArray() {
			n = 10*n + int32(c-'0')
		}
		return parquet.Int32Value(-n)
	}).encoded(map[string]encoding.Encoding{"who": &parquet.DeltaBinaryPacked}).write(t, ref, root, "go-negative-keys")
}

func int96Of(v parquet.Value) parquet.Value {
	const day, epoch = 86_400_000_000, 2_440_588 // the Julian day of 1970-01-01
	days := v.Int64() / day
	nanos := uint64(v.Int64()-days*day) * 1000
	return parquet.Int96Value(deprecated.Int96{uint32(nanos), uint32(nanos >> 32), uint32(days + epoch)})
}

// interpreted counts a file's people by segment with the reference
// implementation of rules and parquet-go's reader: nothing of the engine.
func interpreted(t *testing.T, in *cleanroom.Input, file string) map[string]int64 {
	t.Helper()
	m, err := match.Load(in.Plan.Rules, in.Calendar, everybody{})
	if err != nil {
		t.Fatal(err)
	}
	ref := readReference(t, file)
	people := map[string]*match.Person{}
	for _, row := range ref.rows {
		fields := map[string]rule.Value{}
		who := ""
		for i, v := range row {
			if v.IsNull() {
				continue
			}
			switch name := ref.names[i]; name {
			case "who":
				who = string(v.ByteArray())
			case "at":
				fields[name] = time.UnixMicro(v.Int64()).UTC()
			case "day":
				fields[name] = time.Unix(int64(v.Int32())*86_400, 0).UTC()
			case "n":
				fields[name] = v.Int64()
			case "d":
				fields[name] = float64(unscaled(v)) / 100
			case "x":
				fields[name] = v.Double()
			case "b":
				fields[name] = v.Boolean()
			default:
				fields[name] = string(v.ByteArray())
			}
		}
		at, seen := fields["at"].(time.Time)
		if who == "" || !seen || !in.Calendar.Visible(at) {
			continue
		}
		if people[who] == nil {
			people[who] = &match.Person{Key: who, Events: map[string][]match.Event{}}
		}
		people[who].Events["v"] = append(people[who].Events["v"], match.Event{Time: &at, Fields: fields})
	}
	counts := map[string]int64{"": int64(len(people))}
	for _, s := range in.Plan.Segments {
		counts[s.ID] = 0
	}
	for _, p := range people {
		got, err := m.Match(context.Background(), p, "ads")
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got.Segments {
			if v == true {
				counts[in.Plan.Segments[i].ID]++
			}
		}
	}
	return counts
}
