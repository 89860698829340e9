// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/ledgertest"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// soak returns how often something is done: seldom in make test, often in make
// soak.
func soak(seldom, often int) int {
	if os.Getenv("THRONG_SOAK") != "" {
		return often
	}
	return seldom
}

// tenth is what a run of a crowd costs.
var tenth = ledger.Cost{Epsilon: one.Epsilon / 10}

// A crowd are clients that build, each like a run of its own, until they are
// told to stop.
type crowd struct {
	t    *testing.T
	url  string
	o    postgres.Options
	plan func(client, i int) string

	mu     sync.Mutex
	posted map[string]string // what each plan was told that it released
	ended  map[string]int    // how runs ended
}

// run builds with so many clients at once until stop is closed.
func (c *crowd) run(clients int, stop <-chan struct{}) {
	c.posted, c.ended = map[string]string{}, map[string]int{}
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					plan := c.plan(client, i)
					bytes, err := c.once(plan)
					c.note(plan, bytes, err)
				}
			}
		})
	}
	wg.Wait()
}

// once is one run: it opens the ledger, builds, and closes it.
func (c *crowd) once(plan string) (string, error) {
	ctx := context.WithoutCancel(c.t.Context())
	l, err := postgres.Open(ctx, c.url, c.o)
	if err != nil {
		return "", err
	}
	defer l.Close()
	r := ask(plan)
	r.Cost = tenth
	res, err := l.Reserve(ctx, r)
	if err != nil {
		return "", err
	}
	if err := res.Touched(ctx); err != nil {
		return "", err
	}
	p, err := res.Post(ctx, r.Digest, r.Cost, func(d ledger.Draw) ([]byte, error) { return []byte(d.ID), nil })
	if err != nil {
		return "", err
	}
	return string(p.Bytes), nil
}

// note counts how a run ended. Only a server that is away or busy, a full
// account or a release that exists end one without a post; and whoever is told
// what a plan released is told the same.
func (c *crowd) note(plan, bytes string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var exists *ledger.Exists
	how := "posted"
	switch {
	case err == nil:
	case errors.As(err, &exists):
		how, bytes = "exists", string(exists.Posted.Bytes)
	case errors.Is(err, ledger.ErrAway):
		how = "away"
	case errors.Is(err, ledger.ErrBusy), errors.Is(err, ledger.ErrLost):
		how = "busy"
	case errors.Is(err, ledger.ErrExhausted):
		how = "exhausted"
	default:
		c.t.Errorf("a run ended with %v", err)
	}
	c.ended[how]++
	if bytes != "" {
		if before := c.posted[plan]; before != "" && before != bytes {
			c.t.Errorf("%s has two answers", plan)
		}
		c.posted[plan] = bytes
	}
}

// settles ends what runs left behind, when their leases are over, and expects
// the ledger to hold just what runs were told.
func (c *crowd) settles(clock *ledgertest.Clock, plans []string) {
	c.t.Helper()
	clock.Move(2 * time.Minute)
	for _, p := range plans {
		bytes, err := c.once(p)
		c.note(p, bytes, err)
	}
	l := open(c.t, c.url, c.o)
	if err := l.Verify(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	all, err := l.Releases(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, p := range all {
		if told, ok := c.posted[p.Plan]; ok && told != p.ID {
			c.t.Errorf("%s: the ledger has %s, a run was told %s", p.Plan, p.ID, told)
		}
		delete(c.posted, p.Plan)
	}
	for p := range c.posted {
		c.t.Errorf("%s was released, and the ledger does not know it", p)
	}
	s, err := l.Status(c.t.Context(), "shop", clock.Now())
	if err != nil || s.Spent.Epsilon != int64(len(all))*tenth.Epsilon || s.Held != (ledger.Cost{}) {
		c.t.Errorf("%d releases; spent %d, held %d, %v", len(all), s.Spent.Epsilon, s.Held.Epsilon, err)
	}
}

// TestKilledUnderLoad kills the server while eight clients build, starts it
// again, and once more. Nothing is spent twice, nobody is told of a release that
// is not there, and the account, which has room for all plans but one, is never
// overdrawn.
func TestKilledUnderLoad(t *testing.T) {
	plans := soak(61, 9001) // with room for all but one
	s := pgtest.Start(t)
	clock := ledgertest.NewClock()
	url, o := empty(t, s, roomFor(float64((plans-1)/10)))
	o.Now = clock.Now
	c := &crowd{t: t, url: url, o: o, plan: func(client, i int) string { return fmt.Sprint("p", (client*plans/8+i)%plans) }}
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for range soak(8, 200) {
			time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
			s.Kill()
			if err := s.Restart(); err != nil {
				t.Error(err)
				return
			}
			clock.Move(10 * time.Second) // some leases end meanwhile, others do not
		}
	}()
	c.run(8, stop)
	all := make([]string, plans)
	for i := range all {
		all[i] = fmt.Sprint("p", i)
	}
	c.settles(clock, all)
	t.Log("runs: ", c.ended)
	if c.ended["posted"] != plans-1 || c.ended["exhausted"] == 0 {
		t.Errorf("runs ended %v, want %d posts", c.ended, plans-1)
	}
}

// TestSerializationFailures has eight clients build while others write the same
// rows without taking turns, so that the server refuses transactions of both.
// Builds are tried again by themselves, and all end.
func TestSerializationFailures(t *testing.T) {
	s := pgtest.Start(t)
	url, o := empty(t, s, roomFor(1000))
	stop := make(chan struct{})
	var others sync.WaitGroup
	db := s.DB(t, url)
	others.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(30 * time.Millisecond):
			}
			_, err := db.Exec("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT sum(spent_epsilon) FROM balances; SELECT count(*) FROM holds; " +
				"UPDATE meta SET clock = clock; UPDATE balances SET builds = builds; COMMIT")
			if err != nil && !strings.Contains(err.Error(), "40001") && !strings.Contains(err.Error(), "40P01") {
				t.Error(err)
			}
		}
	})
	ledgers := make([]*ledger.Ledger, 8)
	for i := range ledgers {
		ledgers[i] = open(t, url, o)
	}
	var runs sync.WaitGroup
	var posted, refused atomic.Int64
	for client, l := range ledgers {
		runs.Go(func() {
			for i := range 10 {
				err := build(t.Context(), l, ask(fmt.Sprintf("p%d-%d", client, i)))
				switch {
				case err == nil:
					posted.Add(1)
				case errors.Is(err, ledger.ErrBusy): // it was drawn, and is held for the next run
					refused.Add(1)
				default:
					t.Errorf("a run ended with %v", err)
				}
			}
		})
	}
	runs.Wait()
	close(stop)
	others.Wait()
	log, err := s.Log()
	if err != nil {
		t.Fatal(err)
	}
	failures := strings.Count(log, "throng ERROR:  could not serialize") + strings.Count(log, "throng ERROR:  deadlock")
	if failures == 0 {
		t.Error("no transaction of a run was refused: this test shows nothing")
	}
	t.Logf("%d transactions refused; %d runs posted, %d are to run again", failures, posted.Load(), refused.Load())
	l := open(t, url, o)
	if err := l.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	st, err := l.Status(t.Context(), "shop", time.Now())
	if err != nil || st.Spent.Epsilon != posted.Load()*one.Epsilon || st.Held.Epsilon > refused.Load()*one.Epsilon {
		t.Errorf("%d posted, %d to run again; spent %d, held %d, %v", posted.Load(), refused.Load(), st.Spent.Epsilon, st.Held.Epsilon, err)
	}
}
