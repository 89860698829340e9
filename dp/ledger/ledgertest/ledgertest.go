// SPDX-License-Identifier: Apache-2.0

// Package ledgertest holds every store of package ledger to the same behaviour:
// what is charged, what is refused, what a failed try leaves behind, and that
// no interleaving of runs spends twice or draws a second answer.
package ledgertest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

// An Open makes an empty ledger that takes its time from now. It returns the
// ledger, and a function that opens the same one again, as another run would;
// both are closed by the test's cleanup.
type Open func(t *testing.T, now func() time.Time) (l *ledger.Ledger, again func() *ledger.Ledger)

// Walls are what a store itself refuses changes with, in its SQL.
type Walls struct {
	Down, Up []string // what takes triggers away, and puts them back
	Gone     string   // what verification says of an index that is gone; empty: nothing
}

// Run holds a store to the suite. Every test ends with Verify.
func Run(t *testing.T, open Open, walls Walls) {
	for _, s := range [][]test{accountTests, partTests, keyTests, runnerTests, grantTests, approvalTests, acceptTests, descriptorTests, budgetTests, releaseTests, failureTests, racingTests, historyTests, roomTests, checkpointTests, witnessTests, tamperTests} {
		for _, c := range s {
			t.Run(c.name, func(t *testing.T) {
				b := newBench(t, open)
				b.walls = walls
				c.run(b)
			})
		}
	}
}

type test struct {
	name string
	run  func(b *bench)
}

// A Clock is a time that tests move by hand.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows a morning in spring.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)} }

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move sets the clock forward, or back.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const day = 24 * time.Hour

// A bench is one ledger under test.
type bench struct {
	*testing.T
	clock  *Clock
	l      *ledger.Ledger
	again  func() *ledger.Ledger
	runner ledger.Signer // signs what names no other; nil: nobody does

	walls    Walls
	tampered bool // and is not expected to verify
}

func newBench(t *testing.T, open Open) *bench {
	b := &bench{T: t, clock: NewClock()}
	b.l, b.again = open(t, b.clock.Now)
	t.Cleanup(func() {
		if b.tampered {
			return
		}
		// The test's own context ends before its cleanup.
		if err := b.again().Verify(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("the ledger does not verify: %v", err)
		}
	})
	return b
}
