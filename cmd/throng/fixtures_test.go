// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

type fixtureEvent struct {
	UserID    string    `parquet:"user_id,dict"`
	EventTime time.Time `parquet:"event_time,timestamp(microsecond)"`
	EventType string    `parquet:"event_type,dict"`
	Country   string    `parquet:"country,optional,dict"`
	Amount    float64   `parquet:"amount"`
}

type wrongEvent struct {
	UserID    float64 `parquet:"user_id"`
	EventTime string  `parquet:"event_time"`
	EventType int64   `parquet:"event_type"`
}

// writeFixtures writes the data of scripts: 600 people with three events each
// in 2011, a table of one partition a day until 2011-12-07, and broken files.
func writeFixtures(dir string) error {
	var events []fixtureEvent
	for i := range 600 {
		for k := range 3 {
			e := fixtureEvent{UserID: fmt.Sprintf("u%03d", i), EventTime: time.Date(2011, 12, 1+k, 9, i%60, 0, 0, time.UTC),
				EventType: []string{"visit", "purchase", "visit"}[(i+k)%3], Country: []string{"GB", "FR"}[i%2], Amount: float64(i%50) + 0.25}
			events = append(events, e)
		}
	}
	if err := writeParquet(filepath.Join(dir, "orders.parquet"), events); err != nil {
		return err
	}
	if err := writeParquet(filepath.Join(dir, "wrong.parquet"), []wrongEvent{{1, "yesterday", 7}}); err != nil {
		return err
	}
	for day := 1; day <= 7; day++ {
		sub := filepath.Join(dir, "daily", fmt.Sprintf("date=2011-12-%02d", day))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return err
		}
		if err := writeParquet(filepath.Join(sub, "part.parquet"), events[:100]); err != nil {
			return err
		}
	}
	whole, err := os.ReadFile(filepath.Join(dir, "orders.parquet"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "truncated.parquet"), whole[:len(whole)/2], 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "text.parquet"), []byte("user_id,event_time\nu001,2011-12-01\n"), 0o644)
}
