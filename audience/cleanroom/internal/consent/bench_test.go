// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/throng-dp/throng/audience/plan"
)

// BenchmarkKernels measures reading choices into a register, and asking it.
func BenchmarkKernels(b *testing.B) {
	const rows = 100_000
	type choice struct {
		Who string `parquet:"who,optional"`
	}
	dir := b.TempDir()
	var lines strings.Builder
	lines.WriteString("who\n")
	var objects strings.Builder
	choices := make([]choice, rows)
	for i := range choices {
		choices[i].Who = fmt.Sprintf("+49%010d", i*7919)
		lines.WriteString(choices[i].Who + "\n")
		objects.WriteString(`{"who": "` + choices[i].Who + "\"}\n")
	}
	if err := os.WriteFile(filepath.Join(dir, "out.csv"), []byte(lines.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "out.jsonl"), []byte(objects.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := parquet.WriteFile(filepath.Join(dir, "out.parquet"), choices); err != nil {
		b.Fatal(err)
	}
	mrows := func(b *testing.B) { b.ReportMetric(rows*float64(b.N)/1e6/b.Elapsed().Seconds(), "Mrows/s") }
	read := func(b *testing.B, file string) *Register {
		r, err := Read(b.Context(), dir, []plan.OptOuts{{Files: []string{file}, Person: "who"}}, &Question{Purposes: []string{"ads"}, AsOf: time.Unix(0, 0)})
		if err != nil {
			b.Fatal(err)
		}
		return r
	}
	for name, file := range map[string]string{"CSV": "out.csv", "JSON lines": "out.jsonl", "Parquet": "out.parquet"} {
		b.Run("opt-outs, "+name, func(b *testing.B) {
			for b.Loop() {
				read(b, file)
			}
			mrows(b)
		})
	}
	b.Run("opt-outs, asked", func(b *testing.B) {
		r := read(b, "out.csv")
		for b.Loop() {
			for i := range choices {
				if !r.OptedOut(choices[i].Who) {
					b.Fatal("a choice is lost")
				}
			}
		}
		mrows(b)
	})
}
