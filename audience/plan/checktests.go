// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
	"time"
)

const daysAgo = "days_ago"

// checkTests checks the names that tests give. What their values must be is
// known once the plan is compiled.
func (f *File) checkTests() {
	d := f.places
	for i := range f.doc.Tests {
		t := &f.doc.Tests[i]
		if _, err := time.Parse(time.DateOnly, t.Date); t.Date != "" && err != nil {
			d.add(d.at(&t.Date), fmt.Sprintf("no day: %q", t.Date), "write 2024-06-15")
		}
		for k := range t.Events {
			f.checkRows(&t.Events[k])
		}
		if d.nodes[&t.Person] != nil && f.doc.Data.People == nil {
			d.add(d.at(&t.Person), "the plan has no data.people", "leave person out")
		}
		for k := range t.Expect {
			f.checkLetName(&t.Expect[k].Key)
		}
		for _, list := range [][]string{t.In, t.NotIn} {
			for k := range list {
				f.checkSegmentName(&list[k])
			}
		}
	}
}

func (f *File) checkRows(rows *entry[[]entries[scalar]]) {
	d := f.places
	at := f.doc.Data.Events.at(rows.Key)
	if at < 0 {
		d.add(d.at(&rows.Key), fmt.Sprintf("unknown table %q", rows.Key), d.suggest(rows.Key, f.doc.Data.Events.keys()))
		return
	}
	for k := range rows.Value {
		row := rows.Value[k]
		ago := row.at(daysAgo)
		if ago < 0 {
			continue
		}
		n, ok := row[ago].Value.Value.(int64)
		if row[ago].Value.Value != nil && (!ok || n < -36500 || n > 36500) {
			d.add(d.at(&row[ago].Value), "days_ago must be a whole number", "0 is the run's date")
		}
	}
}

func (f *File) checkSegmentName(id *string) {
	if ids := f.segmentIDs(); *id != "" && !slices.Contains(ids, *id) && len(ids) > 0 {
		f.places.add(f.places.at(id), fmt.Sprintf("unknown segment %q", *id), f.places.suggest(*id, ids))
	}
}
