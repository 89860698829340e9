// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/rule/ruletest"
	"pgregory.net/rapid"
)

// A web is a drawn case whose people have several keys on two networks: rows
// under some of them, rows that tie two, a table of ties, some of which run people
// together, and choices under any key.
type web struct {
	*trial
	networks []string // of each table; people and the last table's choices are of social
	rows     []webRow
	links    [][]match.Key
	choices  []choice
	purposes []int // of each segment
	altered  bool  // rows of those have other values
	tables   bool  // links are Parquet, for who reads them as tables
}

// A webRow is one row of a table, and its keys.
type webRow struct {
	table  string // "people" for that table
	keys   []match.Key
	fields map[string]rule.Value
}

type choice struct {
	key     match.Key
	purpose string // "": all
}

const social, messenger, phoneKeys = "social", "messenger", "phone"

var webPurposes = []string{"ads", "measurement"}

// theirs are the keys that person i of a case has: one of a range of numbers that
// nobody has, and ids that are the same text on both networks.
func theirs(i int) []match.Key {
	return []match.Key{
		{Network: social, Text: fmt.Sprint(i)}, {Network: messenger, Text: fmt.Sprint(i)},
		{Network: phoneKeys, Text: fmt.Sprintf("+4477009001%02d", i)}, {Network: phoneKeys, Text: fmt.Sprintf("+4477009002%02d", i)},
		{Network: social, Text: fmt.Sprintf("a key of person %d that is longer than most", i)},
	}
}

// spelling writes an E.164 number of the United Kingdom in one of many ways.
func spelling(n int, e164 string) string {
	national := e164[3:]
	return []string{e164, "0" + national, "0044 " + national, "+44 (0)" + national[:4] + " " + national[4:],
		"(0" + national[:4] + ") " + national[4:], "tel:+44-" + national[:4] + "-" + national[4:], "44" + national}[n%7]
}

// newWeb draws who has which keys, and gives every row of the case one or two.
func newWeb(rt *rapid.T, c *ruletest.Case) *web {
	w := &web{}
	for range c.Schema.Tables {
		w.networks = append(w.networks, rapid.SampledFrom([]string{social, messenger}).Draw(rt, "network"))
	}
	for i, p := range c.People {
		keys := theirs(i)
		for range rapid.IntRange(0, 3).Draw(rt, "links") {
			w.links = append(w.links, rapid.Permutation(keys).Draw(rt, "tied")[:rapid.IntRange(1, 3).Draw(rt, "width")])
		}
		for at, table := range c.Schema.Tables {
			for _, e := range p.Events[table.Name] {
				w.rows = append(w.rows, webRow{table.Name, rowKeys(rt, keys, w.networks[at]), e.Fields})
			}
		}
		if c.Schema.HasPeople {
			for range rapid.IntRange(0, 2).Draw(rt, "rows of people") {
				w.rows = append(w.rows, webRow{"people", rowKeys(rt, keys, social), p.Fields})
			}
		}
	}
	for range rapid.IntRange(0, 2).Draw(rt, "shared keys") { // run people together
		w.links = append(w.links, []match.Key{anyKey(rt, c), anyKey(rt, c)})
	}
	for range rapid.IntRange(0, 3).Draw(rt, "choices") {
		w.choices = append(w.choices, choice{anyKey(rt, c), rapid.SampledFrom([]string{"", "all", "ads", "measurement", "friend_suggestions"}).Draw(rt, "purpose")})
	}
	return w
}

func anyKey(rt *rapid.T, c *ruletest.Case) match.Key {
	return rapid.SampledFrom(theirs(rapid.IntRange(0, len(c.People)).Draw(rt, "whose"))).Draw(rt, "key")
}

// rowKeys are a key of the table's network, a number, or both.
func rowKeys(rt *rapid.T, keys []match.Key, network string) []match.Key {
	var own, numbers []match.Key
	for _, k := range keys {
		switch k.Network {
		case network:
			own = append(own, k)
		case phoneKeys:
			numbers = append(numbers, k)
		}
	}
	row := []match.Key{rapid.SampledFrom(own).Draw(rt, "id"), rapid.SampledFrom(numbers).Draw(rt, "number")}
	switch rapid.IntRange(0, 3).Draw(rt, "which keys") {
	case 0:
		return row
	case 1:
		return row[1:]
	}
	return row[:1]
}

var webKeys = cleanroom.PhoneKeys{[]byte("a key of thirty-two bytes of text")}

// write writes the tables, in which a number is spelt in all ways, and sets up
// the plan.
func (w *web) write(rt *rapid.T, t *testing.T, c *ruletest.Case, most int) {
	bare := *c
	bare.People = nil
	w.trial = newTrial(rt, t, &bare)
	bare.People = c.People
	dir, p := w.in.Root, w.in.Plan
	w.in.PhoneKeys = webKeys
	n := rapid.IntRange(0, 6).Draw(rt, "first spelling")
	spelt := func(k match.Key) rule.Value { n++; return spelling(n, k.Text) }
	p.Identity = &plan.Identities{Networks: []string{social, messenger}, Region: "GB", Hash: "hmac-sha256", MostKeys: most,
		Links: &plan.Links{Files: []string{"links-*"}, Person: []string{"s", "m"}, Phone: plan.Phone{Column: "p", Holds: "text"}}}
	var links [][]rule.Value
	for _, row := range w.links {
		for _, part := range rowsOfLink(row) {
			values := make([]rule.Value, 3)
			for _, k := range part {
				at := slices.Index([]string{social, messenger, phoneKeys}, k.Network)
				if values[at] = k.Text; at == 2 {
					values[at] = spelt(k)
				}
			}
			links = append(links, values)
		}
	}
	cut := 0
	if !w.tables {
		cut = rapid.IntRange(0, len(links)).Draw(rt, "links in text")
	}
	if cut > 0 {
		writeLinks(t, filepath.Join(dir, "links-a.csv"), links[:cut/2], func(values []string) string { return `"` + strings.Join(values, `","`) + `"` }, "s,m,p")
		if ties := links[cut/2 : cut]; len(ties) > 0 {
			writeLinks(t, filepath.Join(dir, "links-b.jsonl"), ties, objectOf)
		}
	}
	if cut == 0 || cut < len(links) {
		w.part(rt, t, dir, "links", []rule.Column{{Name: "s", Kind: rule.String}, {Name: "m", Kind: rule.String}, {Name: "p", Kind: rule.String}}, links[cut:])
	}
	w.setPurposes()
	gone := w.out()
	for i := range p.Tables {
		s := &p.Tables[i]
		s.Phone, s.Network = plan.Phone{Column: "no", Holds: "text"}, slices.Index(p.Identity.Networks, w.networks[i])
		w.table(rt, t, dir, s, c.Schema.Tables[i].Columns, gone, spelt)
	}
	if p.People != nil {
		p.People.Phone = plan.Phone{Column: "no", Holds: "text"}
		w.table(rt, t, dir, p.People, c.Schema.Person, gone, spelt)
	}
	w.writeChoices(t, dir, spelt)
}

// writeLinks writes links as lines of text, below some lines.
func writeLinks(t *testing.T, file string, links [][]rule.Value, line func(values []string) string, lines ...string) {
	t.Helper()
	for _, row := range links {
		values := make([]string, len(row))
		for i, v := range row {
			values[i], _ = v.(string)
		}
		lines = append(lines, line(values))
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func objectOf(values []string) string {
	fields := map[string]any{"s": values[0], "m": values[1], "p": values[2]}
	for name, v := range fields {
		if v == "" {
			fields[name] = nil
		}
	}
	text, _ := json.Marshal(fields) // of texts
	return string(text)
}

// setPurposes gives segments purposes, those that ask for one another the same.
func (w *web) setPurposes() {
	segments := w.in.Plan.Segments
	w.in.Plan.Purpose = webPurposes[0]
	for i := range segments {
		segments[i].Purpose = webPurposes[i%2]
	}
	for again := true; again; {
		again = false
		for i := range segments {
			for j := range segments {
				asks := strings.Contains(w.c.Segments[i].Text, fmt.Sprintf("in_segment(%q)", segments[j].ID))
				if asks && segments[i].Purpose != segments[j].Purpose {
					segments[i].Purpose, segments[j].Purpose, again = webPurposes[0], webPurposes[0], true
				}
			}
		}
	}
	w.purposes = nil
	for i := range segments {
		w.purposes = append(w.purposes, slices.Index(w.in.Plan.Purposes(), segments[i].Purpose))
	}
}

// rowsOfLink cuts a row of keys of which two would stand in one column, so that
// the pieces tie them all.
func rowsOfLink(row []match.Key) [][]match.Key {
	seen := map[string]bool{}
	for _, k := range row {
		if seen[k.Network] {
			var parts [][]match.Key
			for _, k := range row[1:] {
				if k.Network != row[0].Network {
					parts = append(parts, []match.Key{row[0], k})
				}
			}
			return parts
		}
		seen[k.Network] = true
	}
	return [][]match.Key{row}
}

func (w *web) table(rt *rapid.T, t *testing.T, dir string, s *plan.Source, columns []rule.Column, gone map[match.Key]bool, spelt func(match.Key) rule.Value) {
	var rows [][]rule.Value
	for _, r := range w.rows {
		if r.table != s.Name {
			continue
		}
		out := gone[r.keys[0]]
		row := make([]rule.Value, 2)
		for _, k := range r.keys {
			if row[0] = rule.Value(k.Text); k.Network == phoneKeys {
				row[0], row[1] = nil, spelt(k)
			}
		}
		if len(r.keys) == 2 {
			row[0] = r.keys[0].Text
		}
		for _, col := range columns {
			v := r.fields[col.Name]
			if out && w.altered && rapid.Bool().Draw(rt, "altered") {
				v = nil
			}
			row = append(row, v)
		}
		rows = append(rows, row)
		if out && w.altered && rapid.Bool().Draw(rt, "again") {
			rows = append(rows, row)
		}
	}
	w.part(rt, t, dir, s.Name, append([]rule.Column{{Name: "who", Kind: rule.String}, {Name: "no", Kind: rule.String}}, columns...), rows)
}

func (w *web) part(rt *rapid.T, t *testing.T, dir, table string, columns []rule.Column, rows [][]rule.Value) {
	if len(rows) > 1 {
		rows = rapid.Permutation(rows).Draw(rt, "order")
	}
	parts := make([]*tableFile, rapid.IntRange(1, 2).Draw(rt, "files"))
	for i := range parts {
		parts[i] = &tableFile{columns: columns, plain: map[string]bool{}, group: rapid.SampledFrom([]int{0, 3}).Draw(rt, "group")}
		for _, c := range columns {
			parts[i].plain[c.Name] = rapid.Bool().Draw(rt, "plain")
		}
	}
	for i, row := range rows {
		parts[i%len(parts)].rows = append(parts[i%len(parts)].rows, row)
	}
	old, err := filepath.Glob(filepath.Join(dir, table+"-*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	w.files[table] = writeParts(t, dir, table, parts)
}

// writeChoices writes those of each network, and those under numbers, to files of
// their own.
func (w *web) writeChoices(t *testing.T, dir string, spelt func(match.Key) rule.Value) {
	files := map[string]string{}
	for _, c := range w.choices {
		text := rule.Value(c.key.Text)
		if c.key.Network == phoneKeys {
			text = spelt(c.key)
		}
		files[c.key.Network] += fmt.Sprintf("%s,%s\n", text, c.purpose)
	}
	w.in.Plan.OptOuts = nil
	for i, network := range []string{social, messenger, phoneKeys} {
		if err := os.WriteFile(filepath.Join(dir, network+".csv"), []byte("key,purpose\n"+files[network]), 0o600); err != nil {
			t.Fatal(err)
		}
		o := plan.OptOuts{Files: []string{network + ".csv"}, Person: "key", Purpose: "purpose", Network: i}
		if network == phoneKeys {
			o.Person, o.Phone, o.Network = "", plan.Phone{Column: "key", Holds: "text"}, 0
		}
		w.in.Plan.OptOuts = append(w.in.Plan.OptOuts, o)
	}
}

// persons are those that rows and ties make, by the reference.
func (w *web) persons(most int) *match.Persons {
	var rows [][]match.Key
	for _, row := range w.links {
		rows = append(rows, rowsOfLink(row)...)
	}
	for _, r := range w.rows {
		rows = append(rows, r.keys)
	}
	return match.NewPersons(rows, most)
}

// Allows makes a web the choices of its people.
func (w *web) Allows(_ context.Context, key, purpose string, _ time.Time) (bool, error) {
	return !slices.ContainsFunc(w.choices, func(c choice) bool {
		return c.key.String() == key && w.refuses(c.key, purpose)
	}), nil
}

// out are the keys of people who opted out of everything, by what crowds are made
// of; a crowd's rows are nobody's anyway.
func (w *web) out() map[match.Key]bool {
	gone := map[match.Key]bool{}
	p := w.persons(1 << 20)
	for _, r := range w.rows {
		for _, k := range r.keys {
			all := true
			for _, purpose := range w.in.Plan.Purposes() {
				ok := true
				for _, other := range p.Keys(k) {
					allowed, _ := w.Allows(context.Background(), other.String(), purpose, time.Time{})
					ok = ok && allowed
				}
				all = all && !ok
			}
			gone[k] = all
		}
	}
	return gone
}

// canonical is how the engine names a person: by the smallest of the keys, those
// of networks first.
func (w *web) canonical(k match.Key) string {
	text := k.Text
	if k.Network == phoneKeys {
		mac := hmac.New(sha256.New, webKeys[0])
		mac.Write([]byte(text))
		text = hex.EncodeToString(mac.Sum(nil))[:32]
	} else if len(text) > 15 {
		sum := sha256.Sum256([]byte(text))
		text = hex.EncodeToString(sum[:])[:32]
	}
	return k.Network + "\x00" + text
}

// label names a person by one of their keys, whichever is given.
func label(keys []match.Key) string { return keys[0].String() }

// named are answers by the engine under labels of the reference.
func (w *web) named(rt *rapid.T, answers map[string]answer, persons *match.Persons) map[string]answer {
	names := map[string]string{}
	for i := range len(w.c.People) + 1 {
		for _, k := range theirs(i) {
			if keys := persons.Keys(k); len(keys) > 0 {
				names[w.canonical(k)] = label(keys)
			}
		}
	}
	named := map[string]answer{}
	for key, a := range answers {
		name, known := names[key]
		if _, twice := named[name]; twice || !known {
			rt.Fatalf("%q is counted: twice %v, known %v", key, twice, known)
		}
		named[name] = a
	}
	return named
}

// reference returns what the interpreter says of the persons, and under which
// purposes they may be counted.
func (w *web) reference(rt *rapid.T, persons *match.Persons) (answers map[string]answer, refused map[string][]bool) {
	people, listed := map[string]*match.Person{}, map[string]bool{}
	fields := map[string][]map[string]rule.Value{}
	for _, r := range w.rows {
		keys := persons.Keys(r.keys[0])
		if len(keys) == 0 {
			continue
		}
		name := label(keys)
		if people[name] == nil {
			people[name] = &match.Person{Keys: keys, Events: map[string][]match.Event{}}
		}
		if r.table == "people" {
			listed[name] = true
			fields[name] = append(fields[name], r.fields)
			continue
		}
		e := match.Event{Fields: r.fields}
		if at, ok := r.fields[ruletest.TimeColumn].(time.Time); ok {
			e.Time = &at
		}
		people[name].Events[r.table] = append(people[name].Events[r.table], e)
	}
	answers, refused = map[string]answer{}, map[string][]bool{}
	m, err := match.Load(w.set, w.in.Calendar, w)
	if err != nil {
		rt.Fatal(err)
	}
	all, err := match.Load(w.set, w.in.Calendar, everybody{})
	if err != nil {
		rt.Fatal(err)
	}
	of := make([]string, len(w.set.Segments))
	for i := range of {
		of[i] = w.in.Plan.Segments[i].Purpose
	}
	if err := m.Purposes(of); err != nil {
		rt.Fatal(err)
	}
	for name, p := range people {
		if w.in.Plan.People != nil && !listed[name] {
			continue
		}
		p.Fields = agreed(fields[name], w.asked())
		out := 0
		for _, purpose := range w.in.Plan.Purposes() {
			got, err := m.Match(context.Background(), p, purpose)
			if err != nil {
				rt.Fatal(err)
			}
			refused[name] = append(refused[name], !got.Allowed)
			if !got.Allowed {
				out++
			}
		}
		if out == len(refused[name]) {
			continue
		}
		got, err := all.Match(context.Background(), p, "ads")
		if err != nil {
			rt.Fatal(err)
		}
		var a answer
		for _, let := range w.lets {
			a = append(a, plainValue(got.Lets[let]))
		}
		for _, v := range got.Segments {
			a = append(a, v)
		}
		if w.in.Plan.People == nil && a[len(a)-1] != true { // has no visible event
			continue
		}
		answers[name] = a
	}
	return answers, refused
}

// asked are the columns of people that rules look at.
func (w *web) asked() []string {
	return append([]string{}, segment.Compile(w.set, w.in.Calendar, w.lets).PersonColumns()...)
}

// agreed are the fields of rows that say the same; null where they differ. What
// no rule looks at is not read.
func agreed(rows []map[string]rule.Value, columns []string) map[string]rule.Value {
	for _, r := range rows {
		for _, name := range columns {
			if seenAs(r[name]) != seenAs(rows[0][name]) {
				return nil
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

// seenAs is a value as rules see it: what is null to them is alike.
func seenAs(v rule.Value) string {
	text, ok := orderedText(v)
	return fmt.Sprint(ok, text)
}

// kept counts pairs as the engine should: each segment without those who opted
// out of its purpose.
func (w *web) kept(answers map[string]answer, refused map[string][]bool) pairs {
	want := pairs{}
	for name, a := range answers {
		for i := range w.set.Segments {
			for j := i; j < len(w.set.Segments); j++ {
				in := func(s int) bool { return a[len(w.lets)+s] == true && !refused[name][w.purposes[s]] }
				if in(i) && in(j) {
					want[[2]int{i, j}]++
				}
			}
		}
	}
	return want
}

// TestIdentitiesEqualInterpreter holds the engine to the reference where people
// have several keys, spelt in many ways, tied by links and by rows, some of them
// crowds, and choose under any of them, for one purpose or for all.
func TestIdentitiesEqualInterpreter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := ruletest.Draw(rt)
		w := newWeb(rt, c)
		most := rapid.IntRange(1, 3).Draw(rt, "most keys")
		w.write(rt, t, c, most)
		persons := w.persons(most)
		want, refused := w.reference(rt, persons)
		w.compare(rt, w.named(rt, w.engine(rt), persons), want, "the interpreter")
		w.in.Plan.Bands = nil
		if got, want := w.trial.pairs(rt), w.kept(want, refused); !maps.Equal(got, want) {
			rt.Fatalf("pairs %v, want %v\n%s", got, want, c)
		}
	})
}

// TestIdentitiesEqualDuckDB holds the engine to SQL that finds the persons by
// itself: ties as a relation, closed by a recursive query.
func TestIdentitiesEqualDuckDB(t *testing.T) {
	t.Parallel()
	db := newDuckDB(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := ruletest.Draw(rt).Readable()
		w := newWeb(rt, c)
		w.tables = true
		most := rapid.IntRange(1, 3).Draw(rt, "most keys")
		w.write(rt, t, c, most)
		got := map[string]answer{}
		persons := w.persons(1 << 20)
		for name, a := range w.named(rt, w.engine(rt), persons) {
			got[name] = a
		}
		w.compare(rt, got, w.sql(rt, db, most), "DuckDB")
	})
}

// sql asks DuckDB, under the names that label gives.
func (w *web) sql(rt *rapid.T, db *duckDB, most int) map[string]answer {
	q := &question{plan: w.in.Plan, cal: w.in.Calendar, files: w.files, who: func(s *plan.Source) string {
		return fmt.Sprintf("(SELECT _label FROM _whose WHERE _key = CASE WHEN who IS NOT NULL THEN %s || who ELSE %s || _e164(no) END)",
			text(w.in.Plan.Identity.Networks[s.Network]+"|"), text(phoneKeys+"|"))
	}}
	setup := w.whose(most)
	var out []string
	for _, c := range w.choices {
		for _, purpose := range w.in.Plan.Purposes() {
			if c.purpose == "" || c.purpose == "all" || c.purpose == purpose {
				out = append(out, fmt.Sprintf("(%s, %s)", text(c.key.Network+"|"+c.key.Text), text(purpose)))
			}
		}
	}
	query := "SELECT * FROM (" + q.sql(w.lets) + ")"
	if len(out) > 0 {
		query += fmt.Sprintf(` WHERE person NOT IN (SELECT _label FROM (VALUES %s) c(k, purpose) JOIN _whose ON _key = k
			WHERE _label IS NOT NULL GROUP BY _label HAVING count(DISTINCT purpose) = %d)`, strings.Join(out, ", "), len(w.in.Plan.Purposes()))
	}
	rows, err := db.query(setup, query, nil)
	if err != nil {
		rt.Fatalf("%v\n%s\n%v\n%s", err, w.c, setup, query)
	}
	all := map[string]answer{}
	for _, row := range rows {
		name := strings.Replace(row[0].(string), "|", "\x00", 1)
		all[name] = w.answerOf(rt, row[1:])
	}
	return all
}

// whose are statements that find who has each key, from the files themselves.
func (w *web) whose(most int) []string {
	list := func(table string) string { return parquetFiles(w.files[table]) }
	var ties, keys []string
	tie := func(table string, a, b string) {
		ties = append(ties, fmt.Sprintf("SELECT %s a, %s b FROM %s", a, b, list(table)))
		keys = append(keys, fmt.Sprintf("SELECT %s k FROM %s", a, list(table)), fmt.Sprintf("SELECT %s k FROM %s", b, list(table)))
	}
	s, m, no := "'social|' || s", "'messenger|' || m", "'phone|' || _e164(p)"
	tie("links", s, m)
	tie("links", s, no)
	tie("links", m, no)
	sources := slices.Clone(w.in.Plan.Tables)
	if w.in.Plan.People != nil {
		sources = append(sources, *w.in.Plan.People)
	}
	for _, t := range sources {
		tie(t.Name, text(w.in.Plan.Identity.Networks[t.Network]+"|")+" || who", "'phone|' || _e164(no)")
	}
	for _, c := range w.choices {
		keys = append(keys, "SELECT "+text(c.key.Network+"|"+c.key.Text))
	}
	return []string{
		// British numbers alone are drawn: their last ten digits tell them.
		"CREATE OR REPLACE MACRO _e164(x) AS '+44' || right(regexp_replace(x, '[^0-9]', '', 'g'), 10)",
		fmt.Sprintf("CREATE OR REPLACE TEMP TABLE _ties AS SELECT * FROM (%s) WHERE a IS NOT NULL AND b IS NOT NULL", strings.Join(ties, " UNION ")),
		fmt.Sprintf("CREATE OR REPLACE TEMP TABLE _keys AS SELECT DISTINCT k FROM (%s) WHERE k IS NOT NULL", strings.Join(keys, " UNION ")),
		`CREATE OR REPLACE TEMP TABLE _closed AS WITH RECURSIVE r(a, b) AS (
			SELECT k, k FROM _keys UNION
			SELECT r.a, t.b FROM r JOIN (SELECT a, b FROM _ties UNION SELECT b, a FROM _ties) t ON r.b = t.a) SELECT a, b FROM r`,
		fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE _whose AS SELECT c.a AS _key, CASE WHEN max(n) <= %d THEN min(c.b) END AS _label FROM _closed c
			JOIN (SELECT a, count(DISTINCT b) n FROM _closed GROUP BY a, split_part(b, '|', 1)) s ON s.a = c.a GROUP BY c.a`, most),
	}
}
