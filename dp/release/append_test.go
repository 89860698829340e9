// SPDX-License-Identifier: Apache-2.0

package release

import (
	"encoding/json"
	"math/rand"
	"reflect"
	"testing"
	"testing/quick"
)

// TestTablesAreWrittenAsJSON compares tables of any content in all their fields
// with what encoding/json makes of them.
func TestTablesAreWrittenAsJSON(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	texts := []string{"", "a b", `"<&>\`, "ü", "\x00", "\xff", "\u2028", "a\x7f"}
	reals := []float64{0, 1.5, -12.5, 1e-7, -1e-9, 1e-10, 1e20, 1e21, 1.5e300, 40.6}
	for range 2000 {
		v, ok := quick.Value(reflect.TypeFor[[]Table](), r)
		if !ok {
			t.Fatal("no tables can be made")
		}
		tables := v.Interface().([]Table)
		for i := range tables {
			w := &tables[i]
			w.Unit = texts[r.Intn(len(texts))]
			w.Segments = append(w.Segments, texts[r.Intn(len(texts))])
			w.Bins = append(w.Bins, reals[r.Intn(len(reals))])
			if len(w.Cells) > 0 {
				w.Cells[0].Unbiased = &reals[r.Intn(len(reals))]
			}
		}
		release := &Release{ID: texts[r.Intn(len(texts))], Plan: `","tables":null`, Tables: tables}
		got, err := release.marshal()
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(release)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}
