// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"context"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

const retail = "../../../../datasets/online-retail"

// TestRetail reads every column of the real data set. The number of rows is in
// its README: a test oracle.
func TestRetail(t *testing.T) {
	table, err := event.Open(t.Context(), retail, &plan.Source{Name: "orders", Files: []string{"events.parquet"},
		Person: "user_id", Time: "event_time"}, event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	want := map[string]rule.Kind{"user_id": rule.String, "event_time": rule.Timestamp, "event_type": rule.String,
		"country": rule.String, "country_name": rule.String, "order_id": rule.String, "product_id": rule.String,
		"product_name": rule.String, "category": rule.String, "quantity": rule.Int, "unit_price": rule.Double, "amount": rule.Double}
	var names []string
	for _, c := range table.Columns() {
		names = append(names, c.Name)
		if want[c.Name] != c.Kind {
			t.Errorf("column %s is of kind %d", c.Name, c.Kind)
		}
	}
	if len(names) != len(want) {
		t.Errorf("columns: %q", names)
	}
	rows, users, bytes := 0, map[string]bool{}, int64(0)
	for _, u := range table.Units() {
		bytes += u.Bytes
		err := u.Read(context.Background(), names, func(b *event.Batch) error {
			rows += b.Rows
			for i, v := range b.Columns {
				if v.Dict == nil || len(v.Index) != b.Rows {
					t.Fatalf("%s: not dictionary-coded, or out of step", names[i])
				}
				if names[i] == "user_id" {
					for _, x := range v.Index {
						users[v.Dict.String[x]] = true
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if rows != 809_560 || int64(rows) != table.Rows() || len(users) != 5_942 {
		t.Error("the data set's rows or users are not all there")
	}
	if bytes != table.Bytes() {
		t.Error("units do not add up to the files")
	}
}
