// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/throng-dp/throng/audience/match"
)

// profiles are what the platform knows of its users.
type profiles map[string]*match.Person

// readProfiles reads lines such as
//
//	{"user": "u1", "person": {"age": 34}, "events": {"orders": [{"event_time": "2011-12-09T12:00:00Z"}]}}
func readProfiles(name string, r *match.Rules) (profiles, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := profiles{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		var line struct {
			User   string                      `json:"user"`
			Person map[string]any              `json:"person"`
			Events map[string][]map[string]any `json:"events"`
		}
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.UseNumber()
		if err := d.Decode(&line); err != nil {
			return nil, fmt.Errorf("%s, line %d: no JSON", name, n)
		}
		if all[line.User], err = r.Person(line.User, line.Person, line.Events); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	return all, lines.Err()
}

// An optOutFile is a source of choices: a CSV file of user,purpose, whose heading
// is the first line. Who is in it for a purpose, or for all, is not matched. It is
// read again when it changes. Where it is missing, unreadable or too old, nobody
// is matched.
type optOutFile struct {
	path   string
	maxAge time.Duration
	now    func() time.Time

	mu   sync.Mutex
	read time.Time // of the file that out was read from
	out  map[[2]string]bool
}

// Allows tells whether a user has not opted out of a purpose.
func (f *optOutFile) Allows(_ context.Context, user, purpose string, _ time.Time) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		return false, errors.New("the opt-outs cannot be read")
	}
	if f.now().Sub(info.ModTime()) > f.maxAge {
		return false, errors.New("the opt-outs are too old")
	}
	if f.out == nil || !f.read.Equal(info.ModTime()) {
		if f.out, err = readOptOuts(f.path); err != nil {
			return false, err
		}
		f.read = info.ModTime()
	}
	return !f.out[[2]string{user, purpose}] && !f.out[[2]string{user, "all"}], nil
}

func readOptOuts(path string) (map[[2]string]bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, errors.New("the opt-outs cannot be read")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != "user,purpose" {
		return nil, errors.New("the opt-outs are no table of user,purpose")
	}
	out := map[[2]string]bool{}
	for _, row := range rows[1:] {
		if row[1] == "" { // no purpose: all
			row[1] = "all"
		}
		out[[2]string{row[0], row[1]}] = true
	}
	return out, nil
}
