// SPDX-License-Identifier: Apache-2.0

package near

import "testing"

// TestFetch asks for what is there and for what is not: neither changes anything
// nor faults.
func TestFetch(t *testing.T) {
	table := []uint64{1, 2, 3, 4}
	Fetch(table, []uint32{0, 1, ^uint32(0), 1 << 31, 3}, 1)
	Fetch(table, nil, 1)
	FetchLine(table, []uint32{0, 1, ^uint32(0), 1 << 31}, 2)
	FetchLine([]uint64{}, []uint32{0}, 4)
	Fetch([]uint64{}, []uint32{0}, 4)
	for i, v := range table {
		if v != uint64(i+1) {
			t.Fatal("fetching changed the table")
		}
	}
}

// BenchmarkFetch sums records in no order, asked for beforehand and not.
func BenchmarkFetch(b *testing.B) {
	const people, stride, many = 1 << 20, 4, 256
	table := make([]uint64, people*stride)
	places := make([]uint32, 1<<18)
	x := uint32(1)
	for i := range places {
		x = x*1664525 + 1013904223
		places[i] = x >> 12
	}
	for name, fetch := range map[string]bool{"fetched": true, "met": false} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				for at := 0; at < len(places); at += many {
					part := places[at:][:many]
					if fetch {
						Fetch(table, part, stride)
					}
					for _, p := range part {
						table[p*stride]++
					}
				}
			}
			b.ReportMetric(float64(b.N)*float64(len(places))/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
