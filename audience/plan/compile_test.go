// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/release"
)

// small is a plan that tests change line by line.
const small = `throng: 1
name: shop
every: month
data:
  time_zone: Europe/London
  events:
    orders: {files: orders.parquet, person: user_id, time: event_time}
  opt_outs: none
purpose: ads
lookback: 365d
privacy: {account: shop, epsilon: 1, delta: 1e-8, min_reach: 100}
let:
  orders_365: orders.distinct(o, o.category)
  spend: orders.sum(o, o.amount)
  band: {of: spend, bins: [0, 250, 1000.5]}
  home: {of: 'orders.latest(o, o.country)', domain: [GB, FR]}
  gifts: orders.exists(o, o.gift)
segments:
  - id: buyers
    rule: orders.size() > 0
  - id: gifters
    name: Gave something
    rule: in_segment("buyers") && gifts
  - id: big
    rule: spend >= 1000.0
release:
  - {breakdown: [home, gifts], segments: [b*]}
  - {frequency: orders_365, bins: [0, 1, 3], segments: [gifters]}
  - {mean: spend, min: 0, max: 50.5, unit: GBP, segments: [big, buyers]}
  - {sum: spend, min: 0, max: 50.5, unit: GBP, segments: [big], weight: 2.5}
  - {sum: orders_365, min: -1, max: 9, segments: [big]}
  - {reach: [big]}
  - {overlap: [gifters, buyers, big]}
tests:
  - name: a gift makes a gifter
    events: {orders: [{days_ago: 0, gift: true, amount: 3}]}
    expect: {gifts: true, spend: 3, home: null, orders_365: 0}
    in: [gifters]
    not_in: [big]
`

func mustCompile(t *testing.T, text string) *plan.Plan {
	t.Helper()
	p, err := compile("plan.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// replaced is small with one of its words replaced.
func replaced(t *testing.T, old, new string) string {
	t.Helper()
	if !strings.Contains(small, old) {
		t.Fatalf("the plan has no %q", old)
	}
	return strings.Replace(small, old, new, 1)
}

func TestWorkloadFollowsThePlansOrder(t *testing.T) {
	p := mustCompile(t, small)
	want := dp.Workload{
		Segments: 3, Bound: 3, MinReach: 100,
		Attributes: []int{3, 3, 4},
		Amounts:    []dp.Amount{{Min: 0, Max: 5050}, {Min: -1, Max: 9}},
		Tables: []dp.Table{
			{Kind: dp.Population},
			// In a table but in no reach item: released with it.
			{Kind: dp.Reach, Segments: []int{0}},
			{Kind: dp.Reach, Segments: []int{1}},
			{Kind: dp.Breakdown, Segments: []int{0}, By: []int{0, 1}},
			{Kind: dp.Breakdown, Segments: []int{2}, By: []int{0, 1}},
			{Kind: dp.Frequency, Segments: []int{1}, By: []int{2}},
			{Kind: dp.Mean, Segments: []int{0}},
			{Kind: dp.Mean, Segments: []int{2}},
			{Kind: dp.Sum, Segments: []int{2}, Weight: 2.5},
			{Kind: dp.Sum, Segments: []int{2}, Amount: 1},
			{Kind: dp.Reach, Segments: []int{2}},
			{Kind: dp.Overlap, Segments: []int{0, 1}},
			{Kind: dp.Overlap, Segments: []int{0, 2}},
			{Kind: dp.Overlap, Segments: []int{1, 2}},
		},
	}
	if diff := cmp.Diff(want, p.Workload); diff != "" {
		t.Error(diff)
	}
	bands := []plan.Attribute{
		{Let: "home", Domain: []rule.Value{"GB", "FR"}, Cells: []string{"GB", "FR", "(other)"}},
		{Let: "gifts", Domain: []rule.Value{true, false}, Cells: []string{"true", "false", "(other)"}},
		{Let: "orders_365", Bins: []float64{0, 1, 3}, Cells: []string{"0", "1-2", "3+", "(other)"}},
	}
	if diff := cmp.Diff(bands, p.Bands); diff != "" {
		t.Error(diff)
	}
	totals := []plan.Amount{{Let: "spend", Max: 5050, Decimals: 2, Unit: "GBP"}, {Let: "orders_365", Min: -1, Max: 9}}
	if diff := cmp.Diff(totals, p.Totals); diff != "" {
		t.Error(diff)
	}
	if es := p.RunTests(); len(es) > 0 {
		t.Error(es)
	}
}

func TestLabelsStandBesideTables(t *testing.T) {
	p := mustCompile(t, small)
	if len(p.Releases) != len(p.Workload.Tables) {
		t.Fatalf("%d labels for %d tables", len(p.Releases), len(p.Workload.Tables))
	}
	for i, l := range p.Releases {
		if n := p.Workload.Cells(i); n != max(1, len(l.Keys)) {
			t.Errorf("table %d: %d cells, %d keys", i, n, len(l.Keys))
		}
	}
	want := [][]string{{"GB", "true"}, {"GB", "false"}, {"GB", "(other)"}, {"FR", "true"}}
	if got := p.Releases[3].Keys[:4]; !cmp.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
}

func TestDraftHasLabelsAndNoNumbers(t *testing.T) {
	p := mustCompile(t, small)
	cal, err := rule.NewCalendar(p.Zone, "2024-06-30", p.Lookback)
	if err != nil {
		t.Fatal(err)
	}
	r := p.Draft(cal, "2024-06-30")
	if r.AsOf != "2024-07-01T00:00:00+01:00" || r.ValidUntil != "2024-08-01T00:00:00+01:00" {
		t.Errorf("as of %s, valid until %s", r.AsOf, r.ValidUntil)
	}
	if want := "people with an event in 365 days"; r.Who != want {
		t.Errorf("who: %q, want %q", r.Who, want)
	}
	if r.Segments[1].Name != "Gave something" || r.Segments[0].Name != "buyers" || r.Segments[0].Version == r.Segments[1].Version {
		t.Errorf("segments: %+v", r.Segments)
	}
	for i, table := range r.Tables {
		if len(table.Cells) != p.Workload.Cells(i) {
			t.Errorf("table %d: %d cells, want %d", i, len(table.Cells), p.Workload.Cells(i))
		}
		for _, c := range table.Cells {
			if c.Estimate != nil || c.Unbiased != nil {
				t.Errorf("table %d has numbers", i)
			}
		}
		// What each person's total was cut to, in the units of its numbers.
		var clip *release.Clip
		switch {
		case table.Of == "spend":
			clip = &release.Clip{Min: 0, Max: 5050}
		case table.Kind == release.Sum:
			clip = &release.Clip{Min: -1, Max: 9}
		}
		if diff := cmp.Diff(clip, table.Clip); diff != "" {
			t.Errorf("table %d is clipped otherwise (-want +got):\n%s", i, diff)
		}
	}
}

// TestDigest tells what changes a plan and what only says it otherwise.
func TestDigest(t *testing.T) {
	before := mustCompile(t, small)
	for _, tt := range []struct {
		name, old, new string
		changes        bool
	}{
		{"a comment", "purpose: ads", "purpose: ads # always", false},
		{"spacing in a rule", "rule: spend >= 1000.0", "rule: |\n      spend\n        >= 1000.0 // big", false},
		{"another style", "rule: spend >= 1000.0", "rule: 'spend >= 1000.0'", false},
		{"a segment's name", "name: Gave something", "name: Gave gifts", false},
		{"about", "name: shop", "name: shop\nabout: {publisher: A shop}", false},
		{"a test", "not_in: [big]", "", false},
		{"the plan's name", "name: shop", "name: store", true},
		{"a rule", "spend >= 1000.0", "spend >= 1001.0", true},
		{"text in a rule", "o.category)", "o.country)", true},
		{"a bin", "[0, 1, 3]", "[0, 1, 4]", true},
		{"the account", "account: shop,", "account: store,", true},
		{"a part of the account, for a recipient", "account: shop,", "account: shop/acme,", false},
		{"the price", "epsilon: 1,", "epsilon: 0.5,", true},
		{"the files", "orders.parquet", "more.parquet", true},
		{"the order of segments", "[big, buyers]", "[buyers]", true},
		{"a weight", "weight: 2.5", "weight: 2", true},
		{"a target", "weight: 2.5", "weight: 2.5, target: ±90000", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := replaced(t, tt.old, tt.new)
			after := mustCompile(t, text)
			if changed := after.Digest != before.Digest; changed != tt.changes {
				t.Errorf("changed: %v, want %v", changed, tt.changes)
			}
			f, err := plan.Parse("plan.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if f.Head().Digest != after.Digest {
				t.Error("the head's digest is another")
			}
		})
	}
}

func TestVersionFollowsWhatARuleRefersTo(t *testing.T) {
	versions := func(text string) []string {
		var vs []string
		for _, s := range mustCompile(t, text).Segments {
			vs = append(vs, s.Version)
		}
		return vs
	}
	before := versions(small)
	for _, tt := range []struct {
		name, old, new string
		changed        []bool
		all            bool
	}{
		{"its own rule", "spend >= 1000.0", "spend >= 999.0", []bool{false, false, true}, false},
		{"a let", "o, o.gift)", "o, !o.gift)", []bool{false, true, false}, false},
		{"a segment that it asks for", "orders.size() > 0", "orders.size() > 1", []bool{true, true, false}, false},
		{"what it may see", "time: event_time", "time: event_time, where: row.gift", []bool{true, true, true}, false},
		{"a name", "Gave something", "Gave", []bool{false, false, false}, false},
		{"another let's name", "orders_365", "kinds", []bool{false, false, false}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := replaced(t, tt.old, tt.new)
			if tt.all {
				text = strings.ReplaceAll(text, tt.old, tt.new)
			}
			after := versions(text)
			for i := range before {
				if changed := before[i] != after[i]; changed != tt.changed[i] {
					t.Errorf("segment %d changed: %v", i, changed)
				}
			}
		})
	}
}

func TestColumnsOfATable(t *testing.T) {
	columns := func(t *testing.T, table string) (*plan.Plan, []rule.Column) {
		t.Helper()
		p := mustCompile(t, replaced(t, "time: event_time", "time: event_time, "+table))
		return p, p.Rules.Schema.Tables[0].Columns
	}
	find := func(cs []rule.Column, name string) *rule.Column {
		if i := slices.IndexFunc(cs, func(c rule.Column) bool { return c.Name == name }); i >= 0 {
			return &cs[i]
		}
		return nil
	}
	p, cs := columns(t, `id: line_id, columns: {order_no: {is: "Invoice No"}, order_type: {role: category}, kind: {is: event_type}}`)
	for name, key := range map[string]bool{"order_no": true, "line_id": true, "device_id": true, "order_type": false, "kind": false, "country": false} {
		if c := find(cs, name); c == nil || c.Key != key {
			t.Errorf("%s: %+v, want key %v", name, c, key)
		}
	}
	for _, hidden := range []string{"user_id", "message_text", "date", "event_type", "Invoice No"} {
		if find(cs, hidden) != nil {
			t.Errorf("rules see %q", hidden)
		}
	}
	if len(p.Cleared) != 0 {
		t.Errorf("cleared: %v: order_type is no key by its name", p.Cleared)
	}
	p, cs = columns(t, `columns: {device_id: {role: category}}`)
	if c := find(cs, "device_id"); c == nil || c.Key || !slices.Equal(p.Cleared, []string{"orders.device_id"}) {
		t.Errorf("device_id: %+v, cleared: %v", c, p.Cleared)
	}
	// A name that says less than the file's clears nothing.
	_, cs = columns(t, `columns: {thing: {is: device_id}}`)
	if c := find(cs, "thing"); c == nil || !c.Key {
		t.Errorf("thing: %+v", c)
	}
}

// TestTypedTablesAskNoFile compiles without any file what the plan types, and
// asks as soon as a rule needs more.
func TestTypedTablesAskNoFile(t *testing.T) {
	const typed = "time: event_time, columns: {category: {type: string}, amount: {type: double}, country: {type: string}, gift: {type: bool}}"
	asked := 0
	count := func(s *plan.Source) ([]rule.Column, error) { asked++; return shop(s) }
	read := func(text string, schemas plan.Schemas) error {
		t.Helper()
		f, err := plan.Parse("plan.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Compile(schemas)
		if err == nil && len(p.RunTests()) > 0 {
			t.Error(p.RunTests())
		}
		return err
	}
	text := replaced(t, "time: event_time", typed)
	if err := read(text, count); err != nil || asked != 0 {
		t.Fatalf("asked %d times: %v", asked, err)
	}
	text = strings.Replace(text, "rule: orders.size() > 0", "rule: orders.size() > 0 || orders.exists(o, o.quantity > 1)", 1)
	if err := read(text, count); err != nil || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	none := func(*plan.Source) ([]rule.Column, error) { return nil, errors.New("no such file") }
	if err := read(text, none); err == nil || !strings.Contains(err.Error(), "quantity") {
		t.Errorf("without files: %v", err)
	}
	if err := read(small, none); err == nil || err.Error() != "no such file" {
		t.Errorf("files that are not there: %v", err)
	}
}

func TestFailingTestsAreToldAtTheirPlace(t *testing.T) {
	p := mustCompile(t, strings.Replace(replaced(t, "spend: 3,", "spend: 4,"), "not_in: [big]", "not_in: [buyers, big]", 1))
	want := `plan.yaml:37:27: test "a gift makes a gifter": spend is 3, not 4
plan.yaml:39:14: test "a gift makes a gifter": the person is in "buyers"
	hint: the rule ends true`
	if got := p.RunTests().Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestTargetsAndWeights: every item takes both; targets of sums are in their
// unit, and how one is written makes no other plan.
func TestTargetsAndWeights(t *testing.T) {
	text := small
	for _, r := range [][2]string{
		{"segments: [b*]}", "segments: [b*], weight: 2, target: ±400}"},
		{"segments: [gifters]}", "segments: [gifters], weight: 3, target: 300}"},
		{"unit: GBP, segments: [big, buyers]}", "unit: GBP, segments: [big, buyers], weight: 4, target: ±25.5}"},
		{"weight: 2.5}", "weight: 2.5, target: ±20000}"},
		{"{reach: [big]}", "{reach: [big], weight: 5, target: ±250}"},
		{"{overlap: [gifters, buyers, big]}", "{overlap: [gifters, buyers, big], weight: 6, target: ± 1e3}"},
	} {
		if !strings.Contains(text, r[0]) {
			t.Fatalf("the plan has no %q", r[0])
		}
		text = strings.Replace(text, r[0], r[1], 1)
	}
	p := mustCompile(t, text)
	want := map[dp.Kind][2]float64{dp.Breakdown: {2, 400}, dp.Frequency: {3, 300}, dp.Mean: {4, 2550}, dp.Overlap: {6, 1000}}
	for i, table := range p.Workload.Tables {
		w, given := want[table.Kind]
		switch {
		case table.Kind == dp.Reach && table.Segments[0] == 2:
			w = [2]float64{5, 250}
		case table.Kind == dp.Sum && table.Amount == 0:
			w = [2]float64{2.5, 2_000_000}
		case !given:
			w = [2]float64{} // the population, reach that no item lists, the other sum
		}
		if table.Weight != w[0] || table.Target != w[1] {
			t.Errorf("table %d (%s): weight %g, target %g, want %v", i, p.Releases[i].Kind, table.Weight, table.Target, w)
		}
	}
	if again := mustCompile(t, strings.Replace(text, "target: ±400", "target: 400", 1)); again.Digest != p.Digest {
		t.Error("±400 and 400 are two plans")
	}
}

// TestOverlapsByName: pairs and triples one by one, in the plan's order; a glob stands for
// each that it names, and no segment overlaps itself.
func TestOverlapsByName(t *testing.T) {
	for _, tt := range []struct {
		overlap string
		want    [][]string
	}{
		{"[gifters, buyers]", [][]string{{"buyers", "gifters"}}},
		{"[[gifters, buyers]]", [][]string{{"buyers", "gifters"}}},
		{"[[big, buyers], [gifters, big]]", [][]string{{"buyers", "big"}, {"gifters", "big"}}},
		{`[["b*", gifters]]`, [][]string{{"buyers", "gifters"}, {"gifters", "big"}}},
		{`[["*", "*"]]`, [][]string{{"buyers", "gifters"}, {"buyers", "big"}, {"gifters", "big"}}},
		{`[["*", buyers]]`, [][]string{{"buyers", "gifters"}, {"buyers", "big"}}},
		{"[[big, buyers, gifters]]", [][]string{{"buyers", "gifters", "big"}}},
		{"[[big, buyers], [gifters, big, buyers]]", [][]string{{"buyers", "big"}, {"buyers", "gifters", "big"}}},
		{`[["b*", "*", "*"], [big, "*"]]`, [][]string{{"buyers", "gifters", "big"}, {"buyers", "big"}, {"gifters", "big"}}},
	} {
		p := mustCompile(t, replaced(t, "[gifters, buyers, big]", tt.overlap))
		var got [][]string
		for i, l := range p.Releases {
			if l.Kind == "overlap" {
				got = append(got, l.Segments)
				var ids []string
				for _, s := range p.Workload.Tables[i].Segments {
					ids = append(ids, p.Segments[s].ID)
				}
				if !slices.Equal(ids, l.Segments) {
					t.Errorf("%s: table %d is of %v, its label of %v", tt.overlap, i, ids, l.Segments)
				}
				if want := []string{"overlap", "overlap of three"}[len(l.Segments)-2]; l.Family() != want {
					t.Errorf("%v is of the family %q", l.Segments, l.Family())
				}
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.overlap, diff)
		}
	}
	for _, tt := range []struct{ overlap, want string }{
		{"[[big, big]]", `plan.yaml:33:16: an overlap of a segment with itself`},
		{"[[big, buyers], [buyers, big]]", `plan.yaml:33:5: overlap of buyers and big is released twice`},
		{"[[big], [buyers, big]]", `plan.yaml:33:16: an overlap of 1 segments`},
		{"[[big, buyers, gifters, buyers]]", `plan.yaml:33:16: an overlap of 4 segments` + "\n\thint: two segments, [a, b], or three, [a, b, c]"},
		{"[[big, buyers, big]]", `plan.yaml:33:16: an overlap of a segment with itself` + "\n\thint: name 3 different ones: buyers, gifters, big"},
		{`[[big, "b*", big]]`, `plan.yaml:33:16: an overlap of a segment with itself`},
		{"[[gifters, big, buyers], [buyers, big, gifters]]", `plan.yaml:33:5: overlap of buyers and gifters and big is released twice`},
		{"[[big, buyers], gifters]", `plan.yaml:33:31: overlap has both ids and lists of ids`},
		{"[[big, bouyers]]", `plan.yaml:33:22: unknown segment "bouyers"`},
		{"[[big, buyers]], segments: [big]", `plan.yaml:33:43: segments are listed twice`},
		{"[[big, []]]", `plan.yaml:33:22: an entry of an overlap must be text`},
		{"[[]]", `plan.yaml:33:16: an overlap is empty`},
	} {
		_, err := compile("plan.yaml", []byte(replaced(t, "[gifters, buyers, big]", tt.overlap)))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.overlap, err, tt.want)
		}
	}
}

// TestOutOfReach: a target that the price cannot buy is a fault at its own
// place, and the ε that it tells does.
func TestOutOfReach(t *testing.T) {
	text := replaced(t, "{overlap: [gifters, buyers, big]}", "{overlap: [gifters, buyers, big], target: ±5}")
	_, err := compile("plan.yaml", []byte(text))
	if err == nil {
		t.Fatal("±5 at epsilon 1")
	}
	m := regexp.MustCompile(`^plan\.yaml:33:47: ±5 is out of reach at epsilon 1
	hint: epsilon: ([0-9.]+) would do for all targets of the plan, or a larger target, or fewer releases beside it$`).FindStringSubmatch(err.Error())
	if m == nil {
		t.Fatal(err)
	}
	if _, err := compile("plan.yaml", []byte(strings.Replace(text, "epsilon: 1,", "epsilon: "+m[1]+",", 1))); err != nil {
		t.Error(err)
	}
	least, _ := strconv.ParseFloat(m[1], 64)
	less := strconv.FormatFloat(least*0.95, 'f', 4, 64)
	if _, err := compile("plan.yaml", []byte(strings.Replace(text, "epsilon: 1,", "epsilon: "+less+",", 1))); err == nil {
		t.Errorf("epsilon %s does already", less)
	}
}

func TestNoRoomForNoise(t *testing.T) {
	_, err := compile("plan.yaml", []byte(replaced(t, "max: 50.5, unit: GBP, segments: [big, buyers]", "max: 5000000, unit: GBP, segments: [big, buyers]")))
	want := "plan.yaml:29:5: a range this wide leaves no room for noise at 2 decimals\n\thint: decimals: 1 would fit, or a smaller range"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestThePlanOfTheDocs compiles the plan that docs/plan.md shows.
func TestThePlanOfTheDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "```yaml\nthrong: 1\n")
	text, _, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("docs/plan.md shows no plan")
	}
	p := mustCompile(t, "throng: 1\n"+text)
	if es := p.RunTests(); len(es) > 0 {
		t.Error(es)
	}
	_, rest, ok = strings.Cut(string(page), "```yaml\nlineage:")
	text, _, closed = strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("docs/plan.md shows no policy")
	}
	if _, err := plan.ParsePolicy("policy.yaml", []byte("lineage:"+text)); err != nil {
		t.Error(err)
	}
}

// TestForbiddenColumnsSayWhy: what a policy or the content of messages keeps
// from rules is told as that, not as a slip of the pen.
func TestForbiddenColumnsSayWhy(t *testing.T) {
	compile := func(text string) string {
		t.Helper()
		f, err := plan.Parse("plan.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		f.Forbid([]string{"Country", "QUANTITY"})
		_, err = f.Compile(func(s *plan.Source) ([]rule.Column, error) {
			cs, err := shop(s)
			cs = slices.DeleteFunc(slices.Clone(cs), func(c rule.Column) bool { return c.Name == "quantity" }) // as an engine does
			return append(cs, rule.Column{Name: "basket"}), err
		})
		if err == nil {
			return ""
		}
		return err.Error()
	}
	for _, tt := range []struct{ old, new, want string }{
		{"orders.size() > 0", "orders.exists(o, o.quantity > 1)", `no rule can name "quantity": the owner's policy says never_read`},
		{"orders.size() > 0", `orders.exists(o, o.country == "GB")`, `no rule can name "country": the owner's policy says never_read`},
		{"orders.size() > 0", `orders.exists(o, o.MessageText == "GB")`, `no rule can name "MessageText": content is never read`},
		{"time: event_time", "time: event_time, columns: {pieces: {is: quantity}}", `column "quantity": the owner's policy says never_read`},
		{"time: event_time", "time: event_time, columns: {pieces: {is: quantity, type: int}}", `column "quantity": the owner's policy says never_read`},
		{"orders.size() > 0", "orders.exists(o, o.basket > 1)", `no rule can name "basket": it is nested, binary, or has another type`},
		{"time: event_time", "time: event_time, columns: {basket: {type: string}, amount: {type: double}}", `column "basket": it is nested, binary, or has another type`},
	} {
		if got := compile(replaced(t, tt.old, tt.new)); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s, want %s", tt.new, got, tt.want)
		}
	}
}

// TestKeysHaveNoBands: what is taken from a key names a device, whatever it is
// called.
func TestKeysHaveNoBands(t *testing.T) {
	text := replaced(t, "let:", "let:\n  device: {of: 'orders.latest(o, o.device_id)', domain: [a, b]}")
	f, err := plan.Parse("plan.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.Compile(shop); err == nil || !strings.Contains(err.Error(), `"device" was taken from the key o.device_id`) {
		t.Errorf("a domain of devices: %v", err)
	}
}
