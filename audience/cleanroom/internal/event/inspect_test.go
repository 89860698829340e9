// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/rule"
)

// TestInspect tells names and types, and guesses roles by them.
func TestInspect(t *testing.T) {
	dir := t.TempDir()
	text := encode(t, []column{
		{"User_ID", parquet.Optional(parquet.String()), v("anna")},
		{"created_at", parquet.TimestampAdjusted(parquet.Millisecond, false), v(int64(1))},
		{"event_time", parquet.Timestamp(parquet.Microsecond), v(int64(1))},
		{"id", parquet.Leaf(parquet.DoubleType), v(1.0)},
		{"line_id", parquet.Leaf(parquet.Int64Type), v(int64(1))},
		{"price", parquet.Decimal(2, 9, parquet.Int32Type), v(int32(1))},
		{"text", parquet.String(), v("secret")},
	}, parquet.Compression(&parquet.Snappy))
	put(t, dir, "date=2011-12-09/a.parquet", text)
	got, err := event.Inspect(t.Context(), filepath.Join(dir, "date=2011-12-09", "a.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Columns {
		got.Columns[i].Codecs, got.Columns[i].Encodings = nil, nil
	}
	want := []event.SchemaColumn{
		{Name: "date", Physical: "PATH", Kind: rule.String},
		{Name: "User_ID", Physical: "BYTE_ARRAY", Logical: "STRING", Kind: rule.String, Optional: true, Role: "person"},
		{Name: "created_at", Physical: "INT64", Logical: "TIMESTAMP(ms, no zone)", Kind: rule.Timestamp},
		{Name: "event_time", Physical: "INT64", Logical: "TIMESTAMP(us, UTC)", Kind: rule.Timestamp, Role: "time"},
		{Name: "id", Physical: "DOUBLE", Kind: rule.Double},
		{Name: "line_id", Physical: "INT64", Logical: "INT64", Kind: rule.Int, Role: "id"},
		{Name: "price", Physical: "INT32", Logical: "DECIMAL(9, 2)", Kind: rule.Double},
		{Name: "text", Physical: "BYTE_ARRAY", Logical: "STRING", Denied: true},
	}
	if !reflect.DeepEqual(got.Columns, want) {
		t.Errorf("got %+v", got.Columns)
	}
}

// TestInspectRetail tells how the real data set was written.
func TestInspectRetail(t *testing.T) {
	s, err := event.Inspect(t.Context(), filepath.Join(retail, "events.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]string{}
	for _, c := range s.Columns {
		if !reflect.DeepEqual(c.Codecs, []string{"ZSTD"}) || len(c.Encodings) == 0 {
			t.Errorf("%s: %q %q", c.Name, c.Codecs, c.Encodings)
		}
		if c.Role != "" {
			roles[c.Role] = c.Name
		}
	}
	if !reflect.DeepEqual(roles, map[string]string{"person": "user_id", "time": "event_time"}) {
		t.Errorf("roles: %v", roles)
	}
}

func TestInspectRefuses(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.parquet", []byte("no Parquet"))
	_, err := event.Inspect(t.Context(), filepath.Join(dir, "a.parquet"))
	wants(t, err, fault.Input, "a.parquet", "not a Parquet file")
	_, err = event.Inspect(t.Context(), filepath.Join(dir, "b.parquet"))
	wants(t, err, fault.Input, "b.parquet", "does not exist")
	_, err = event.Inspect(t.Context(), dir)
	wants(t, err, fault.Input, "not a regular file")
}

// TestUnitsAtTheSameTime reads all units of a table from a goroutine each.
func TestUnitsAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "x.parquet", mixed(t, 4000, true))
	table, err := event.Open(t.Context(), dir, files("x.parquet"), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	units := table.Units()
	if len(units) < 4 {
		t.Fatal("the test needs several row groups")
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	rows, dicts := 0, map[uint64]string{}
	for _, u := range units {
		wait.Go(func() {
			err := u.Read(t.Context(), []string{"s", "d", "u"}, func(b *event.Batch) error {
				mu.Lock()
				defer mu.Unlock()
				rows += b.Rows
				for i, v := range b.Columns {
					if v.Dict == nil {
						continue
					}
					name := []string{"s", "d", "u"}[i]
					if other := dicts[v.Dict.ID]; other != "" && other != name {
						return errors.New("two dictionaries have one ID")
					}
					dicts[v.Dict.ID] = name
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if rows != 4000 {
		t.Error("rows are missing")
	}
}
