// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule"
)

// choices answers the same for everybody.
type choices struct {
	ok  bool
	err error
}

func (c choices) Allows(_ context.Context, person, purpose string, asOf time.Time) (bool, error) {
	if person != "p" || purpose != "ads" || asOf.IsZero() {
		return false, errors.New("asked about something else")
	}
	return c.ok, c.err
}

func schema() rule.Schema {
	columns := []rule.Column{
		{Name: "at", Kind: rule.Timestamp}, {Name: "i", Kind: rule.Int}, {Name: "x", Kind: rule.Double}, {Name: "s", Kind: rule.String},
		{Name: "b", Kind: rule.Bool}, {Name: "w", Kind: rule.Timestamp},
	}
	return rule.Schema{HasPeople: true, Person: columns[1:], Tables: []rule.Table{{Name: "t", Columns: columns}, {Name: "u", Columns: columns}}}
}

func calendar(t *testing.T, zone, date string, lookback int) *rule.Calendar {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rule.NewCalendar(z, date, lookback)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A world is what rules are tried on.
type world struct {
	cal    *rule.Calendar
	where  string
	person map[string]rule.Value
	events []match.Event
}

// fields are pairs of a name and a value.
func fields(pairs ...any) map[string]rule.Value {
	m := map[string]rule.Value{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// on is an event at noon so many days before 2011-12-09.
func on(daysAgo int, pairs ...any) match.Event {
	at := time.Date(2011, 12, 9-daysAgo, 12, 0, 0, 0, time.UTC)
	return match.Event{Time: &at, Fields: fields(pairs...)}
}

// value is what a let of this text is.
func (w *world) value(t *testing.T, text string) rule.Value {
	t.Helper()
	a, err := w.answer(t, text, "true")
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return a.Lets["v"]
}

func (w *world) answer(t *testing.T, let string, segments ...string) (*match.Answer, error) {
	t.Helper()
	var rules, where []rule.Source
	for i, s := range segments {
		rules = append(rules, rule.Source{Name: string(rune('a' + i)), Text: s})
	}
	if w.where != "" {
		where = []rule.Source{{Name: "t", Text: w.where}}
	}
	set, faults := rule.Check(schema(), []rule.Source{{Name: "v", Text: let}}, rules, where)
	if len(faults) > 0 {
		t.Fatalf("%s: %v", let, faults)
	}
	cal := w.cal
	if cal == nil {
		cal = calendar(t, "UTC", "2011-12-09", 8)
	}
	m, err := match.Load(set, cal, choices{ok: true})
	if err != nil {
		t.Fatal(err)
	}
	return m.Match(context.Background(), &match.Person{Key: "p", Fields: w.person, Events: map[string][]match.Event{"t": w.events}}, "ads")
}

func TestLoadNeedsChoices(t *testing.T) {
	set, _ := rule.Check(schema(), nil, []rule.Source{{Name: "s", Text: "true"}}, nil)
	cal := calendar(t, "UTC", "2011-12-09", 8)
	if _, err := match.Load(set, cal, nil); err == nil || !strings.Contains(err.Error(), "choices") {
		t.Errorf("loaded without choices: %v", err)
	}
	if _, err := match.Load(nil, cal, choices{}); err == nil {
		t.Error("loaded without rules")
	}
	if _, err := match.Load(set, nil, choices{}); err == nil {
		t.Error("loaded without a calendar")
	}
}

func TestNobodyIsMatchedAgainstTheirChoice(t *testing.T) {
	set, _ := rule.Check(schema(), []rule.Source{{Name: "v", Text: "1"}}, []rule.Source{{Name: "s", Text: "true"}}, nil)
	down := errors.New("source is down")
	for _, c := range []choices{{ok: false}, {ok: true, err: down}} {
		m, err := match.Load(set, calendar(t, "UTC", "2011-12-09", 8), c)
		if err != nil {
			t.Fatal(err)
		}
		a, err := m.Match(context.Background(), &match.Person{Key: "p", Events: map[string][]match.Event{"t": {on(1)}}}, "ads")
		if !errors.Is(err, c.err) {
			t.Errorf("error %v, want %v", err, c.err)
		}
		if a.Allowed || a.Lets != nil || a.Segments != nil {
			t.Errorf("%+v: answered %+v", c, a)
		}
	}
}

func TestSegmentsAskEachOtherWithNull(t *testing.T) {
	w := &world{}
	a, err := w.answer(t, "person.b",
		`in_segment("c") || in_segment("b")`, // true: the other is true
		"true",
		"person.b", // null
		`!in_segment("c")`, `in_segment("c") && false`, `v`)
	if err != nil {
		t.Fatal(err)
	}
	want := []rule.Value{true, true, nil, nil, false, nil}
	for i, v := range want {
		if a.Segments[i] != v {
			t.Errorf("segment %d: %v, want %v", i, a.Segments[i], v)
		}
	}
}

func TestAValueOfAnotherKindIsAnError(t *testing.T) {
	for _, w := range []*world{
		{events: []match.Event{on(1, "i", 1.5)}}, {events: []match.Event{on(1, "x", int64(1))}}, {events: []match.Event{on(1, "s", []byte("a"))}},
		{person: fields("b", "true")}, {person: fields("w", time.Hour)},
	} {
		if _, err := w.answer(t, "1", "true"); err == nil || strings.Contains(err.Error(), "1.5") {
			t.Errorf("%v: %v", w, err)
		}
	}
}

func TestWhatTheCalendarHides(t *testing.T) {
	w := &world{cal: calendar(t, "Europe/London", "2011-03-28", 2)} // 27 March has 23 hours
	for _, test := range []struct {
		at   string
		days rule.Value // nil: not visible
	}{
		{"2011-03-28T23:00:00Z", nil}, {"2011-03-28T22:59:59.999999Z", int64(0)}, {"2011-03-27T23:00:00Z", int64(0)},
		{"2011-03-27T22:59:59.9999999Z", int64(1)}, // cut to microseconds, towards the past
		{"2011-03-27T00:00:00Z", int64(1)}, {"2011-03-26T23:59:59.999999Z", nil},
	} {
		at := instant(t, test.at)
		w.events = []match.Event{{Time: &at, Fields: fields("at", at)}, {Fields: fields("i", int64(1))}}
		if got := w.value(t, "t.max(e, e.days_ago)"); got != test.days {
			t.Errorf("%s: %v days ago, want %v", test.at, got, test.days)
		}
	}
	at := instant(t, "2011-03-27T22:30:00Z") // 23:30 on Sunday
	w.events = []match.Event{{Time: &at, Fields: fields("at", at)}}
	if !w.value(t, `t.all(e, e.date == "2011-03-27" && e.month == 3 && e.weekday == 7) && t.size() == 1`).(bool) {
		t.Error("date, month and weekday are not those of the zone")
	}
}

func TestWhereHidesWhatIsNotTrue(t *testing.T) {
	w := &world{where: `row.s != "service" && row.days_ago < 5 && row.at < as_of`, events: []match.Event{
		on(1, "s", "goods", "at", time.Date(2011, 12, 8, 12, 0, 0, 0, time.UTC)),
		on(1, "s", "service", "at", time.Date(2011, 12, 8, 12, 0, 0, 0, time.UTC)),
		on(1), // null
		on(6, "s", "goods", "at", time.Date(2011, 12, 3, 12, 0, 0, 0, time.UTC)),
	}}
	if got := w.value(t, "t.size()"); got != int64(1) {
		t.Errorf("%v rows are visible, want 1", got)
	}
}

func BenchmarkMatch(b *testing.B) {
	set, faults := rule.Check(schema(), nil, []rule.Source{{Name: "s", Text: `t.filter(e, e.days_ago < 5).sum(e, e.x) > 100 && t.exists(e, e.s == "goods")`}}, nil)
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	cal, err := rule.NewCalendar(time.UTC, "2011-12-09", 8)
	if err != nil {
		b.Fatal(err)
	}
	m, err := match.Load(set, cal, choices{ok: true})
	if err != nil {
		b.Fatal(err)
	}
	p := &match.Person{Key: "p", Events: map[string][]match.Event{}}
	for range 1000 {
		p.Events["t"] = append(p.Events["t"], on(1, "x", 0.5, "s", "service"))
	}
	for b.Loop() {
		if _, err := m.Match(b.Context(), p, "ads"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func TestOneMatcherForManyGoroutines(t *testing.T) {
	set, faults := rule.Check(schema(), nil, []rule.Source{{Name: "s", Text: `t.filter(e, e.i > 1).latest(e, e.s) == "a" && person.i in [1, 2]`}}, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	m, err := match.Load(set, calendar(t, "UTC", "2011-12-09", 8), choices{ok: true})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			p := &match.Person{Key: "p", Fields: fields("i", int64(g%3)), Events: map[string][]match.Event{"t": {on(1, "i", int64(2), "s", "a"), on(2, "i", int64(2), "s", "b")}}}
			for range 50 {
				a, err := m.Match(context.Background(), p, "ads")
				if err != nil || a.Segments[0] != (g%3 > 0) {
					t.Errorf("person %d: %v, %v", g, a, err)
					return
				}
			}
		})
	}
	all.Wait()
}
