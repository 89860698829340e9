// SPDX-License-Identifier: Apache-2.0

//go:build unix

package dp

import (
	"syscall"
	"testing"
	"time"
)

// busy is the processor time of this process.
func busy(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestSpeed plans, noises and reconstructs 1,000 segments of 120 cells, and plans
// them with all overlaps. What counts is processor
// time, which other work on the machine changes little.
func TestSpeed(t *testing.T) {
	cross := func(int) []Table { return []Table{{Kind: Breakdown, By: []int{0, 1}}} }
	plan := func(pair func(i, j int) float64) (*Strategy, time.Duration) {
		began := busy(t)
		s, err := NewStrategy([32]byte{}, audiences(1000, 30, []int{20, 6}, cross, pair), Price{Epsilon: 1, Delta: 1e-8})
		if err != nil {
			t.Fatal(err)
		}
		s.Families()
		return s, busy(t) - began
	}
	s, planned := plan(noPair)
	began := busy(t)
	m, err := s.design.measure(make([]int64, s.layout.size), library{})
	if err != nil {
		t.Fatal(err)
	}
	u := s.design.reconstruct(m)
	s.estimates(u)
	released := busy(t) - began
	t.Logf("1,000 segments of 120 cells: planned in %v, noised and reconstructed in %v", planned, released)
	overlapping := time.Duration(0)
	if times(0, 1) == 1 {
		_, overlapping = plan(everyPair)
		t.Logf("with 499,500 overlaps: planned in %v", overlapping)
	}
	if planned > 5*time.Second || released > 10*time.Second || overlapping > 5*time.Second {
		t.Error("too slow")
	}
}
