// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
)

var protocol thrift.CompactProtocol

// refoot changes a file's metadata and leaves its pages.
func refoot(t testing.TB, text []byte, change func(*format.FileMetaData)) []byte {
	t.Helper()
	end := len(text) - 8
	start := end - int(binary.LittleEndian.Uint32(text[end:]))
	var meta format.FileMetaData
	if err := thrift.Unmarshal(&protocol, text[start:end], &meta); err != nil {
		t.Fatal(err)
	}
	change(&meta)
	return foot(t, text[:start], &meta)
}

func foot(t testing.TB, pages []byte, meta *format.FileMetaData) []byte {
	t.Helper()
	text, err := thrift.Marshal(&protocol, meta)
	if err != nil {
		t.Fatal(err)
	}
	out := append(slices.Clone(pages), text...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(text)))
	return append(out, "PAR1"...)
}

// A page that a test writes by hand.
type page struct {
	header format.PageHeader
	body   []byte
}

// byHand makes a file of one required column x with these pages.
func byHand(t testing.TB, typ format.Type, codec format.CompressionCodec, rows int64, pages ...page) []byte {
	t.Helper()
	out := []byte("PAR1")
	for _, p := range pages {
		if p.header.CompressedPageSize == 0 {
			p.header.CompressedPageSize = int32(len(p.body))
		}
		if p.header.UncompressedPageSize == 0 {
			p.header.UncompressedPageSize = int32(len(p.body))
		}
		head, err := thrift.Marshal(&protocol, &p.header)
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, head...), p.body...)
	}
	return foot(t, out, &format.FileMetaData{Version: 1, NumRows: rows,
		Schema: []format.SchemaElement{{Name: "rows", NumChildren: thrift.New[int32](1)},
			{Name: "x", Type: thrift.New(typ), RepetitionType: thrift.New(format.Required)}},
		RowGroups: []format.RowGroup{{NumRows: rows, Columns: []format.ColumnChunk{{MetaData: format.ColumnMetaData{
			Type: typ, PathInSchema: []string{"x"}, Codec: codec, NumValues: rows, DataPageOffset: 4, TotalCompressedSize: int64(len(out) - 4)}}}}}})
}

func dataPage(values int32, encoding format.Encoding, body []byte) page {
	return page{format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{NumValues: values, Encoding: encoding,
		DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})}, body}
}

func dictionaryPage(values int32, body []byte) page {
	return page{format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: values})}, body}
}

// TestDamagedFiles holds every file that is not what it says to the fault that
// tells so. None of them is a panic, an end of file, or fewer rows.
func TestDamagedFiles(t *testing.T) {
	whole := people(t, "anna", "ben", "carl")
	withMeta := func(change func(m *format.FileMetaData)) []byte { return refoot(t, whole, change) }
	long := make([]byte, 16)
	zstdOf := func(n int) []byte {
		w, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(make([]byte, n), nil)
	}
	sized := func(p page, unpacked int32) page { p.header.UncompressedPageSize = unpacked; return p }
	crc := dataPage(2, format.Plain, long)
	crc.header.CRC = 1
	for _, c := range []struct {
		name  string
		text  []byte
		words string
	}{
		{"empty file", nil, "empty"},
		{"four bytes", []byte("PAR1"), "damaged"},
		{"wrong magic", append([]byte("NOPE"), whole[4:]...), "not a Parquet file"},
		{"CSV by another name", []byte("user_id,spend\nanna,1\nben,2\n"), "not a Parquet file"},
		{"gzip of Parquet", append([]byte{0x1f, 0x8b}, whole...), "gzip"},
		{"encrypted footer", append([]byte("PARE"), whole[4:]...), "encrypted"},
		{"encrypted footer at the end", append(slices.Clone(whole[:len(whole)-1]), 'E'), "encrypted"},
		{"cut off", whole[:len(whole)-1], "damaged"},
		{"cut in half", whole[:len(whole)/2], "damaged"},
		{"footer longer than the file", slices.Concat(whole[:len(whole)-8], []byte{255, 255, 255, 127}, []byte("PAR1")), "impossible length"},
		{"footer of length 0", slices.Concat(whole[:len(whole)-8], []byte{0, 0, 0, 0}, []byte("PAR1")), "impossible length"},
		{"negative rows", withMeta(func(m *format.FileMetaData) { m.NumRows = -1 }), "damaged"},
		{"rows are not those of the groups", withMeta(func(m *format.FileMetaData) { m.NumRows = 2 }), "do not add up"},
		{"values are not the rows", withMeta(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.NumValues = 2 }), "as many values"},
		{"fewer rows everywhere", withMeta(func(m *format.FileMetaData) {
			m.NumRows, m.RowGroups[0].NumRows = 2, 2
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.NumValues = 2
			}
		}), "damaged"},
		{"more rows everywhere", withMeta(func(m *format.FileMetaData) {
			m.NumRows, m.RowGroups[0].NumRows = 4, 4
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.NumValues = 4
			}
		}), "damaged"},
		{"a column outside the file", withMeta(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.DataPageOffset = 1 << 40 }), "outside"},
		{"a column before the file", withMeta(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.DataPageOffset = -4 }), "damaged"},
		{"a negative size", withMeta(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.TotalCompressedSize = -4 }), "damaged"},
		{"columns share bytes", withMeta(func(m *format.FileMetaData) {
			m.RowGroups[0].Columns[1].MetaData.DataPageOffset = m.RowGroups[0].Columns[0].MetaData.DataPageOffset
		}), "share bytes"},
		{"a column too few", withMeta(func(m *format.FileMetaData) { m.RowGroups[0].Columns = m.RowGroups[0].Columns[:1] }), "lacks columns"},
		{"another column's path", withMeta(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.PathInSchema = []string{"other"} }), "schema"},
		{"columns in another file", withMeta(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].FilePath = "../../etc/shadow" }), "other files"},
		{"two columns of one name", withMeta(func(m *format.FileMetaData) {
			m.Schema[1].Name, m.Schema[2].Name = "User_ID", "user_id"
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.PathInSchema = []string{m.Schema[i+1].Name}
			}
		}), "case"},
		{"no schema", withMeta(func(m *format.FileMetaData) { m.Schema, m.RowGroups, m.NumRows = nil, nil, 0 }), "schema"},
		{"10,001 columns", wide(t, 10_001), "10,000 columns"},
		{"nested a thousand deep", deep(t, 1000), "nested"},
		{"a page that ends outside its column", byHand(t, format.Int64, format.Uncompressed, 2, func() page {
			p := dataPage(2, format.Plain, long)
			p.header.CompressedPageSize = 1000
			return p
		}()), "damaged"},
		{"a checksum that does not fit", byHand(t, format.Int64, format.Uncompressed, 2, crc), "checksum"},
		{"a page that unpacks to 2 GiB", byHand(t, format.Int64, format.Zstd, 2, sized(dataPage(2, format.Plain, zstdOf(16)), 1<<31-1)), "256 MiB"},
		{"a bomb that says so", byHand(t, format.Int64, format.Zstd, 2, sized(dataPage(2, format.Plain, zstdOf(100<<20)), 100<<20)), "thousand times"},
		{"a bomb that does not", byHand(t, format.Int64, format.Zstd, 2, sized(dataPage(2, format.Plain, zstdOf(100<<20)), 16)), "unpack"},
		{"snappy says another length", byHand(t, format.Int64, format.Snappy, 2, sized(dataPage(2, format.Plain, snappy.Encode(nil, make([]byte, 1<<20))), 16)), "unpack"},
		{"lz4 of nonsense", byHand(t, format.Int64, format.Lz4Raw, 2, sized(dataPage(2, format.Plain, []byte{255, 255, 255, 255, 1}), 16)), "unpack"},
		{"gzip that holds more", byHand(t, format.Int64, format.Gzip, 2, sized(dataPage(2, format.Plain, gzipOf(t, 1<<20)), 16)), "unpack"},
		{"LZO", byHand(t, format.Int64, format.LZO, 2, dataPage(2, format.Plain, long)), "compressed with LZO, which is not supported"},
		{"LZ4 in its old framing", byHand(t, format.Int64, format.Lz4, 2, dataPage(2, format.Plain, long)), "compressed with LZ4, which is not supported"},
		{"a codec that nobody knows", byHand(t, format.Int64, 9, 2, dataPage(2, format.Plain, long)), "compressed in a way"},
		{"an encoding that nobody knows", byHand(t, format.Int64, format.Uncompressed, 2, dataPage(2, 30, long)), "encoding"},
		{"a page of no type", byHand(t, format.Int64, format.Uncompressed, 2, page{format.PageHeader{Type: 9}, long}), "no known type"},
		{"an index outside the dictionary", byHand(t, format.Int64, format.Uncompressed, 2, dictionaryPage(2, long), dataPage(2, format.RLEDictionary, []byte{2, 4, 3})), "not in its dictionary"},
		{"indexes without a dictionary", byHand(t, format.Int64, format.Uncompressed, 2, dataPage(2, format.RLEDictionary, []byte{1, 4, 0})), "lacks its dictionary"},
		{"twenty million differences in a few bytes", byHand(t, format.Int64, format.Uncompressed, 20_000_000, dataPage(20_000_000, format.DeltaBinaryPacked, []byte{128, 1, 4, 0x80, 0xda, 0xc4, 0x09, 0})), "too many values"},
		{"two dictionaries", byHand(t, format.Int64, format.Uncompressed, 2, dictionaryPage(2, long), dictionaryPage(2, long), dataPage(2, format.RLEDictionary, []byte{1, 4, 0})), "two dictionaries"},
		{"a run that asks for gigabytes", byHand(t, format.Int64, format.Uncompressed, 2, dictionaryPage(2, long), dataPage(2, format.RLEDictionary, []byte{1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0})), "damaged"},
		{"such a run behind an empty one", byHand(t, format.Int64, format.Uncompressed, 2, dictionaryPage(2, long), dataPage(2, format.RLEDictionary, []byte{1, 4, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0})), "damaged"},
		{"too few indexes", byHand(t, format.Int64, format.Uncompressed, 2, dictionaryPage(2, long), dataPage(2, format.RLEDictionary, []byte{1, 2, 0})), "damaged"},
		{"too few values", byHand(t, format.Int64, format.Uncompressed, 2, dataPage(2, format.Plain, long[:8])), "damaged"},
		{"too few pages", byHand(t, format.Int64, format.Uncompressed, 3, dataPage(2, format.Plain, long)), "fewer values"},
		{"too many pages", byHand(t, format.Int64, format.Uncompressed, 2, dataPage(2, format.Plain, long), dataPage(2, format.Plain, long)), "more values"},
		{"texts that end early", byHand(t, format.Int64, format.Uncompressed, 2, dataPage(2, format.DeltaBinaryPacked, []byte{128, 1, 4, 2, 0})), "damaged"},
		{"more differences than rows", byHand(t, format.Int64, format.Uncompressed, 2, dataPage(2, format.DeltaBinaryPacked, []byte{128, 1, 4, 0xff, 0xff, 0xff, 0x7f, 0})), "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, c.text, event.Options{}, "x")
			if err != nil && strings.Contains(err.Error(), "no file has this column") {
				_, err = read(t, c.text, event.Options{}, "user_id", "spend")
			}
			wants(t, err, fault.Input, "x.parquet", c.words)
		})
	}
}

func gzipOf(t *testing.T, n int) []byte {
	out, err := parquet.Gzip.Encode(nil, make([]byte, n))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wide(t *testing.T, n int) []byte {
	m := &format.FileMetaData{Version: 1, Schema: []format.SchemaElement{{Name: "rows", NumChildren: thrift.New(int32(n))}}}
	for i := range n {
		m.Schema = append(m.Schema, format.SchemaElement{Name: fmt.Sprint("c", i), Type: thrift.New(format.Int64), RepetitionType: thrift.New(format.Required)})
	}
	return foot(t, []byte("PAR1"), m)
}

func deep(t *testing.T, n int) []byte {
	m := &format.FileMetaData{Version: 1, Schema: []format.SchemaElement{{Name: "rows", NumChildren: thrift.New[int32](1)}}}
	for range n {
		m.Schema = append(m.Schema, format.SchemaElement{Name: "g", NumChildren: thrift.New[int32](1), RepetitionType: thrift.New(format.Optional)})
	}
	m.Schema = append(m.Schema, format.SchemaElement{Name: "x", Type: thrift.New(format.Int64), RepetitionType: thrift.New(format.Required)})
	return foot(t, []byte("PAR1"), m)
}

// TestManyRowsOfAFewBytes reads a column of one value, as some writers leave it,
// without memory for all of its rows.
func TestManyRowsOfAFewBytes(t *testing.T) {
	const rows = 20_000_000
	two := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 7), 9)
	run := binary.AppendUvarint([]byte{1}, rows<<1)
	dir := t.TempDir()
	put(t, dir, "x.parquet", byHand(t, format.Int64, format.Uncompressed, rows, dictionaryPage(2, two), dataPage(rows, format.RLEDictionary, append(run, 1))))
	table, err := event.Open(t.Context(), dir, files("x.parquet"), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	seen := 0
	err = table.Units()[0].Read(t.Context(), []string{"x"}, func(b *event.Batch) error {
		for _, i := range b.Columns[0].Index {
			if b.Columns[0].Dict.Int[i] == 9 {
				seen++
			}
		}
		return nil
	})
	runtime.ReadMemStats(&after)
	if err != nil || seen != rows {
		t.Errorf("%d rows, %v", seen, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
		t.Errorf("took %d bytes", took)
	}
}

// TestOddButWhole reads files that other writers produce and this one's do not.
func TestOddButWhole(t *testing.T) {
	two := slices.Concat(binary.LittleEndian.AppendUint64(nil, 7), binary.LittleEndian.AppendUint64(nil, 9))
	trues := func(run ...byte) []byte {
		return append(binary.LittleEndian.AppendUint32(nil, uint32(len(run))), run...)
	}
	nines := []any{int64(9), int64(9)}
	for _, c := range []struct {
		name string
		text []byte
		want []any
	}{
		{"no rows", byHand(t, format.Int64, format.Uncompressed, 0), nil},
		{"no row groups", refoot(t, byHand(t, format.Int64, format.Uncompressed, 0), func(m *format.FileMetaData) { m.RowGroups = nil }), nil},
		{"an empty page between others", byHand(t, format.Int64, format.Uncompressed, 2, dataPage(2, format.Plain, two), dataPage(0, format.Plain, nil)), []any{int64(7), int64(9)}},
		{"one entry without bits or runs", byHand(t, format.Int64, format.Uncompressed, 2, dictionaryPage(1, two[8:]), dataPage(2, format.RLEDictionary, []byte{0})), nines},
		{"the old name of dictionaries", byHand(t, format.Int64, format.Uncompressed, 2, dictionaryPage(2, two), dataPage(2, format.PlainDictionary, []byte{1, 4, 1})), nines},
		{"a run of bools", byHand(t, format.Boolean, format.Uncompressed, 10, dataPage(10, format.RLE, trues(20, 1))), slices.Repeat([]any{int64(1)}, 10)},
		{"a run and a group of bools", byHand(t, format.Boolean, format.Uncompressed, 5, dataPage(5, format.RLE, trues(4, 1, 3, 0b010))),
			[]any{int64(1), int64(1), int64(0), int64(1), int64(0)}},
		{"a last group filled up to 256, as DuckDB does", byHand(t, format.Int64, format.Uncompressed, 2, dictionaryPage(2, two),
			dataPage(2, format.RLEDictionary, slices.Concat([]byte{1, 32<<1 | 1, 0b11}, make([]byte, 31)))), nines},
		{"a run that is very dense", byHand(t, format.Int64, format.Uncompressed, 1<<20, dictionaryPage(2, two), dataPage(1<<20, format.RLEDictionary, []byte{1, 0x80, 0x80, 0x80, 1, 1})), slices.Repeat([]any{int64(9)}, 1<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(t, c.text, event.Options{}, "x")
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got[0], c.want) {
				t.Errorf("the rows are not those that were written")
			}
		})
	}
}

// TestMutations changes bytes of a small file, thousands of times, and cuts it.
// A mutant is refused, or has every row: never a panic, never a hang, never fewer
// rows without an error. The seed is fixed, so a failure repeats.
func TestMutations(t *testing.T) {
	const rows, mutants = 600, 3000
	text, plain := mixed(t, rows, true), mixed(t, rows, false)
	names := []string{"b", "d", "delta", "i", "s", "u"}
	dir, r := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	start, refused := time.Now(), 0
	for i := range mutants {
		whole := text
		if i%2 == 0 {
			whole = plain // without checksums more damage gets through to the decoders
		}
		mutant := slices.Clone(whole)
		for range 1 + r.IntN(3) {
			at := r.IntN(len(mutant))
			if r.IntN(2) == 0 {
				at = len(mutant) - 1 - r.IntN(1500)
			}
			mutant[at] = byte(r.IntN(256))
		}
		if r.IntN(20) == 0 {
			mutant = mutant[:r.IntN(len(mutant))]
		}
		got, err := readIn(t, dir, mutant, event.Options{}, names...)
		var f *fault.Error
		switch {
		case err != nil && !errors.As(err, &f):
			t.Fatalf("mutant %d: %v is no fault", i, err)
		case err != nil:
			refused++
		default:
			for c := range got {
				if len(got[c]) != rows {
					t.Fatalf("mutant %d: column %s lost rows without an error", i, names[c])
				}
			}
		}
	}
	if refused < mutants/2 {
		t.Error("most damage went unseen: does the test still damage anything?")
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v: something hangs", took)
	}
}

// mixed writes a file of several encodings. With checksums the library writes
// it; without, they are taken out of the page headers, which the library can
// not do.
func mixed(t *testing.T, rows int, checksums bool) []byte {
	columns := []column{
		{"b", parquet.Optional(parquet.Leaf(parquet.BooleanType)), nil},
		{"d", parquet.Optional(parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.RLEDictionary)), nil},
		{"delta", parquet.Encoded(parquet.Leaf(parquet.Int64Type), &parquet.DeltaBinaryPacked), nil},
		{"i", parquet.Optional(parquet.Leaf(parquet.Int32Type)), nil},
		{"s", parquet.Encoded(parquet.String(), &parquet.RLEDictionary), nil},
		{"u", parquet.Optional(parquet.Encoded(parquet.String(), &parquet.DeltaByteArray)), nil},
	}
	for i := range rows {
		for c := range columns {
			x := parquet.NullValue()
			if !columns[c].node.Optional() || i%7 != 0 {
				x = []parquet.Value{parquet.ValueOf(i%2 == 0), parquet.ValueOf(float64(i % 40)), parquet.ValueOf(int64(i * i)), parquet.ValueOf(int32(i)),
					parquet.ValueOf(fmt.Sprint("event-", i%9)), parquet.ValueOf(fmt.Sprint("user-", i))}[c]
			}
			columns[c].values = append(columns[c].values, x)
		}
	}
	text := encode(t, columns, parquet.Compression(&parquet.Snappy), parquet.PageBufferSize(1000), parquet.MaxRowsPerRowGroup(400))
	if checksums {
		return text
	}
	return withoutChecksums(t, text)
}

// withoutChecksums rewrites a file's page headers.
func withoutChecksums(t *testing.T, text []byte) []byte {
	out := []byte("PAR1")
	var pages []byte
	body := refoot(t, text, func(m *format.FileMetaData) {
		for g := range m.RowGroups {
			for c := range m.RowGroups[g].Columns {
				meta := &m.RowGroups[g].Columns[c].MetaData
				start := meta.DataPageOffset
				if meta.DictionaryPageOffset > 0 {
					start = meta.DictionaryPageOffset
				}
				chunk := text[start : start+meta.TotalCompressedSize]
				meta.DataPageOffset, meta.DictionaryPageOffset = int64(len(out)), 0
				for len(chunk) > 0 {
					in := protocol.NewReaderFromBytes(bytes.Clone(chunk))
					var h format.PageHeader
					if err := thrift.NewDecoder(in).Decode(&h); err != nil {
						t.Fatal(err)
					}
					chunk = chunk[in.BytesRead():]
					h.CRC = 0
					head, err := thrift.Marshal(&protocol, &h)
					if err != nil {
						t.Fatal(err)
					}
					out = append(append(out, head...), chunk[:h.CompressedPageSize]...)
					chunk = chunk[h.CompressedPageSize:]
				}
				meta.TotalCompressedSize = int64(len(out)) - meta.DataPageOffset
				m.RowGroups[g].Columns[c].ColumnIndexOffset, m.RowGroups[g].Columns[c].OffsetIndexOffset = 0, 0
			}
		}
	})
	pages = out
	size := int(binary.LittleEndian.Uint32(body[len(body)-8:]))
	return append(slices.Clone(pages), body[len(body)-8-size:]...)
}

// TestWithoutChecksums makes sure that the mutants' seed without checksums is
// the same table.
func TestWithoutChecksums(t *testing.T) {
	one, err := read(t, mixed(t, 600, true), event.Options{}, "b", "d", "delta", "i", "s", "u")
	if err != nil {
		t.Fatal(err)
	}
	other, err := read(t, mixed(t, 600, false), event.Options{}, "b", "d", "delta", "i", "s", "u")
	if err != nil || !reflect.DeepEqual(one, other) {
		t.Error("the files differ", err)
	}
}
