// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

// TestDataBlock writes files of one table once, as a plan finds them.
func TestDataBlock(t *testing.T) {
	columns := []inspectColumn{{Name: "user_id", Type: "string", Role: "person"}, {Name: "at", Type: "timestamp", Role: "time"}}
	daily := append([]inspectColumn{{Name: "date", Type: "string", Role: "days"}}, columns...)
	profile := []inspectColumn{{Name: "user_id", Type: "string", Role: "person"}, {Name: "age", Type: "int", Role: "age"}}
	const head, tail = "data:\n  time_zone: UTC\n  events:\n",
		"  opt_outs:                   # or `opt_outs: none`, said aloud\n    files: opt_outs.csv\n    person: user_id\n"
	for _, c := range []struct {
		name  string
		files []inspected
		want  string
	}{
		{"one file", []inspected{{"data/orders.parquet", columns}},
			"    orders:\n      files: data/orders.parquet\n      person: user_id\n      time: at\n"},
		{"parts", []inspected{{"orders/part-0.parquet", columns}, {"orders/part-1.parquet", columns}},
			"    orders:\n      files: orders/part-*.parquet\n      person: user_id\n      time: at\n"},
		{"days", []inspected{{"visits/date=2026-11-20/a.parquet", daily}, {"visits/date=2026-11-21/b.parquet", daily}},
			"    visits:\n      files: visits/date=*/*.parquet\n      person: user_id\n      time: at\n      days: date\n"},
		{"days elsewhere", []inspected{{"/srv/visits/date=2026-11-20/a.parquet", daily}},
			"    visits:\n      files: visits/date=*/*.parquet\n      person: user_id\n      time: at\n      days: date\n"},
		{"two tables of one name", []inspected{{"a/orders.parquet", columns}, {"b/orders.parquet", columns}},
			"    orders:\n      files: a/orders.parquet\n      person: user_id\n      time: at\n" +
				"    orders_2:\n      files: b/orders.parquet\n      person: user_id\n      time: at\n"},
		{"people", []inspected{{"../orders.parquet", columns}, {"../users.parquet", profile}},
			"    orders:\n      files: orders.parquet\n      person: user_id\n      time: at\n" +
				"  people:\n    files: users.parquet\n    person: user_id\n    age: person.age\n"},
	} {
		if got := dataBlock(c.files); got != head+c.want+tail {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, head+c.want+tail)
		}
	}
}
