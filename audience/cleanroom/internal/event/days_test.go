// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
)

// TestDays judges tables of one partition a day. A file that holds no Parquet
// shows that days out of range are not opened.
func TestDays(t *testing.T) {
	for _, c := range []struct {
		name           string
		days           string // of partitions that are there
		oldest, newest string
		want           string // days that are read
		kind           fault.Kind
		words          string
	}{
		{"all are there", "2011-12-07 2011-12-08 2011-12-09", "2011-12-01", "2011-12-09", "2011-12-07 2011-12-08 2011-12-09", 0, ""},
		{"from the lookback's first day on", "2011-12-05 2011-12-07 2011-12-08", "2011-12-07", "2011-12-08", "2011-12-07 2011-12-08", 0, ""},
		{"over the end of a month", "2012-02-28 2012-02-29 2012-03-01", "2012-01-01", "2012-03-01", "2012-02-28 2012-02-29 2012-03-01", 0, ""},
		{"later days are left alone", "2011-12-08 2011-12-09 2011-12-10", "2011-12-01", "2011-12-09", "2011-12-08 2011-12-09", 0, ""},
		{"rows without a day are left alone", "2011-12-09 __HIVE_DEFAULT_PARTITION__", "2011-12-01", "2011-12-09", "2011-12-09", 0, ""},
		{"nothing is judged without a date", "2011-12-05 2011-12-09", "", "", "2011-12-05 2011-12-09", 0, ""},
		{"the newest is missing", "2011-12-07 2011-12-08", "2011-12-01", "2011-12-09", "", fault.Later, "date=2011-12-09"},
		{"one in between is missing", "2011-12-06 2011-12-09", "2011-12-01", "2011-12-09", "", fault.Later, "date=2011-12-07"},
		{"the first of the lookback is missing", "2011-12-01 2011-12-06 2011-12-07", "2011-12-05", "2011-12-07", "", fault.Later, "date=2011-12-05"},
		{"all are older than the lookback", "2011-11-01", "2011-12-05", "2011-12-07", "", fault.Later, "date=2011-12-05"},
		{"all are newer than the date", "2011-12-10", "2011-12-05", "2011-12-07", "", fault.Later, "date=2011-12-07"},
		{"a folder is no day", "2011-12-09 2011-13-01", "2011-12-01", "2011-12-09", "", fault.Input, "YYYY-MM-DD"},
		{"a day is written in another way", "2011-12-9", "2011-12-01", "2011-12-09", "", fault.Input, "YYYY-MM-DD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, day := range strings.Fields(c.days) {
				text := []byte("no Parquet")
				if c.newest == "" || day >= c.oldest && day <= c.newest {
					text = people(t, "anna")
				}
				put(t, dir, "orders/date="+day+"/a.parquet", text)
			}
			s := source("orders/*/*.parquet")
			s.Days = "date"
			table, err := event.Open(t.Context(), dir, s, event.Options{Oldest: c.oldest, Newest: c.newest})
			if c.words != "" {
				wants(t, err, c.kind, c.words)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer table.Close()
			got, err := load(t.Context(), table, "date")
			if err != nil {
				t.Fatal(err)
			}
			var days []string
			for _, d := range got[0] {
				days = append(days, d.(string))
			}
			if strings.Join(days, " ") != c.want {
				t.Errorf("read %q, want %q", days, c.want)
			}
		})
	}
}

// TestDaysNeedFolders refuses a file that lies in no day's folder.
func TestDaysNeedFolders(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "date=2011-12-09/a.parquet", people(t, "anna"))
	put(t, dir, "a.parquet", people(t, "ben"))
	s := source(".")
	s.Days = "date"
	_, err := event.Open(t.Context(), dir, s, event.Options{Oldest: "2011-12-01", Newest: "2011-12-09"})
	wants(t, err, fault.Input, "a.parquet", "date=YYYY-MM-DD")
}
