// SPDX-License-Identifier: Apache-2.0

package rehearsal_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rehearsal"
	"github.com/throng-dp/throng/audience/rule"
)

var (
	day = time.Date(2024, 3, 14, 0, 0, 0, 0, time.UTC)
	key = []byte("a key of identities, for a test.")
)

// calls is a plan of everything that is invented: daily partitions, people with
// an age, choices with a description, links between two networks and hashed
// numbers.
const calls = `throng: 1
name: calls
data:
  identities: {networks: [a, b], links: {files: links.parquet, person: {a: a_id, b: b_id}, phone: {column: number, holds: HOLDS}}, hash: SCHEME}
  events:
    calls:
      files: calls/date=*/*.parquet
      person: who
      network: a
      time: at
      id: no
      days: date
      columns: {kind: {type: string}, town: {is: home_town, type: string}, minutes: {type: double}, paid: {type: bool}, count: {type: int}, since: {type: timestamp}, at: {type: timestamp}}
  people: {files: people/*.parquet, person: who, network: a, age: person.age, columns: {age: {is: years, type: int}}}
  opt_outs: {files: choices.csv, phone: {column: number, holds: HOLDS}, purpose: purpose, from: at, snapshot: choices.json}
purpose: ads
lookback: 60d
privacy: {account: club, epsilon: 1, delta: 1e-8}
segments:
  - {id: callers, rule: 'calls.exists(c, c.kind == "out" && c.town in ["Kiel", "Ulm"])'}
release: [reach]
`

func compiled(t *testing.T, text string) *plan.Plan {
	t.Helper()
	f, err := plan.Parse("calls.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// typed is the schema that a plan itself tells.
func typed(s *plan.Source) (columns []rule.Column, err error) {
	for _, c := range s.Columns {
		columns = append(columns, rule.Column{Name: c.Is, Kind: c.Kind})
	}
	return columns, nil
}

// invent writes the data of a plan into a folder of its own.
func invent(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := rehearsal.Data(dir, compiled(t, text), typed, day, key); err != nil {
		t.Fatal(err)
	}
	return dir
}

func with(holds, scheme string) string {
	return strings.NewReplacer("HOLDS", holds, "SCHEME", scheme).Replace(calls)
}

// table reads a Parquet file's rows by the columns' names.
func table(t *testing.T, file string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := parquet.NewReader(bytes.NewReader(text))
	defer r.Close()
	var rows []map[string]any
	for {
		row := map[string]any{}
		if err := r.Read(&row); err != nil {
			return rows
		}
		rows = append(rows, row)
	}
}

// TestEventsAreLikeTheTables: a file for each of the last days, in each the rows of
// that day; all columns of rules, with texts that the rules ask for and others.
func TestEventsAreLikeTheTables(t *testing.T) {
	dir := invent(t, with("text", "hmac-sha256"))
	files, err := filepath.Glob(filepath.Join(dir, "calls", "date=*", "*.parquet"))
	if err != nil || len(files) != 14 {
		t.Fatalf("%d files of days, want 14 (%v)", len(files), err)
	}
	events, who, towns, ids := 0, map[any]bool{}, map[string]int{}, map[any]bool{}
	for _, file := range files {
		date := strings.TrimPrefix(filepath.Base(filepath.Dir(file)), "date=")
		for _, r := range table(t, file) {
			at, ok := r["at"].(int64)
			if got := time.UnixMicro(at).UTC().Format(time.DateOnly); !ok || got != date {
				t.Fatalf("an event of %v in %s", r["at"], date)
			}
			for _, column := range []string{"kind", "home_town", "minutes", "paid", "count", "since", "who", "no"} {
				if r[column] == nil {
					t.Fatalf("no %s in %v", column, r)
				}
			}
			if _, ok := r["date"]; ok {
				t.Fatal("the partition's column stands in the file too")
			}
			events++
			who[r["who"]], ids[r["no"]] = true, true
			towns[fmt.Sprint(r["home_town"])]++
		}
	}
	if len(ids) != events {
		t.Errorf("%d ids of %d events", len(ids), events)
	}
	// One in thirty has no event: 67 of 2,000 on average.
	if len(who) < 1850 || len(who) > 1990 {
		t.Errorf("%d people with events", len(who))
	}
	for _, town := range []string{"Kiel", "Ulm", "something else"} {
		if share := float64(towns[town]) / float64(events); share < 0.3 || share > 0.37 {
			t.Errorf("%s: %.2f of the events, want a third", town, share)
		}
	}
}

// TestPeopleAndChoices: everyone has an age that some policies leave out, one in
// twenty a choice, and the description fits the choices.
func TestPeopleAndChoices(t *testing.T) {
	dir := invent(t, with("text", "hmac-sha256"))
	people, young := table(t, filepath.Join(dir, "people", "1.parquet")), 0
	if len(people) != rehearsal.People {
		t.Fatalf("%d people", len(people))
	}
	for _, p := range people {
		age, ok := p["years"].(int64)
		if !ok || age < 16 || age > 75 {
			t.Fatalf("an age of %v", p["years"])
		}
		if age < 18 {
			young++
		}
	}
	if young == 0 || young == len(people) {
		t.Errorf("%d are under age", young)
	}
	text, err := os.ReadFile(filepath.Join(dir, "choices.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 1+rehearsal.People/20 {
		t.Errorf("%d rows of choices (%v)", len(rows), err)
	}
	if got := strings.Join(rows[0], " "); got != "number purpose at" {
		t.Errorf("the header is %q", got)
	}
	var described struct {
		Taken time.Time `json:"taken_at"`
		Bytes int       `json:"bytes"`
	}
	about, err := os.ReadFile(filepath.Join(dir, "choices.json"))
	if err == nil {
		err = json.Unmarshal(about, &described)
	}
	if err != nil || described.Bytes != len(text) || !described.Taken.Equal(day.AddDate(0, 0, 1)) {
		t.Errorf("described as %+v: %v", described, err)
	}
}

// TestNumbersAreOnePersons: each person has a number of their own, given to nobody,
// and every table has it as the plan reads it.
func TestNumbersAreOnePersons(t *testing.T) {
	const first = "+447700900000"
	plain, digits := sha256.Sum256([]byte(first)), sha256.Sum256([]byte(first[1:]))
	keyed := hmac.New(sha256.New, key)
	keyed.Write([]byte(first))
	for _, c := range []struct{ holds, scheme, want string }{
		{"text", "hmac-sha256", first},
		{"msisdn", "hmac-sha256", first[1:]},
		{"hash", "sha256", hex.EncodeToString(plain[:])},
		{"hash", "sha256-digits", hex.EncodeToString(digits[:])},
		{"hash", "hmac-sha256", hex.EncodeToString(keyed.Sum(nil))},
	} {
		dir := invent(t, with(c.holds, c.scheme))
		links, seen := table(t, filepath.Join(dir, "links.parquet")), map[any]bool{}
		for _, l := range links {
			seen[l["number"]] = true
			if l["a_id"] == nil || l["b_id"] == nil {
				t.Fatalf("%s: a link without both keys: %v", c.holds, l)
			}
		}
		if len(links) != rehearsal.People || len(seen) != rehearsal.People {
			t.Errorf("%s: %d numbers in %d links", c.holds, len(seen), len(links))
		}
		if got := links[0]["number"]; got != c.want {
			t.Errorf("%s, %s: %v, want %s", c.holds, c.scheme, got, c.want)
		}
		text, err := os.ReadFile(filepath.Join(dir, "choices.csv"))
		if err != nil || !strings.Contains(string(text), c.want+",all,") {
			t.Errorf("%s, %s: the choices do not have the number (%v)", c.holds, c.scheme, err)
		}
	}
}

// TestDataAreTheSameEachTime: the same plan, day and key make the same files.
func TestDataAreTheSameEachTime(t *testing.T) {
	text := strings.Replace(with("hash", "hmac-sha256"), "files: calls/date=*/*.parquet", "files: [calls/date=*/*.parquet, calls/date=*/more.parquet]", 1)
	files := func() map[string]string {
		found, dir := map[string]string{}, invent(t, text)
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				b, _ := os.ReadFile(filepath.Join(dir, path))
				found[path] = string(b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	want := files()
	if len(want) != 14+1+1+2+1 {
		t.Errorf("%d files", len(want))
	}
	for path, text := range files() {
		if want[path] != text {
			t.Errorf("%s differs", path)
		}
	}
}

// TestNothingIsWrittenElsewhere: a plan whose files are not below its folder is
// refused, and a file that is there is never written over.
func TestNothingIsWrittenElsewhere(t *testing.T) {
	for _, path := range []string{"../people.parquet", "/people.parquet", "people?.parquet", "people[1].parquet"} {
		p := compiled(t, strings.Replace(with("text", "sha256"), "people/*.parquet", `"`+path+`"`, 1))
		if err := rehearsal.Data(t.TempDir(), p, typed, day, key); !errors.Is(err, rehearsal.ErrPath) {
			t.Errorf("%s: %v", path, err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "links.parquet"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rehearsal.Data(dir, compiled(t, with("text", "sha256")), typed, day, key); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "links.parquet")); string(text) != "mine" {
		t.Error("a file was written over")
	}
	wrong := errors.New("no schema")
	err := rehearsal.Data(t.TempDir(), compiled(t, with("text", "sha256")), func(*plan.Source) ([]rule.Column, error) { return nil, wrong }, day, key)
	if !errors.Is(err, wrong) {
		t.Errorf("without a schema: %v", err)
	}
}
