// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/ledgertest"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/release"
)

// golden compares a text that people read with the one that was approved. Read
// the difference before you accept -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join(texts, name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs\n got: %s\nwant: %s", name, got, want)
	}
}

// texts is where approved texts are, wherever a test works.
var texts, _ = filepath.Abs("testdata/texts")

// A desk is a folder with a plan, data and a ledger whose clock stands still:
// what is told of it is the same each time.
type desk struct {
	*testing.T
	l     *ledger.Ledger
	clock *ledgertest.Clock
}

func newDesk(t *testing.T) *desk {
	d := &desk{T: t, clock: ledgertest.NewClock()}
	t.Chdir(t.TempDir())
	if err := writeFixtures("."); err != nil {
		t.Fatal(err)
	}
	plan, err := os.ReadFile(filepath.Join(texts, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plan.yaml": string(plan), "opt_outs.csv": "user_id\nu001\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := now
	now = d.clock.Now
	t.Cleanup(func() { now = before })
	if d.l, err = sqlite.Create(t.Context(), "ledger.db", sqlite.Options{Now: now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.l.Close() })
	return d
}

func (d *desk) open(a ledger.Account) {
	d.Helper()
	if a.Period == 0 {
		a.Period = 364
	}
	if err := d.l.OpenAccount(d.Context(), a); err != nil {
		d.Fatal(err)
	}
}

// reserve holds thousandths of μ².
func (d *desk) reserve(account, plan, date string, thousandths int64) *ledger.Reservation {
	d.Helper()
	res, err := d.l.Reserve(d.Context(), ledger.Request{Account: account, Plan: plan, Date: date, Cost: ledger.Cost{MuSquared: thousandths * 1e9},
		Ask: ledger.Ask{Epsilon: 1, Delta: 1e-8, Segments: 3, Lookback: 30, MinReach: 100}, PlanText: []byte("the plan")})
	if err != nil {
		d.Fatal(err)
	}
	return res
}

// post releases; it is a week later then.
func (d *desk) post(account, plan, date string, thousandths int64) *ledger.Posted {
	d.Helper()
	res := d.reserve(account, plan, date, thousandths)
	p, err := res.Post(d.Context(), [32]byte{}, ledger.Cost{MuSquared: thousandths * 1e9}, func(draw ledger.Draw) ([]byte, error) {
		return release.Encode(&release.Release{Throng: 1, ID: draw.ID, Account: account, Plan: plan, Date: date, Privacy: release.Privacy{Mechanism: "gaussian",
			Families: []release.Family{{Family: release.Reach, Cells: 6, StdDev: 10, HalfWidth: 19.6}}}})
	})
	if err != nil {
		d.Fatal(err)
	}
	d.clock.Move(7 * 24 * time.Hour)
	return p
}

var randomID = regexp.MustCompile(`\b[a-z2-7]{26}\b`)

// says runs a command, and returns all that it says and its exit code. Random
// ids are told as id-1, id-2, in the order in which they are named.
func (d *desk) says(args string) string {
	d.Helper()
	var out, talk strings.Builder
	exit := run(context.Background(), append([]string{"throng"}, strings.Fields(args)...), &out, &talk)
	names := map[string]string{}
	text := "$ throng " + args + "\n" + out.String() + talk.String()
	text = randomID.ReplaceAllStringFunc(text, func(id string) string {
		if names[id] == "" {
			names[id] = "id-" + strconv.Itoa(len(names)+1)
		}
		return names[id]
	})
	return text + "exit " + strconv.Itoa(exit) + "\n"
}

// TestRefusalJSON tells programs the same.
func TestRefusalJSON(t *testing.T) {
	d := newDesk(t)
	d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 1.3, Delta: 1e-7}})
	d.post("gift-shop", "weekly", "2026-03-13", 60)
	for _, c := range []struct{ command, code string }{
		{"build plan.yaml --date 2011-12-09 --json", "refused.exhausted"}, {"explain plan.yaml --json", "refused.explain"},
	} {
		var out, talk strings.Builder
		exit, _, wrong := ranJSON(context.Background(), append([]string{"throng"}, strings.Fields(c.command)...), &out, &talk)
		if wrong != nil {
			t.Error(wrong)
		}
		lines := strings.Split(strings.TrimSpace(talk.String()), "\n")
		var r report
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
			t.Fatal(err)
		}
		if exit != 13 || r.Exit != 13 || r.Code != c.code || r.Retryable || r.Who != "owner of the budget" {
			t.Errorf("%s: exit %d, %+v", c.command, exit, r)
		}
		s := r.Shortfall
		if s == nil || len(s.UsedBy) != 1 || s.UsedBy[0].Plan != "weekly" || s.Frees == nil || *s.Frees != "2027-03-13" || len(s.Cheaper) != 3 ||
			len(s.Cheaper[0].Edits) != 1 || !(s.Cheaper[0].After > s.Cheaper[0].Before) {
			t.Errorf("%s: shortfall %+v", c.command, s)
		}
	}
}

// TestRefusalTexts holds what a refusal for want of budget says to texts that
// people have read: what, why, and what to do.
func TestRefusalTexts(t *testing.T) {
	lines := ledger.Lines{Epsilon: 1.3, Delta: 1e-7}
	t.Run("period", func(t *testing.T) {
		d := newDesk(t)
		d.open(ledger.Account{Name: "gift-shop", Lines: lines})
		d.post("gift-shop", "weekly", "2026-03-13", 12)
		d.post("gift-shop", "christmas", "2026-03-20", 24)
		d.post("gift-shop", "weekly", "2026-03-27", 12)
		failed := d.reserve("gift-shop", "newsletter", "2026-04-03", 6)
		if err := failed.Touched(d.Context()); err != nil {
			t.Fatal(err)
		}
		if err := failed.Void(d.Context(), "failed after reading", false); err != nil {
			t.Fatal(err)
		}
		d.reserve("gift-shop", "daily", "2026-04-03", 3)
		golden(t, "refused-period", d.says("build plan.yaml --date 2011-12-09")+"\n"+d.says("explain plan.yaml"))
	})
	t.Run("too much for any period", func(t *testing.T) {
		d := newDesk(t)
		d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 0.3, Delta: 1e-7}})
		golden(t, "refused-any-period", d.says("build plan.yaml --date 2011-12-09"))
	})
	t.Run("ceiling", func(t *testing.T) {
		d := newDesk(t)
		d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Ceiling: 1})
		d.post("gift-shop", "weekly", "2026-03-13", 24)
		golden(t, "refused-ceiling", d.says("build plan.yaml --date 2011-12-09"))
	})
	t.Run("nothing left", func(t *testing.T) {
		d := newDesk(t)
		d.open(ledger.Account{Name: "gift-shop", Lines: lines})
		d.post("gift-shop", "weekly", "2026-03-13", 65)
		golden(t, "refused-nothing-left", d.says("build plan.yaml --date 2011-12-09"))
	})
	t.Run("policy", func(t *testing.T) {
		d := newDesk(t)
		d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Ceiling: 24,
			Policy: ledger.Policy{Text: []byte("most: {epsilon: 0.5, delta: 1e-8}"), Most: ledger.Most{Epsilon: 0.5, Delta: 1e-8}}})
		golden(t, "refused-policy", d.says("explain plan.yaml --target-error 15"))
	})
	t.Run("fits", func(t *testing.T) {
		d := newDesk(t)
		d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Ceiling: 24})
		golden(t, "explain", d.says("explain plan.yaml"))
	})
}

// TestStatusTexts holds what status and history say to texts that people have
// read, and their JSON to the published schemas.
func TestStatusTexts(t *testing.T) {
	d := newDesk(t)
	golden(t, "status-none", d.says("ledger status"))
	d.open(ledger.Account{Name: "gift-shop", Lineage: "customers", Lines: ledger.Lines{Epsilon: 1.3, Delta: 1e-7}})
	golden(t, "status-fresh", d.says("ledger status"))
	d.post("gift-shop", "weekly", "2026-03-13", 12)
	golden(t, "status-one", d.says("ledger status gift-shop --plan plan.yaml"))
	first := d.post("gift-shop", "weekly", "2026-03-20", 12)
	d.post("gift-shop", "weekly", "2026-03-27", 12)
	failed := d.reserve("gift-shop", "newsletter", "2026-04-03", 6)
	if err := failed.Touched(d.Context()); err != nil {
		t.Fatal(err)
	}
	if err := failed.Void(d.Context(), "failed after reading", false); err != nil {
		t.Fatal(err)
	}
	early := d.reserve("gift-shop", "newsletter", "2026-04-10", 6)
	if err := early.Void(d.Context(), "failed after reserved", true); err != nil {
		t.Fatal(err)
	}
	d.reserve("gift-shop", "daily", "2026-04-03", 3)
	if err := d.l.Retract(d.Context(), first.ID, "wrong days"); err != nil {
		t.Fatal(err)
	}
	d.open(ledger.Account{Name: "other", Lines: ledger.Lines{Epsilon: 2, Delta: 1e-8, PureEpsilon: 1}, Ceiling: 5, Policy: ledger.Policy{Text: []byte("a policy")}})
	golden(t, "status", d.says("ledger status")+d.says("ledger status gift-shop --plan plan.yaml"))
	golden(t, "status-full", func() string {
		d.post("gift-shop", "christmas", "2026-04-03", 29)
		return d.says("ledger status gift-shop --plan plan.yaml")
	}())
	golden(t, "history", d.says("ledger history gift-shop")+d.says("ledger history --type retract,void")+
		d.says("ledger history --plan weekly --since 2026-03-20 --until 2026-03-21")+
		d.says("ledger history --type posted")+d.says("ledger history --since yesterday")+d.says("ledger history --since 2026-03-02 --until 2026-03-01"))
	for _, c := range []string{"ledger status --json", "ledger status gift-shop --plan plan.yaml --json", "ledger history --json"} {
		var talk strings.Builder
		if exit, _, wrong := ranJSON(context.Background(), append([]string{"throng"}, strings.Fields(c)...), io.Discard, &talk); exit != 0 || wrong != nil {
			t.Errorf("%s: exit %d, %s, %v", c, exit, talk.String(), wrong)
		}
	}
}
