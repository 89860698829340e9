// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/match"
)

// shopRules are those of a golden file, with words replaced.
func shopRules(t *testing.T, pairs ...string) *match.Rules {
	t.Helper()
	text, err := os.ReadFile("../activation/testdata/rules.json")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("the rules have no %q", pairs[i])
		}
	}
	d, err := match.Read(strings.NewReader(strings.NewReplacer(pairs...).Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	r, err := match.NewRules(d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A register is choices that are asked for at some moment.
type register struct {
	allows map[string]bool // "p ads"
	err    error
	asked  time.Time
}

func (c *register) Allows(_ context.Context, person, purpose string, at time.Time) (bool, error) {
	c.asked = at
	return c.allows[person+" "+purpose], c.err
}

var servedAt = time.Date(2024, 6, 20, 12, 0, 0, 0, time.UTC)

// regular is a person of an age with two orders, in regulars, spent-20 and rare.
func regular(t *testing.T, r *match.Rules, age any) *match.Person {
	t.Helper()
	order := func(at, id string) map[string]any {
		return map[string]any{"event_time": at, "kind": "purchase", "amount": json.Number("15.5"), "pieces": json.Number("100"), "order_no": id}
	}
	p, err := r.Person("p", map[string]any{"age": age, "country": "GB"}, map[string][]map[string]any{
		"orders": {order("2024-06-14T12:00:00Z", "a"), order("2024-06-01T12:00:00Z", "b")},
		"visits": {{"at": "2024-06-14T12:00:00Z", "page": `it's "the" $shop`}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ids(served []match.Served) string {
	var all []string
	for _, s := range served {
		all = append(all, s.ID)
	}
	return strings.Join(all, " ")
}

// TestServer holds a server to its obligations, one by one.
func TestServer(t *testing.T) {
	const all = "regulars spent-20 ten-low ten-high"
	yes := map[string]bool{"p ads": true, "p measurement": true}
	for _, tt := range []struct {
		name    string
		allows  map[string]bool
		broken  error
		at      time.Time
		age     any
		purpose string
		stop    []string
		want    string
		err     error
	}{
		{name: "released segments of the purpose, not what is withheld", want: all},
		{name: "another purpose", purpose: "measurement", want: "lookers"},
		{name: "a purpose that no segment is for", allows: map[string]bool{"p friend_suggestions": true}, purpose: "friend_suggestions"},
		{name: "opted out of this purpose", allows: map[string]bool{"p measurement": true}},
		{name: "nobody knows what was chosen", allows: map[string]bool{}},
		{name: "choices cannot be told", broken: errors.New("away"), err: errors.New("match: choices: away")},
		{name: "too young", age: json.Number("17")},
		{name: "old enough", age: json.Number("18"), want: all},
		{name: "of unknown age", age: nilAge},
		{name: "just before the end", at: time.Date(2024, 6, 22, 22, 59, 59, 0, time.UTC), want: all},
		{name: "at the end", at: time.Date(2024, 6, 22, 23, 0, 0, 0, time.UTC), err: match.ErrExpired},
		{name: "stopped", stop: []string{"regulars", "ten-low"}, want: "spent-20 ten-high"},
		{name: "all stopped", stop: []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			choices := &register{allows: yes, err: tt.broken}
			if tt.allows != nil {
				choices.allows = tt.allows
			}
			now := servedAt
			if !tt.at.IsZero() {
				now = tt.at
			}
			r := shopRules(t)
			s, err := match.NewServer(r, choices, func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			if tt.stop != nil {
				s.Stop(tt.stop...)
			}
			age := any(json.Number("30"))
			if tt.age == nilAge {
				age = nil
			} else if tt.age != nil {
				age = tt.age
			}
			purpose := "ads"
			if tt.purpose != "" {
				purpose = tt.purpose
			}
			got, err := s.Segments(t.Context(), regular(t, r, age), purpose)
			if ids(got) != tt.want || (err == nil) != (tt.err == nil) || err != nil && err.Error() != tt.err.Error() {
				t.Errorf("%q, %v; want %q, %v", ids(got), err, tt.want, tt.err)
			}
			if !choices.asked.IsZero() && !choices.asked.Equal(now) {
				t.Errorf("choices were asked for as of %v: they count as of now", choices.asked)
			}
		})
	}
}

// nilAge is an age that nobody knows.
var nilAge = new(int)

// TestServerAsksForEveryKey: a choice under any of a person's keys is the
// person's.
func TestServerAsksForEveryKey(t *testing.T) {
	r := shopRules(t)
	first, second := match.Key{Network: "shop", Text: "p"}, match.Key{Network: "phone", Text: "x"}
	for _, both := range []bool{true, false} {
		s, err := match.NewServer(r, &register{allows: map[string]bool{first.String() + " ads": true, second.String() + " ads": both}}, func() time.Time { return servedAt })
		if err != nil {
			t.Fatal(err)
		}
		p := regular(t, r, json.Number("30"))
		p.Keys = []match.Key{first, second}
		if got, err := s.Segments(t.Context(), p, "ads"); err != nil || (len(got) > 0) != both {
			t.Errorf("allowed under both %v: %v, %v", both, got, err)
		}
	}
}

func TestServerNeedsChoices(t *testing.T) {
	if _, err := match.NewServer(shopRules(t), nil, nil); err == nil {
		t.Error("a server without a source of choices")
	}
}

// TestReplace: newer rules replace older ones, never the other way round, and what
// was stopped stays so until another release comes.
func TestReplace(t *testing.T) {
	r := shopRules(t)
	s, err := match.NewServer(r, &register{allows: map[string]bool{"p ads": true}}, func() time.Time { return servedAt })
	if err != nil {
		t.Fatal(err)
	}
	serves := func() string {
		got, err := s.Segments(t.Context(), regular(t, r, json.Number("30")), "ads")
		if err != nil {
			t.Fatal(err)
		}
		return ids(got)
	}
	s.Stop("regulars")
	if err := s.Serves("regulars"); !errors.Is(err, match.ErrStopped) {
		t.Errorf("stopped: %v", err)
	}
	if err := s.Replace(shopRules(t)); err != nil || strings.Contains(serves(), "regulars") {
		t.Errorf("the same release again: %v, %q", err, serves())
	}
	if err := s.Replace(shopRules(t, "2024-06-16T03:10:00Z", "2024-06-16T03:09:00Z", "mfrggzdfmztwq2lknnwg23tpob", "older")); !errors.Is(err, match.ErrOlder) {
		t.Errorf("older rules: %v", err)
	}
	newer := shopRules(t, "2024-06-16T03:10:00Z", "2024-06-16T03:11:00Z", "mfrggzdfmztwq2lknnwg23tpob", "newer",
		"\"version\": \"32bb9d2e03ae\",\n      \"purpose\": \"ads\",\n      \"status\": \"released\"", "\"version\": \"32bb9d2e03ae\",\n      \"purpose\": \"ads\",\n      \"status\": \"withheld\"")
	if err := s.Replace(newer); err != nil || serves() != "regulars ten-low ten-high" {
		t.Errorf("newer rules: %v, %q", err, serves())
	}
	for id, want := range map[string]error{"regulars": nil, "spent-20": match.ErrStopped, "rare": match.ErrStopped, "regluars": match.ErrUnknown} {
		if err := s.Serves(id); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", id, err, want)
		}
	}
}
