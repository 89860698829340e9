// SPDX-License-Identifier: Apache-2.0

package local

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

const datasets = "../../../datasets"

// copenhagen is the input of the plan of two networks, changed by edits of its
// text.
func copenhagen(t *testing.T, edits ...string) *cleanroom.Input {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(datasets, "plans", "two-networks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	was := string(text)
	if is := strings.NewReplacer(edits...).Replace(was); is == was && len(edits) > 0 {
		t.Fatal("the plan does not have what is to be changed")
	} else {
		was = is
	}
	f, err := plan.Parse("two-networks.yaml", []byte(was))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(func(s *plan.Source) ([]rule.Column, error) { return Engine{}.Columns(t.Context(), datasets, s, nil) })
	if err != nil {
		t.Fatal(err)
	}
	cal, err := rule.NewCalendar(p.Zone, "2024-01-28", p.Lookback)
	if err != nil {
		t.Fatal(err)
	}
	return &cleanroom.Input{Plan: p, Calendar: cal, Root: datasets, BoundKey: []byte("bound key"), PhoneKeys: webKeys, Workers: 2}
}

// golden are the numbers that DuckDB found in the original files, which know
// everybody by one id.
func goldenOf(t *testing.T, folder string) (numbers map[string]int64, tables map[string]map[string]int64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(datasets, folder, "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		Facts map[string]struct{ Value json.RawMessage }
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	numbers, tables = map[string]int64{}, map[string]map[string]int64{}
	for name, f := range g.Facts {
		var n int64
		var m map[string]int64
		if json.Unmarshal(f.Value, &n) == nil {
			numbers[name] = n
		} else if json.Unmarshal(f.Value, &m) == nil {
			tables[name] = m
		}
	}
	return numbers, tables
}

// TestTwoNetworksAreOnePeople: by number on one network and by id on the other,
// with numbers spelt in eight ways, everybody is found, nobody is split and nobody
// is merged: all counts are what an independent engine found in files that know
// people by one id.
func TestTwoNetworksAreOnePeople(t *testing.T) {
	numbers, tables := goldenOf(t, "copenhagen-networks")
	in := copenhagen(t)
	in.Plan.OptOuts = nil
	total := exact(t, in)
	want := map[string]int64{"": numbers["users_listed"], "on-social": numbers["users_with_a_friend"], "on-messenger": numbers["users"],
		"senders": numbers["senders"], "active": numbers["active_senders_last_7d"], "callers": tables["senders_by_type"]["call"]}
	got := reaches(t, in, total)
	for id, n := range want {
		if got[id] != n || n == 0 {
			t.Errorf("%q: %d people, want %d", id, got[id], n)
		}
	}
	gender, both := tables["senders_by_gender_last_7d"], numbers["users_in_both_networks"]
	seen := 0
	for i, table := range in.Plan.Workload.Tables {
		var want []int64
		switch table.Kind {
		case dp.Overlap:
			want = []int64{both}
		case dp.Mean: // a match rate: how many of them are on the other network, in ten-thousandths
			want = []int64{both * 10_000}
		case dp.Breakdown:
			want = []int64{gender["female"], gender["male"], gender["null"]}
		default:
			continue
		}
		if seen++; !slices.Equal(total[i], want) {
			t.Errorf("%s of %v: %v, want %v", in.Plan.Releases[i].Kind, in.Plan.Releases[i].Segments, total[i], want)
		}
	}
	if seen != 4 {
		t.Errorf("%d tables are facts, want 4", seen)
	}
	in = copenhagen(t, "  people: {", "  # people: {", "  gender: {of: person.gender, domain: [female, male]}", "", "  - {breakdown: [gender], segments: [active]}", "")
	in.Plan.OptOuts = nil
	if got, want := reaches(t, in, exact(t, in))[""], numbers["users"]+numbers["users_with_a_friend"]-both; got != want {
		t.Errorf("%d people have an event on either network, want %d", got, want)
	}
}

// columnsOf reads text columns of a file of the data set, by another reader.
func columnsOf(t *testing.T, file string, names ...string) [][]string {
	t.Helper()
	ref := readReference(t, filepath.Join(datasets, "copenhagen-networks", file))
	var rows [][]string
	for _, row := range ref.rows {
		var texts []string
		for _, name := range names {
			texts = append(texts, string(row[slices.Index(ref.names, name)].ByteArray()))
		}
		rows = append(rows, texts)
	}
	return rows
}

var digit = regexp.MustCompile(`[0-9]`)

// subscriber tells who has a number of the data set: its last six digits do.
func subscriber(number string) string {
	digits := strings.Join(digit.FindAllString(number, -1), "")
	return digits[max(0, len(digits)-6):]
}

// TestTwoNetworksChooseAsOne: a choice under a number leaves out the person's rows
// on the social network too, and the other way round, each for its purpose alone.
func TestTwoNetworksChooseAsOne(t *testing.T) {
	user, spellings := map[string]string{}, map[string]bool{}
	for _, row := range columnsOf(t, "phones.parquet", "user_id", "msisdn") {
		user[subscriber(row[1])] = row[0]
		spellings[digit.ReplaceAllString(row[1], "0")] = true
	}
	if len(user) != 844 || len(spellings) < 6 {
		t.Fatalf("%d numbers in %d spellings, want 844 in 6 at the least", len(user), len(spellings))
	}
	out := map[string]map[string]bool{"ads": {}, "measurement": {}}
	for file, whose := range map[string]func(string) string{"opt_outs_social.csv": func(id string) string { return id },
		"opt_outs_messenger.csv": func(number string) string { return user[subscriber(number)] }} {
		text, err := os.Open(filepath.Join(datasets, "copenhagen-networks", file))
		if err != nil {
			t.Fatal(err)
		}
		defer text.Close()
		rows, err := csv.NewReader(text).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			for purpose, people := range out {
				if row[1] == purpose || row[1] == "all" {
					people[whose(row[0])] = true
				}
			}
		}
	}
	people := func(purpose string, rows [][]string, where func([]string) bool) int64 {
		left := map[string]bool{}
		for _, r := range rows {
			if where(r) && !out[purpose][r[0]] {
				left[r[0]] = true
			}
		}
		return int64(len(left))
	}
	all := func([]string) bool { return true }
	events := columnsOf(t, "events.parquet", "user_id", "event_type")
	on := append(columnsOf(t, "events.parquet", "user_id"), columnsOf(t, "events.parquet", "peer_id")...)
	friends := append(columnsOf(t, "friends.parquet", "user_a"), columnsOf(t, "friends.parquet", "user_b")...)
	in := copenhagen(t)
	got := reaches(t, in, exact(t, in))
	both := 0
	for u := range out["ads"] {
		if out["measurement"][u] {
			both++
		}
	}
	for id, want := range map[string]int64{
		"": 844 - int64(both), "on-social": people("ads", friends, all), "on-messenger": people("ads", on, all), "senders": people("ads", events, all),
		"callers": people("measurement", events, func(r []string) bool { return r[1] == "call" }),
	} {
		if got[id] != want {
			t.Errorf("%q: %d people, want %d", id, got[id], want)
		}
	}
	if len(out["ads"]) != 16 || len(out["measurement"]) != 16 || both != 8 {
		t.Errorf("%d and %d opted out, %d of both", len(out["ads"]), len(out["measurement"]), both)
	}
}
