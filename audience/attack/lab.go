// SPDX-License-Identifier: Apache-2.0

package attack

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/release"
)

const (
	account = "invented"
	date    = "2011-12-09"
)

// day is when all invented events happen.
var day = time.Date(2011, 12, 5, 12, 0, 0, 0, time.UTC)

// An event is a row of invented data.
type event struct {
	Who  string    `parquet:"who,dict"`
	At   time.Time `parquet:"at,timestamp(microsecond)"`
	What string    `parquet:"what,dict"`
}

// A lab has a ledger of its own, whose account is large enough for attacks to
// run: each release is charged, and what an attack may achieve is computed from
// the charge of those that it reads.
type lab struct {
	dir    string
	ledger *ledger.Ledger
	made   int // releases, and so names
	finer  int // released numbers that are finer than a tenth
	read   int // released numbers
}

func newLab(ctx context.Context, dir string) (*lab, error) {
	l, err := sqlite.Create(ctx, filepath.Join(dir, "ledger.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	err = l.OpenAccount(ctx, ledger.Account{Name: account, Lineage: account, Lines: ledger.Lines{Epsilon: 1000, Delta: 0.01}, Period: 364})
	if err != nil {
		return nil, err
	}
	return &lab{dir: dir, ledger: l}, nil
}

func (l *lab) close() { _ = l.ledger.Close() } // thrown away with its folder

// A world is invented data and a plan for them.
type world struct {
	lab      *lab
	root     string
	plan     *plan.Plan
	calendar *rule.Calendar
	strategy *dp.Strategy
}

// world writes events and compiles a plan for them.
func (l *lab) world(ctx context.Context, name, text string, events []event) (*world, error) {
	w := &world{lab: l, root: filepath.Join(l.dir, name)}
	if err := os.MkdirAll(w.root, 0o700); err != nil {
		return nil, err
	}
	if err := w.write(events); err != nil {
		return nil, err
	}
	f, err := plan.Parse(name+".yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	w.plan, err = f.Compile(func(s *plan.Source) ([]rule.Column, error) {
		return local.Engine{}.Columns(ctx, w.root, s, nil)
	})
	if err != nil {
		return nil, err
	}
	if w.calendar, err = rule.NewCalendar(w.plan.Zone, date, w.plan.Lookback); err != nil {
		return nil, err
	}
	p := w.plan.Privacy
	w.strategy, err = dp.NewStrategy(w.plan.Digest, w.plan.Workload, dp.Price{Epsilon: p.Epsilon, Delta: p.Delta})
	return w, err
}

func (w *world) write(events []event) error {
	return parquet.WriteFile(filepath.Join(w.root, "events.parquet"), events)
}

// mu is what a release of the world is charged for one person.
func (w *world) mu() float64 { return math.Sqrt(float64(w.strategy.Cost().MuSquared) * 1e-12) }

// release counts, charges and publishes, as a build does, and returns what the
// attacker reads: the unbiased numbers, in the plan's order.
func (w *world) release(ctx context.Context) ([]float64, error) {
	l := w.lab
	l.made++
	res, err := l.ledger.Reserve(ctx, ledger.Request{Account: account, Plan: fmt.Sprintf("%s-%d", w.plan.Name, l.made), Date: date,
		Digest: w.plan.Digest, Cost: w.strategy.Cost()})
	if err != nil {
		return nil, err
	}
	if err := res.Touched(ctx); err != nil {
		return nil, err
	}
	tallies, err := local.Engine{}.Tally(ctx, &cleanroom.Input{Plan: w.plan, Calendar: w.calendar, Strategy: w.strategy, Root: w.root,
		BoundKey: []byte("nobody is over a cap here")})
	if err != nil {
		return nil, err
	}
	r, err := dp.Publish(ctx, res, w.strategy, tallies, w.plan.Draft(w.calendar, date))
	if err != nil {
		return nil, err
	}
	return l.numbers(r), nil
}

func (l *lab) numbers(r *release.Release) (out []float64) {
	for _, t := range r.Tables {
		for _, c := range t.Cells {
			x := *c.Unbiased
			l.read++
			if tenths := x * 10; math.Abs(tenths-math.Round(tenths)) > 1e-6 {
				l.finer++
			}
			out = append(out, x)
		}
	}
	return out
}

// releases are several of them.
func (w *world) releases(ctx context.Context, n int) ([][]float64, error) {
	out := make([][]float64, 0, n)
	for range n {
		r, err := w.release(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// lowBits is the attack on noise that was drawn as floating point numbers: their
// last bits tell whether a count is 0. Nothing finer than a tenth is released.
func (l *lab) lowBits() Verdict {
	return Verdict{Attack: "low bits", Of: "released numbers with bits below a tenth", Source: "Mironov 2012; Haney et al. 2022",
		Seen: float64(l.finer), Proven: float64(l.finer), Without: float64(l.read), Releases: l.made}.judged()
}
