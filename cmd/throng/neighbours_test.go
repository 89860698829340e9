// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const neighboursPlan = `throng: 1
name: shop
data:
  events:
    orders: {files: "*.parquet", person: user_id, time: event_time}
  opt_outs: {files: out.csv, person: who}
purpose: ads
lookback: 30d
privacy: {account: shop, epsilon: 1, delta: 1e-8, min_reach: 0, max_segments: 2}
let:
  spend: orders.sum(o, o.amount)
  home: {of: 'orders.latest(o, o.country)', domain: [GB, FR]}
segments:
  - {id: buyers, name: Buyers, rule: 'orders.exists(o, o.event_type == "purchase")'}
  - {id: often, name: Often, rule: orders.size() > 2}
  - {id: big, name: Big, rule: spend > 100.0}
release:
  - reach
  - overlap
  - {breakdown: [home]}
  - {sum: spend, min: 0, max: 500}
`

// A project is what a build leaves behind, with the noised numbers masked.
type project struct {
	exit           int
	stdout, stderr string
	said           string            // all of it, as it was
	files          map[string]string // name: what is in it
}

var (
	runName  = regexp.MustCompile(`\d{8}T\d{4}Z-[0-9a-f]{8}`)
	runUUID  = regexp.MustCompile(`"runId":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"`)
	idWord   = regexp.MustCompile(`\b[a-z2-7]{26}\b`)
	clock    = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)
	finer    = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:(\d\d\.\d+|[0-5][1-9]|[1-5]0)(Z|[+-]\d\d:\d\d)`)
	number   = regexp.MustCompile(`-?\d+(\.\d+)?`)
	truth    = regexp.MustCompile(`\b(true|false)\b`)
	size     = regexp.MustCompile(`"input_bytes": \d+`)
	treeSize = regexp.MustCompile(`throng/ID\\n\d+`)
	hashed   = regexp.MustCompile(`[A-Za-z0-9+/]{40,}=*`)
)

// build builds the plan over rows in a folder of its own, through the command.
func buildRows(t *testing.T, rows []fixtureEvent, out string) project {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"plan.yaml": neighboursPlan, "out.csv": "who\nsomebody\n" + out} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeParquet(filepath.Join(dir, "orders.parquet"), rows); err != nil {
		t.Fatal(err)
	}
	return buildIn(t, dir)
}

// buildIn builds the plan in a folder, through the command, on a ledger that it
// makes there.
func buildIn(t *testing.T, dir string, flags ...string) project {
	t.Helper()
	var stdout, stderr strings.Builder
	command := func(words ...string) int {
		return run(context.Background(), append([]string{"throng"}, words...), &stdout, &stderr)
	}
	ledger := "sqlite:" + filepath.Join(dir, "ledger.db")
	if exit := command("ledger", "init", "--ledger", ledger, "--quiet"); exit != 0 {
		t.Fatal(exit, stderr.String())
	}
	if exit := command("ledger", "account", "--ledger", ledger, "--epsilon", "8", "--delta", "1e-7", "--period", "364d", "--no-ceiling", "--quiet", "shop"); exit != 0 {
		t.Fatal(exit, stderr.String())
	}
	stdout.Reset()
	stderr.Reset()
	p := project{files: map[string]string{}}
	p.exit = command(append([]string{"build", filepath.Join(dir, "plan.yaml"), "--date", "2011-12-09", "--ledger", ledger, "--json"}, flags...)...)
	p.said = stdout.String() + stderr.String()
	p.stdout, p.stderr = p.masked(dir, stdout.String()), p.masked(dir, stderr.String())
	for _, top := range []string{"releases", "operator"} {
		err := filepath.WalkDir(filepath.Join(dir, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				if os.IsNotExist(err) {
					return nil // nothing was released
				}
				return err
			}
			p.file(t, dir, path, d)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// file notes a file: its name and mode, and what is in it where that is text.
func (p *project) file(t *testing.T, dir, path string, d fs.DirEntry) {
	t.Helper()
	info, err := d.Info()
	if err != nil {
		t.Fatal(err)
	}
	name := runName.ReplaceAllString(strings.TrimPrefix(path, dir), "RUN") + " " + info.Mode().String()
	p.files[name] = ""
	switch filepath.Ext(path) {
	case ".json", ".jsonl", ".csv", ".yaml":
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if at := finer.Find(text); at != nil {
			t.Errorf("%s tells a time that is finer than the minute: %s", name, at)
		}
		p.files[name] = p.masked(dir, string(text))
	}
}

// masked takes out what every build has of its own: its folder, ids, times and
// hashes of these; the size of the input, which operators may see; and every
// number and whether it is readable: of those the noise is what protects people.
// Words, order and how many there are of everything stay, and so does the size
// of the ledger's tree.
func (p *project) masked(dir, text string) string {
	text = strings.ReplaceAll(text, dir, "DIR")
	text = idWord.ReplaceAllString(text, "ID")
	text = treeSize.ReplaceAllStringFunc(text, func(said string) string {
		n, _ := strconv.Atoi(strings.TrimPrefix(said, `throng/ID\n`)) // it has digits alone
		return "LEAVES " + strings.Repeat("I", n)
	})
	for _, m := range []struct {
		what *regexp.Regexp
		by   string
	}{{runName, "RUN"}, {runUUID, "UUID"}, {hashed, "HASH"}, {clock, "TIME"}, {size, "SIZE"}, {number, "0"}, {truth, "B"}} {
		text = m.what.ReplaceAllString(text, m.by)
	}
	return text
}

// differs tells the first difference of two projects.
func (p *project) differs(q *project) string {
	switch {
	case p.exit != q.exit:
		return fmt.Sprintf("exit codes %d and %d", p.exit, q.exit)
	case p.stdout != q.stdout:
		return fmt.Sprintf("standard output:\n%s\n%s", p.stdout, q.stdout)
	case p.stderr != q.stderr:
		return fmt.Sprintf("standard error:\n%s\n%s", p.stderr, q.stderr)
	case len(p.files) != len(q.files):
		return fmt.Sprintf("%d and %d files", len(p.files), len(q.files))
	}
	for name, text := range p.files {
		other, ok := q.files[name]
		if !ok || text != other {
			return fmt.Sprintf("%s:\n%s\n%s", name, text, other)
		}
	}
	return ""
}

// rowsOf invents a person's rows; some people are poison.
func rowsOf(rng *rand.Rand, who string) []fixtureEvent {
	var rows []fixtureEvent
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	for range []int{1, 2, 2, 3, 5, 60}[rng.IntN(6)] {
		rows = append(rows, fixtureEvent{UserID: who, EventTime: time.Date(2011, 12, 1+rng.IntN(9), rng.IntN(24), 0, 0, 0, time.UTC),
			EventType: pick("visit", "purchase", strings.Repeat("x", 5000), "\xff"), Country: pick("GB", "FR", "XX", ""),
			Amount: []float64{0, 1, 99.5, 1e300, -1e300, math.NaN(), math.Inf(1)}[rng.IntN(7)]})
	}
	if rng.IntN(8) == 0 {
		rows[0].EventTime = time.UnixMicro(math.MaxInt64)
	}
	return rows
}

// TestNeighboursLookAlike builds data sets that differ by one person, be it one
// with poisoned rows or one that opts out, through the command, and compares
// everything beside the noised numbers: exit code, what is said, names, modes
// and texts of files, the shape of the catalogue, the operator's records. THRONG_PAIRS
// is how many pairs are tried, 6 without it.
//
// A build warns where the released population cannot be told from 0; of 400
// people it does so with a chance below 1e-20.
func TestNeighboursLookAlike(t *testing.T) {
	pairs := 6
	if n, err := strconv.Atoi(os.Getenv("THRONG_PAIRS")); err == nil {
		pairs = n
	}
	rng := rand.New(rand.NewPCG(41, 42)) // which data are tried; nothing random is judged
	var first project
	for i := range pairs {
		var rows []fixtureEvent
		for n := range 400 + rng.IntN(100) {
			rows = append(rows, rowsOf(rng, fmt.Sprintf("u%d", n))...)
		}
		who := []string{"new", "", strings.Repeat("k", 300), "\xfe"}[rng.IntN(4)]
		with := append(slices.Clone(rows), rowsOf(rng, who)...)
		rng.Shuffle(len(with), func(i, j int) { with[i], with[j] = with[j], with[i] })
		p := buildRows(t, rows, "")
		q := buildRows(t, with, "")
		o := buildRows(t, with, "u0\n")
		if i == 0 {
			first = p
		}
		for what, other := range map[string]*project{"a person more": &q, "a person who opted out": &o, "another data set": &first} {
			if d := p.differs(other); d != "" {
				t.Fatalf("pair %d, %s: %s", i, what, d)
			}
		}
		if p.exit != 0 || len(p.files) < 8 {
			t.Fatalf("pair %d: exit %d, %d files: %s", i, p.exit, len(p.files), p.stderr)
		}
	}
}

// TestIDsAreRandom builds the same twice, on two ledgers, and finds nothing in
// common between the ids: they are no function of the inputs.
func TestIDsAreRandom(t *testing.T) {
	rows := rowsOf(rand.New(rand.NewPCG(43, 44)), "u")
	ids := map[string]bool{}
	for range 2 {
		var out strings.Builder
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "plan.yaml"), []byte(strings.Replace(neighboursPlan, "{files: out.csv, person: who}", "none", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := writeParquet(filepath.Join(dir, "orders.parquet"), rows); err != nil {
			t.Fatal(err)
		}
		ledger := "sqlite:" + filepath.Join(dir, "ledger.db")
		for _, words := range [][]string{
			{"ledger", "init", "--ledger", ledger},
			{"ledger", "account", "--ledger", ledger, "--epsilon", "8", "--delta", "1e-7", "--period", "364d", "--no-ceiling", "shop"},
			{"build", filepath.Join(dir, "plan.yaml"), "--date", "2011-12-09", "--ledger", ledger},
		} {
			if exit := run(context.Background(), append([]string{"throng"}, words...), &out, &out); exit != 0 {
				t.Fatalf("exit %d: %s", exit, out.String())
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, "releases", "shop", "date=2011-12-09", "release", "catalog.json"))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`"release": *"([^"]+)"`).FindSubmatch(text)
		if found == nil {
			t.Fatal("the catalogue has no id")
		}
		if ids[string(found[1])] {
			t.Errorf("two ledgers give the same inputs the id %s", found[1])
		}
		ids[string(found[1])] = true
	}
}
