// SPDX-License-Identifier: Apache-2.0

//go:build audit

package dp_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// group is how many copies of the worst person the two data sets differ by.
const group = 10

const auditPlan = `throng: 1
name: audit
data:
  events:
    orders: {files: "*.parquet", person: who, time: at}
  opt_outs: none
purpose: ads
lookback: 30d
privacy: {account: audit, epsilon: 1, delta: 1e-8, min_reach: 0, max_segments: CAP}
segments:
SEGMENTS
release: [reach, overlap]
`

type order struct {
	Who  string    `parquet:"who"`
	At   time.Time `parquet:"at,timestamp(microsecond)"`
	What string    `parquet:"what"`
}

// audited writes two data sets that differ by the group, counts both with the
// real engine, and hands them over with a strategy for a plan of so many
// segments, everybody in at most bound of them.
func audited(t *testing.T, segments, bound int, price dp.Price) *dp.Suspect {
	t.Helper()
	var rules []string
	for i := range segments {
		rules = append(rules, fmt.Sprintf("  - {id: s%d, name: x, rule: 'orders.exists(o, o.what == \"w%d\")'}", i, i))
	}
	text := strings.NewReplacer("CAP", fmt.Sprint(bound), "SEGMENTS", strings.Join(rules, "\n")).Replace(auditPlan)
	day := time.Date(2011, 12, 5, 12, 0, 0, 0, time.UTC)
	var rows []order
	for i := range 300 {
		rows = append(rows, order{fmt.Sprintf("p%d", i), day, fmt.Sprintf("w%d", i%(segments+1))},
			order{fmt.Sprintf("p%d", i), day, fmt.Sprintf("w%d", i/3%(segments+1))})
	}
	without := countOrders(t, text, rows, price)
	for i := range group {
		for s := range bound {
			rows = append(rows, order{fmt.Sprintf("copy%d", i), day, fmt.Sprintf("w%d", s)})
		}
	}
	with := countOrders(t, text, rows, price)
	return dp.NewSuspect(t, with.strategy, without.tallies, with.tallies)
}

type countedOrders struct {
	strategy *dp.Strategy
	tallies  dp.Tallies
}

func countOrders(t *testing.T, text string, rows []order, price dp.Price) countedOrders {
	t.Helper()
	dir := t.TempDir()
	if err := parquet.WriteFile(filepath.Join(dir, "orders.parquet"), rows); err != nil {
		t.Fatal(err)
	}
	f, err := plan.Parse("audit.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(func(s *plan.Source) ([]rule.Column, error) {
		return local.Engine{}.Columns(t.Context(), dir, s, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	cal, err := rule.NewCalendar(p.Zone, "2011-12-09", p.Lookback)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dp.NewStrategy(p.Digest, p.Workload, price)
	if err != nil {
		t.Fatal(err)
	}
	tallies, err := local.Engine{}.Tally(t.Context(), &cleanroom.Input{Plan: p, Calendar: cal, Strategy: s, Root: dir, BoundKey: []byte("a key of the audit")})
	if err != nil {
		t.Fatal(err)
	}
	return countedOrders{s, tallies}
}

// TestAuditEngine audits releases of the whole way, from files and rules to the
// bytes that a ledger would keep. See Suspect.Audit. It has a build tag because
// with it this package's tests need the clean room's, and take long to compile. There
// is no cap: people over one keep different segments, and would be no ten copies.
func TestAuditEngine(t *testing.T) {
	audited(t, 4, 4, dp.Price{Epsilon: 1, Delta: 1e-8}).Audit(t)
}
