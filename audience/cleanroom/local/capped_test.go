// SPDX-License-Identifier: Apache-2.0

package local

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/dp"
)

// TestCappedCountsEqualDuckDB holds the bounded counts of a plan on real data
// to memberships by DuckDB, bounded by Python's own HMAC.
func TestCappedCountsEqualDuckDB(t *testing.T) {
	t.Parallel()
	db := newDuckDB(t)
	in := retailInput(t, "testdata/capped.yaml")
	in.BoundKey = []byte("Schlüssel, long enough to be the key of a real account, and then some more of it")
	want := boundedByDuckDB(t, db, in)
	got := exact(t, in)
	for i, cells := range got {
		if k := in.Plan.Workload.Tables[i].Kind; k == dp.PeopleOver || k == dp.Dropped {
			continue // see TestCapIsTold
		}
		if !slices.Equal(cells, want[i]) {
			t.Errorf("table %d (%v): %v, want %v", i, in.Plan.Workload.Tables[i], cells, want[i])
		}
	}
	free := *in.Plan
	free.Privacy.MaxSegments = len(free.Segments)
	in.Plan = &free
	if slices.EqualFunc(exact(t, in), got, slices.Equal) {
		t.Error("the cap does not bind: this test proves nothing")
	}
}

func boundedByDuckDB(t *testing.T, db *duckDB, in *cleanroom.Input) [][]int64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(in.Root, "events*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	q := &question{plan: in.Plan, cal: in.Calendar, files: map[string][]string{"orders": files}}
	var lets, ids []string
	for _, b := range in.Plan.Bands {
		lets = append(lets, b.Let)
	}
	for _, s := range in.Plan.Segments {
		ids = append(ids, s.ID)
	}
	rows, err := db.query(nil, q.sql(lets), &bounding{string(in.BoundKey), ids, 1 + len(lets), in.Plan.Privacy.MaxSegments})
	if err != nil {
		t.Fatal(err)
	}
	w := &in.Plan.Workload
	total := make([][]int64, len(w.Tables))
	for i := range total {
		total[i] = make([]int64, w.Cells(i))
	}
	// One person a block: a block of one is as good as any.
	for _, row := range rows {
		b := &dp.Block{People: 1, Over: []uint32{0}}
		for i := range lets {
			v := row[1+i]
			if n, ok := v.(json.Number); ok {
				x, err := n.Float64()
				if err != nil {
					t.Fatal(err)
				}
				v = x
			}
			b.Cells = append(b.Cells, []uint32{uint32(in.Plan.Bands[i].Cell(v))})
		}
		for i := range ids {
			kept := uint64(0)
			if row[1+len(lets)+i] == true {
				kept = 1
			}
			b.Kept = append(b.Kept, kept)
		}
		addBlock(total, w, b)
	}
	return total
}

// TestCapIsTold holds what the engine says of a cap to the plan without one: how
// many people are in more segments than they are counted in, and how many of
// their memberships are not counted.
func TestCapIsTold(t *testing.T) {
	t.Parallel()
	in := retailInput(t, "testdata/capped.yaml")
	w := &in.Plan.Workload
	most := in.Plan.Privacy.MaxSegments
	got := exact(t, in)
	free := *in.Plan
	free.Privacy.MaxSegments = len(free.Segments)
	uncapped := *in
	uncapped.Plan = &free
	people, dropped, mu := int64(0), int64(0), sync.Mutex{}
	err := count(t.Context(), &uncapped, func(_, _ int, fill func(func(*dp.Block) error) error) error {
		return fill(func(b *dp.Block) error {
			mu.Lock()
			defer mu.Unlock()
			for p := range b.People {
				in := 0
				for _, kept := range b.Kept {
					in += int(kept >> p & 1)
				}
				if in > most {
					people++
					dropped += int64(min(in-most, most))
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for i, table := range w.Tables {
		switch table.Kind {
		case dp.PeopleOver:
			told++
			if got[i][0] != people {
				t.Error("the people over the cap are not those of the plan without one")
			}
		case dp.Dropped:
			told++
			if got[i][0] != dropped {
				t.Error("the dropped memberships are not those of the plan without a cap")
			}
		}
	}
	if told != 2 || people == 0 || dropped <= people {
		t.Errorf("%d tables; the cap hardly binds: this test proves nothing", told)
	}
}
