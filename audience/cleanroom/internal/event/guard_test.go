// SPDX-License-Identifier: Apache-2.0

package event

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/rule"
)

// FuzzFooter holds the footer's guard to two promises: it never panics, and what
// it lets pass has columns that lie inside the file and rows that add up.
func FuzzFooter(f *testing.F) {
	type row struct {
		UserID string    `parquet:"user_id,dict"`
		Price  int64     `parquet:"price,decimal(2:18)"`
		At     time.Time `parquet:"at,timestamp(microsecond)"`
		Tags   []string  `parquet:"tags,list"`
	}
	for _, rows := range [][]row{nil, {{UserID: "anna"}, {UserID: "ben", Tags: []string{"a"}}}} {
		var file bytes.Buffer
		if err := parquet.Write(&file, rows); err != nil {
			f.Fatal(err)
		}
		foot, start, err := findFooter(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(foot, start)
	}
	f.Fuzz(func(t *testing.T, text []byte, start int64) {
		if start < 4 || start > maxFile {
			return
		}
		c := &compact{b: text}
		foot := &footer{rows: -1}
		c.fields(func(id int16, typ byte) bool { return foot.field(c, id, typ) })
		if c.err != nil || foot.check(start) != nil {
			return
		}
		leaves, err := foot.leaves()
		if err != nil {
			t.Fatal("a schema was checked and is not whole")
		}
		foot.twins()
		rows := int64(0)
		for _, g := range foot.groups {
			rows += g.rows
			for i, k := range g.chunks {
				leaves[i].kind(rule.Invalid)
				leaves[i].logicalName()
				if g.rows > 0 && (k.start < 4 || k.size < 0 || k.start+k.size > start) {
					t.Fatal("a column lies outside the file")
				}
			}
		}
		if rows != foot.rows {
			t.Fatal("rows do not add up")
		}
	})
}

// FuzzPage holds decoding to its promise: a page of n values is refused, or has
// n values; it never asks for much more memory than they take.
func FuzzPage(f *testing.F) {
	f.Add(int32(physInt64), int32(encDelta), 3, []byte{128, 1, 4, 3, 2, 2, 0, 0, 0, 0})
	f.Add(int32(physBytes), int32(encDeltaBytes), 2, []byte{128, 1, 4, 2, 0, 0, 0, 0, 0, 0, 128, 1, 4, 2, 2, 0, 0, 0, 0, 0, 'a', 'b'})
	f.Add(int32(physBool), int32(encRLE), 8, []byte{2, 0, 0, 0, 16, 1})
	f.Add(int32(physBytes), int32(encPlain), 1, []byte{1, 0, 0, 0, 'a'})
	f.Add(int32(physInt64), int32(encDictionary), 9, []byte{2, 0, 0, 0, 18, 1, 3, 4, 3, 3, 1, 2, 3})
	f.Fuzz(func(t *testing.T, physical, encoding int32, n int, b []byte) {
		if physical < 0 || physical > physFixed || n < 0 || n > 1<<16 {
			return
		}
		l := &leaf{element: element{physical: physical, length: 5, converted: -1}}
		var r raw
		err := guard(func() error { return r.decode(l, encoding, b, n) })
		if err == nil && len(r.ints)+len(r.doubles)+len(r.texts) != n {
			t.Fatal("fewer values without an error")
		}
		err = guard(func() error {
			out, err := indexes(nil, b, n)
			if err == nil && len(out) != n {
				t.Fatal("fewer indexes without an error")
			}
			return err
		})
		// Slices trust what has been walked: they must not panic even unguarded.
		for _, repetition := range []int32{required, optional} {
			l := &leaf{element: element{physical: physInt64, repetition: repetition, converted: -1}}
			s := &reader{conv: converter{leaf: l, kind: rule.Int}, dict: &Dict{Null: make([]bool, 9)}}
			bad := s.slice(&pageHeader{typ: pageData, values: int32(n)}, nil, b)
			for bad == nil && s.slices != nil {
				bad = s.nextSlice()
			}
			if bad == nil && (s.count != n || len(s.index) != n) {
				t.Fatal("fewer rows without an error")
			}
		}
		var trouble *trouble
		if err != nil && !errors.As(err, &trouble) {
			t.Fatal("an error without a reason")
		}
	})
}

// TestDenied says which columns are never opened.
func TestDenied(t *testing.T) {
	for name, want := range map[string]bool{
		"message_body": true, "MessageBody": true, "Message Body": true, "text": true, "TEXT": true, " body ": true,
		"contact_name": true, "contactName": true, "§§": true,
		"event_type": false, "message_id": false, "textile": false, "§": false, "": false,
	} {
		if Denied(name, []string{"contact_name", "§§"}) != want {
			t.Errorf("%q: denied %v", name, !want)
		}
	}
}

// TestZone turns wall-clock times into instants where clocks change.
func TestZone(t *testing.T) {
	for _, c := range []struct{ name, zone, wall, want string }{
		{"UTC", "UTC", "2011-12-09 12:00:00", "2011-12-09T12:00:00Z"},
		{"winter", "Europe/Berlin", "2011-12-09 12:00:00", "2011-12-09T11:00:00Z"},
		{"summer", "Europe/Berlin", "2011-07-09 12:00:00", "2011-07-09T10:00:00Z"},
		{"just before clocks go forward", "Europe/Berlin", "2011-03-27 01:59:59", "2011-03-27T00:59:59Z"},
		{"a time that never happened", "Europe/Berlin", "2011-03-27 02:30:00", "2011-03-27T01:30:00Z"},
		{"just after clocks went forward", "Europe/Berlin", "2011-03-27 03:00:00", "2011-03-27T01:00:00Z"},
		{"a time that happened twice is the first", "Europe/Berlin", "2011-10-30 02:30:00", "2011-10-30T00:30:00Z"},
		{"just after clocks went back", "Europe/Berlin", "2011-10-30 03:00:00", "2011-10-30T02:00:00Z"},
		{"a midnight that never happened", "America/Sao_Paulo", "2011-10-16 00:00:00", "2011-10-16T03:00:00Z"},
		{"a midnight that happened twice", "America/Havana", "2011-11-13 00:00:00", "2011-11-13T04:00:00Z"},
		{"the day that Samoa left out", "Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00Z"},
		{"the day after", "Pacific/Apia", "2011-12-31 12:00:00", "2011-12-30T22:00:00Z"},
		{"half an hour", "Australia/Lord_Howe", "2011-04-03 01:45:00", "2011-04-02T14:45:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loc, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			wall, err := time.Parse(time.DateTime, c.wall)
			if err != nil {
				t.Fatal(err)
			}
			if got := time.UnixMicro(newZone(loc).instant(wall.UnixMicro())).UTC().Format(time.RFC3339); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestZoneRemembers walks through years with what it remembers, hour by hour.
func TestZoneRemembers(t *testing.T) {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	walk := newZone(loc)
	for wall := time.Date(2010, 1, 1, 0, 30, 0, 0, time.UTC); wall.Year() < 2013; wall = wall.Add(time.Hour) {
		if got, want := walk.instant(wall.UnixMicro()), newZone(loc).instant(wall.UnixMicro()); got != want {
			t.Fatalf("%v: got %d, want %d", wall, got, want)
		}
	}
}
