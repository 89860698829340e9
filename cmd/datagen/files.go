// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"
)

// An event is a row of events. Every column is optional, as most writers leave
// it. Columns that do have nulls are pointers: parquet-go (v0.32.0) takes some
// zeros for values where it should take them for null.
type event[K any] struct {
	UserID     K        `parquet:"user_id,optional,dict"`
	EventTime  int64    `parquet:"event_time,optional,dict,timestamp(microsecond)"`
	EventType  string   `parquet:"event_type,optional,dict"`
	Category   string   `parquet:"category,optional,dict"`
	BusinessID int64    `parquet:"business_id,optional,dict"`
	Country    string   `parquet:"country,optional,dict"`
	AppVersion string   `parquet:"app_version,optional,dict"`
	Platform   string   `parquet:"platform,optional,dict"`
	Amount     *float64 `parquet:"amount,optional,dict"`
}

type profile[K any] struct {
	UserID   K       `parquet:"user_id,optional,dict"`
	AgeBand  *string `parquet:"age_band,optional,dict"`
	Region   *string `parquet:"region,optional,dict"`
	Language *string `parquet:"language,optional,dict"`
}

type optOut[K any] struct {
	UserID K `parquet:"user_id,optional,dict"`
}

const (
	rowsAGroup = 1 << 18
	batch      = 4096
)

// generate writes everything.
func generate(ctx context.Context, s *spec) error {
	switch s.ids {
	case "int":
		return generateAs(ctx, s, func() keyed[int64] { return intKeys{} })
	case "hex":
		return generateAs(ctx, s, func() keyed[string] { return &textKeys{add: addHex} })
	case "wide":
		return generateAs(ctx, s, func() keyed[string] { return &textKeys{add: addWide} })
	default:
		return generateAs(ctx, s, func() keyed[string] { return &textKeys{add: addE164} })
	}
}

func generateAs[K any](ctx context.Context, s *spec, keys func() keyed[K]) error {
	w := &world{seed: s.seed, people: uint64(s.people)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.jobs)
	g.Go(func() error { return writePeople(ctx, s, w, keys()) })
	g.Go(func() error { return writeOptOuts(ctx, s, w, keys()) })
	for number, rows := range rowsOf(s.events) {
		g.Go(func() error { return writeDay(ctx, s, w, keys(), number, rows) })
	}
	return g.Wait()
}

func writePeople[K any](ctx context.Context, s *spec, w *world, keys keyed[K]) error {
	row := func(p uint64, r *profile[K]) { r.AgeBand, r.Region, r.Language = w.profile(p) }
	return writeFile(ctx, s, "users.parquet", func(add func([]profile[K]) error) error {
		var all numbers[K, profile[K]]
		all.init(w, keys, func(r *profile[K]) *K { return &r.UserID }, add)
		for p := range w.people {
			if err := all.add(p, row); err != nil {
				return err
			}
		}
		return all.flush()
	})
}

func writeOptOuts[K any](ctx context.Context, s *spec, w *world, keys keyed[K]) error {
	row := func(uint64, *optOut[K]) {}
	return writeFile(ctx, s, "optout.parquet", func(add func([]optOut[K]) error) error {
		var all numbers[K, optOut[K]]
		all.init(w, keys, func(r *optOut[K]) *K { return &r.UserID }, add)
		for p := range w.people {
			if !w.optedOut(p) {
				continue
			}
			if err := all.add(p, row); err != nil {
				return err
			}
		}
		return all.flush()
	})
}

func writeDay[K any](ctx context.Context, s *spec, w *world, keys keyed[K], number, rows int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	date := firstDay.AddDate(0, 0, number)
	happenings := w.day(number, rows)
	if s.layout == "person" {
		byPerson(happenings)
	}
	name := filepath.Join("events", "day="+date.Format("2006-01-02"), "part-0.parquet")
	return writeFile(ctx, s, name, func(add func([]event[K]) error) error {
		var all numbers[K, event[K]]
		all.init(w, keys, func(r *event[K]) *K { return &r.UserID }, add)
		for i := range happenings {
			h := &happenings[i]
			err := all.add(uint64(h.person), func(_ uint64, r *event[K]) { fill(r, h, date.UnixMicro()) })
			if err != nil {
				return err
			}
		}
		return all.flush()
	})
}

func fill[K any](r *event[K], h *happening, midnight int64) {
	r.EventTime = midnight + h.at
	r.EventType, r.Category = eventTypes[h.kind], categories[h.category]
	r.BusinessID, r.Country = h.business, countries[h.country]
	r.AppVersion, r.Platform = versions[h.app], platforms[h.machine]
	r.Amount = nil
	if h.cents > 0 {
		amount := float64(h.cents) / 100
		r.Amount = &amount
	}
}

// numbers collects rows of people by their numbers, and gives a batch its keys
// at once.
type numbers[K, R any] struct {
	w      *world
	keys   keyed[K]
	key    func(*R) *K
	write  func([]R) error
	people []uint64
	rows   []R
}

func (n *numbers[K, R]) init(w *world, keys keyed[K], key func(*R) *K, write func([]R) error) {
	*n = numbers[K, R]{w, keys, key, write, make([]uint64, 0, batch), make([]R, batch)}
}

func (n *numbers[K, R]) add(person uint64, fill func(uint64, *R)) error {
	fill(person, &n.rows[len(n.people)])
	n.people = append(n.people, person)
	if len(n.people) < batch {
		return nil
	}
	return n.flush()
}

func (n *numbers[K, R]) flush() error {
	n.keys.keys(n.w, n.people, func(i int) *K { return n.key(&n.rows[i]) })
	err := n.write(n.rows[:len(n.people)])
	n.people = n.people[:0]
	return err
}

// writeFile writes one Parquet file: it is there whole or not at all.
func writeFile[R any](ctx context.Context, s *spec, name string, rows func(add func([]R) error) error) error {
	path := filepath.Join(s.out, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer f.Close()
	w := parquet.NewGenericWriter[R](f, options(s)...)
	err = rows(func(r []R) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := w.Write(r)
		return err
	})
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		os.Remove(path + ".part")
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.Rename(path+".part", path)
}

// options are what the widespread writers do unless told otherwise: version 1
// pages and dictionaries up to 1 MiB, so that people's keys are plain inside
// most chunks of files in the order of time. Clustered files are what somebody
// made who cared: their dictionaries may be large.
func options(s *spec) []parquet.WriterOption {
	dictionary := int64(1 << 20)
	if s.layout == "person" {
		dictionary = 32 << 20
	}
	return []parquet.WriterOption{
		parquet.Compression(codecs[s.codec]),
		parquet.MaxRowsPerRowGroup(rowsAGroup),
		parquet.DictionaryMaxBytes(dictionary),
		parquet.DataPageVersion(1),
	}
}
