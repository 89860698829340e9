// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/plan"
)

// BenchmarkKernels measures reading one column, files to batches, by type and
// encoding, from warm files without compression; and what codecs add to one.
func BenchmarkKernels(b *testing.B) {
	const rows = 200_000
	r := rand.New(rand.NewPCG(1, 2))
	ints, doubles, texts, bools := make([]any, rows), make([]any, rows), make([]any, rows), make([]any, rows)
	words, decimals, times, some := make([]any, rows), make([]any, rows), make([]any, rows), make([]any, rows)
	for i := range rows {
		ints[i], doubles[i], bools[i] = r.Int64N(1_000_000), float64(r.IntN(100_000))/100, r.IntN(2) == 0
		texts[i], words[i] = fmt.Sprintf("+49%010d", r.IntN(1_000_000)), fmt.Sprint("word", r.IntN(200))
		decimals[i], times[i] = int64(r.IntN(1_000_000)), int64(1_300_000_000_000_000+i*1_000)
		if r.IntN(4) > 0 {
			some[i] = ints[i]
		}
	}
	leaf := parquet.Leaf
	for _, k := range []struct {
		name   string
		node   parquet.Node
		values []any
		keys   bool
		codec  compress.Codec
	}{
		{"dictionary of strings", parquet.Encoded(parquet.String(), &parquet.RLEDictionary), words, false, nil},
		{"dictionary of doubles", parquet.Encoded(leaf(parquet.DoubleType), &parquet.RLEDictionary), doubles, false, nil},
		{"plain bools", leaf(parquet.BooleanType), bools, false, nil},
		{"plain ints", leaf(parquet.Int64Type), ints, false, nil},
		{"plain ints, a quarter null", parquet.Optional(leaf(parquet.Int64Type)), some, false, nil},
		{"delta ints", parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked), ints, false, nil},
		{"plain doubles", leaf(parquet.DoubleType), doubles, false, nil},
		{"split doubles", parquet.Encoded(leaf(parquet.DoubleType), &parquet.ByteStreamSplit), doubles, false, nil},
		{"decimals", parquet.Decimal(2, 18, parquet.Int64Type), decimals, false, nil},
		{"times", parquet.Timestamp(parquet.Microsecond), times, false, nil},
		{"times without a zone", parquet.TimestampAdjusted(parquet.Microsecond, false), times, false, nil},
		{"plain strings", parquet.String(), texts, false, nil},
		{"delta strings", parquet.Encoded(parquet.String(), &parquet.DeltaByteArray), texts, false, nil},
		{"plain keys", parquet.String(), texts, true, nil},
		{"plain keys, snappy", parquet.String(), texts, true, &parquet.Snappy},
		{"plain keys, lz4_raw", parquet.String(), texts, true, &parquet.Lz4Raw},
		{"plain keys, zstd", parquet.String(), texts, true, &parquet.Zstd},
		{"plain keys, gzip", parquet.String(), texts, true, &parquet.Gzip},
		{"plain keys, brotli", parquet.String(), texts, true, &parquet.Brotli},
	} {
		b.Run("decode, "+k.name, func(b *testing.B) {
			dir := b.TempDir()
			options := []parquet.WriterOption{parquet.DataPageVersion(1)}
			if k.codec != nil {
				options = append(options, parquet.Compression(k.codec))
			}
			put(b, dir, "x.parquet", encode(b, []column{{"x", k.node, v(k.values...)}}, options...))
			table, err := event.Open(b.Context(), dir, &plan.Source{Name: "x", Files: []string{"x.parquet"}}, event.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer table.Close()
			keys := -1
			if k.keys {
				keys = 0
			}
			units := table.Units()
			for b.Loop() {
				for _, u := range units {
					if err := u.ReadKeys(b.Context(), []string{"x"}, keys, func(*event.Batch) error { return nil }); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(rows*float64(b.N)/1e6/b.Elapsed().Seconds(), "Mrows/s")
		})
	}
}
