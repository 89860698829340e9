// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// The invented shop: the same people and habits each time, on days that end
// yesterday.
const (
	samplePeople = 6000
	sampleDays   = 365
)

type sampleOrder struct {
	UserID    string    `parquet:"user_id,dict"`
	EventTime time.Time `parquet:"event_time,timestamp(microsecond)"`
	EventType string    `parquet:"event_type,dict"`
	OrderNo   string    `parquet:"order_no,optional"`
	Category  string    `parquet:"category,optional,dict"`
	Amount    float64   `parquet:"amount,optional"`
}

type samplePerson struct {
	UserID  string `parquet:"user_id"`
	Age     *int32 `parquet:"age,optional"`
	Country string `parquet:"country,optional,dict"`
}

// writeSample writes orders, people and opt-outs into a folder.
func writeSample(dir string, newest time.Time) error {
	day := time.Date(newest.Year(), newest.Month(), newest.Day(), 0, 0, 0, 0, time.UTC)
	d := dice(20160825)
	var people []samplePerson
	var orders []sampleOrder
	optOuts := []string{"user_id,purpose,opted_out_at"}
	for i := range samplePeople {
		p := samplePerson{UserID: fmt.Sprintf("u%05d", i+1), Country: d.pick("GB", "GB", "GB", "GB", "GB", "FR", "FR", "DE", "IE")}
		if !d.chance(0.02) { // an age that nobody knows is not adult
			age := int32(16 + d.below(60))
			p.Age = &age
		}
		people = append(people, p)
		orders = append(orders, d.habits(p.UserID, day)...)
		if d.chance(0.03) {
			optOuts = append(optOuts, fmt.Sprintf("%s,%s,%s", p.UserID, d.pick("ads", "ads", "all", "measurement"),
				day.AddDate(0, 0, -d.below(300)).Format(time.RFC3339)))
		}
	}
	if err := writeParquet(filepath.Join(dir, "orders.parquet"), orders); err != nil {
		return err
	}
	if err := writeParquet(filepath.Join(dir, "people.parquet"), people); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "opt_outs.csv"), []byte(strings.Join(optOuts, "\n")+"\n"), 0o644)
}

func writeParquet[T any](path string, rows []T) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := parquet.NewGenericWriter[T](f, parquet.Compression(&parquet.Zstd))
	if _, err := w.Write(rows); err != nil {
		f.Close()
		return err
	}
	if err := w.Close(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// habits invents a year of one person: visits, orders of some lines, now and
// then a return.
func (d *die) habits(user string, newest time.Time) []sampleOrder {
	var events []sampleOrder
	keen := d.uniform() * d.uniform() // few people buy often
	visits := int(1 + 14*keen + float64(d.below(4)))
	for v := range visits {
		at := newest.AddDate(0, 0, -d.below(sampleDays)).Add(time.Duration(8*3600+d.below(14*3600)) * time.Second)
		events = append(events, sampleOrder{UserID: user, EventTime: at, EventType: "visit"})
		if !d.chance(0.25 + 0.55*keen) {
			continue
		}
		no := fmt.Sprintf("%s-%02d", user, v)
		for range 1 + d.below(3) {
			amount := math.Round(100*(4+30*d.uniform()+60*keen*d.uniform())) / 100
			line := sampleOrder{user, at, "purchase", no, d.pick("garden", "garden", "kitchen", "kitchen", "kitchen", "toys", "books"), amount}
			events = append(events, line)
			if d.chance(0.05) {
				line.EventType, line.Amount = "return", -amount
				line.EventTime = at.Add(time.Duration(1+d.below(20)) * 24 * time.Hour)
				events = append(events, line)
			}
		}
	}
	return events
}

// A die is a small generator (SplitMix64) for invented data, and for nothing
// else: noise comes from package dp alone.
type die uint64

func dice(seed uint64) *die {
	d := die(seed)
	return &d
}

func (d *die) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (d *die) uniform() float64            { return float64(d.next()>>11) / (1 << 53) }
func (d *die) below(n int) int             { return int(d.uniform() * float64(n)) }
func (d *die) chance(p float64) bool       { return d.uniform() < p }
func (d *die) pick(words ...string) string { return words[d.below(len(words))] }
