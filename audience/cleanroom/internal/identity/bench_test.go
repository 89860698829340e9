// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// BenchmarkKernels measures the packing of keys, in rows, by their form.
func BenchmarkKernels(b *testing.B) {
	const rows = 4096
	hexOf := func(i int) string {
		sum := md5.Sum(fmt.Append(nil, i))
		return hex.EncodeToString(sum[:])
	}
	for _, k := range []struct {
		name string
		key  func(i int) string // nil: integers
	}{
		{"short", func(i int) string { return fmt.Sprintf("+49%010d", i*7919) }},
		{"hexadecimal", hexOf},
		{"UUID", func(i int) string {
			h := hexOf(i)
			return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
		}},
		{"verbatim, 40 bytes", func(i int) string { return fmt.Sprintf("customer-%031d", i) }},
		{"integers", nil},
		{"integers of 19 digits", nil},
	} {
		b.Run("keys, "+k.name, func(b *testing.B) {
			v, first := &event.Vector{Kind: rule.Int}, int64(0)
			if strings.Contains(k.name, "19") {
				first = 1e18
			}
			if k.key != nil {
				v = &event.Vector{Kind: rule.String, Texts: &event.Texts{}}
			}
			for i := range rows {
				if k.key == nil {
					v.Int = append(v.Int, first+int64(i)*7919)
					continue
				}
				key := k.key(i)
				v.Texts.Spans = append(v.Texts.Spans, event.Span{At: uint32(len(v.Texts.Bytes)), Len: uint32(len(key))})
				v.Texts.Bytes = append(v.Texts.Bytes, key...)
			}
			if v.Texts != nil {
				v.Texts.Bytes = append(v.Texts.Bytes, make([]byte, event.TextPadding)...)
			}
			all := make([]uint32, rows)
			for i := range all {
				all[i] = uint32(i)
			}
			var codes Codes
			for b.Loop() {
				codes.Turn(v)
				codes.Pick(all)
			}
			b.ReportMetric(rows*float64(b.N)/1e6/b.Elapsed().Seconds(), "Mrows/s")
		})
	}
}

// BenchmarkPhone measures reading numbers that have not been seen before.
func BenchmarkPhone(b *testing.B) {
	p := NewPhones(&plan.Identities{Region: "GB", Hash: hmacSHA256}, [][]byte{make([]byte, 32)})
	for _, form := range []string{"+4477%08d", "077%08d"} {
		b.Run(form, func(b *testing.B) {
			var ids []Code
			for n := 0; b.Loop(); n++ {
				ids = p.IDs(ids[:0], fmt.Appendf(nil, form, n%100_000_000), "text")
			}
			b.ReportMetric(float64(b.N)/1e3/b.Elapsed().Seconds(), "knumbers/s")
		})
	}
}
