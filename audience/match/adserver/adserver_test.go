// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/match"
)

const golden = "../../activation/testdata/rules.json"

// A shop is the server at work, at a moment when its rules hold.
type shop struct {
	*testing.T
	rules   *match.Rules
	server  *match.Server
	url     string
	optOuts string
	now     time.Time
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{T: t, optOuts: filepath.Join(t.TempDir(), "opt_outs.csv"), now: time.Date(2024, 6, 20, 12, 0, 0, 0, time.UTC)}
	s.optOut("user,purpose\nu-out,ads\nu-all,\n", s.now)
	var err error
	if s.rules, err = readRules(golden); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return s.now }
	if s.server, err = match.NewServer(s.rules, &optOutFile{path: s.optOuts, maxAge: 24 * time.Hour, now: now}, now); err != nil {
		t.Fatal(err)
	}
	known := profiles{}
	vectors := s.rules.Document.Vectors
	users := map[string]*match.Vector{"u-out": &vectors[0], "u-all": &vectors[0]}
	for i := range vectors {
		users[fmt.Sprintf("vector %d", i)] = &vectors[i]
	}
	for user, v := range users {
		if known[user], err = s.rules.Person(user, v.Person, v.Events); err != nil {
			t.Fatal(err)
		}
	}
	web := httptest.NewServer(newHandler(s.server, known))
	t.Cleanup(web.Close)
	s.url = web.URL + "/segments"
	return s
}

// optOut writes the opt-outs as of a moment.
func (s *shop) optOut(text string, at time.Time) {
	s.Helper()
	if err := os.WriteFile(s.optOuts, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	if err := os.Chtimes(s.optOuts, at, at); err != nil {
		s.Fatal(err)
	}
}

// ask returns the status and the ids of an answer, or the text of a refusal.
func (s *shop) ask(body string) (int, []string, string) {
	s.Helper()
	reply, err := http.Post(s.url, "application/json", strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		s.Fatal(err)
	}
	if reply.Header.Get("Cache-Control") != "no-store" {
		s.Error("an answer may be kept: a choice made later would not reach it")
	}
	var a struct {
		answer
		refusal
	}
	if err := json.Unmarshal(text, &a); err != nil {
		s.Fatalf("%v: %s", err, text)
	}
	ids := []string{}
	for _, g := range a.Segments {
		ids = append(ids, g.ID)
	}
	return reply.StatusCode, ids, a.Refused
}

// TestConformance asks the running server about the person of every vector: it
// answers what the vector says, of released segments alone.
func TestConformance(t *testing.T) {
	s := newShop(t)
	asked := 0
	for i, v := range s.rules.Document.Vectors {
		if v.Date != s.rules.Document.Date {
			t.Fatalf("vector %q is of another day than the rules", v.Name)
		}
		for _, purpose := range []string{"ads", "measurement"} {
			want := []string{}
			for _, r := range s.rules.Document.Segments {
				if in := v.Segments[r.ID]; in != nil && *in && r.Purpose == purpose && r.Status == "released" {
					want = append(want, r.ID)
				}
			}
			status, got, _ := s.ask(fmt.Sprintf(`{"user": "vector %d", "purpose": %q}`, i, purpose))
			if status != http.StatusOK || !slices.Equal(got, want) {
				t.Errorf("vector %q, %s: %d %q, want %q", v.Name, purpose, status, got, want)
			}
			asked += len(want)
		}
	}
	if asked == 0 {
		t.Error("no vector is in anything: this test proves nothing")
	}
}

func TestRefusals(t *testing.T) {
	body := func(user string) string { return fmt.Sprintf(`{"user": %q, "purpose": "ads"}`, user) }
	for _, tt := range []struct {
		name   string
		do     func(s *shop)
		body   string
		status int
		say    string
	}{
		{name: "who opted out is in nothing", body: body("u-out"), status: http.StatusOK},
		{name: "who opted out of everything", body: body("u-all"), status: http.StatusOK},
		{name: "a stranger is answered alike", body: body("stranger"), status: http.StatusOK},
		{name: "no body", body: "", status: http.StatusBadRequest, say: "send"},
		{name: "no purpose", body: `{"user": "u"}`, status: http.StatusBadRequest, say: "send"},
		{name: "a withheld segment", body: `{"user": "vector 0", "purpose": "ads", "segment": "rare"}`, status: http.StatusGone, say: "not to be served"},
		{name: "an unknown segment", body: `{"user": "vector 0", "purpose": "ads", "segment": "regluars"}`, status: http.StatusNotFound, say: "no such"},
		{name: "a stopped segment", do: func(s *shop) { s.server.Stop("regulars") }, body: `{"user": "vector 0", "purpose": "ads", "segment": "regulars"}`, status: http.StatusGone, say: "not to be served"},
		{name: "after expiry", do: func(s *shop) { s.now = s.server.Expires() }, body: body("vector 0"), status: http.StatusGone, say: "expired"},
		{name: "no opt-outs", do: func(s *shop) { os.Remove(s.optOuts) }, body: body("vector 0"), status: http.StatusServiceUnavailable, say: "choices"},
		{name: "no opt-outs, and a stranger", do: func(s *shop) { os.Remove(s.optOuts) }, body: body("stranger"), status: http.StatusServiceUnavailable, say: "choices"},
		{name: "old opt-outs", do: func(s *shop) { s.optOut("user,purpose\n", s.now.Add(-25*time.Hour)) }, body: body("vector 0"), status: http.StatusServiceUnavailable, say: "choices"},
		{name: "broken opt-outs", do: func(s *shop) { s.optOut("user\nu\n", s.now.Add(-time.Hour)) }, body: body("vector 0"), status: http.StatusServiceUnavailable, say: "choices"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t)
			if tt.do != nil {
				tt.do(s)
			}
			status, got, say := s.ask(tt.body)
			if status != tt.status || len(got) > 0 || !strings.Contains(say, tt.say) || tt.say == "" && say != "" {
				t.Errorf("%d, %q, %q; want %d, %q", status, got, say, tt.status, tt.say)
			}
		})
	}
	t.Run("a choice made while it runs", func(t *testing.T) {
		s := newShop(t)
		if _, got, _ := s.ask(body("vector 0")); len(got) == 0 {
			t.Fatal("the person is in nothing: this test proves nothing")
		}
		s.optOut("user,purpose\nvector 0,ads\n", s.now.Add(-time.Minute))
		if _, got, _ := s.ask(body("vector 0")); len(got) > 0 {
			t.Errorf("%q after an opt-out", got)
		}
	})
}

// TestServe runs the program itself, until its rules are taken back.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), `"expires": "2024-06-23T00:00:00+01:00"`, `"expires": "2999-01-01T00:00:00Z"`, 1))
	rules, optOuts, known := filepath.Join(dir, "rules.json"), filepath.Join(dir, "opt_outs.csv"), filepath.Join(dir, "profiles.jsonl")
	line := `{"user": "u1", "person": {"age": 30}, "events": {"orders": [{"event_time": "2024-06-14T12:00:00Z", "kind": "purchase", "amount": 60.0}]}}`
	for name, content := range map[string]string{rules: string(text), optOuts: "user,purpose\n", known: line + "\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	probe := httptest.NewUnstartedServer(nil) // a port that is free
	address := probe.Listener.Addr().String()
	probe.Close()
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, rules, known, &optOutFile{path: optOuts, maxAge: time.Hour, now: time.Now}, address, 10*time.Millisecond)
	}()
	s := &shop{T: t, url: "http://" + address + "/segments"}
	eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	if status, got, _ := s.ask(`{"user": "u1", "purpose": "ads"}`); status != http.StatusOK || !slices.Equal(got, []string{"spent-20", "spent-50", "ten-low", "ten-high"}) {
		t.Errorf("%d %q", status, got)
	}
	if err := os.Remove(rules); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		_, got, _ := s.ask(`{"user": "u1", "purpose": "ads"}`)
		return len(got) == 0
	})
	stop()
	if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("it never came")
}
