// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/tables"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// million is how many builds make a million entries.
const million = 500_000

// big makes a ledger of so many builds, or finds the one that was made before in
// $THRONG_BIG_LEDGER.
func big(tb testing.TB, builds int) (path string) {
	tb.Helper()
	dir := os.Getenv("THRONG_BIG_LEDGER")
	if dir == "" {
		dir = tb.TempDir()
	}
	path = filepath.Join(dir, strconv.Itoa(builds), "ledger.db")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tb.Fatal(err)
	}
	l, err := sqlite.Create(tb.Context(), path, sqlite.Options{Now: func() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		tb.Fatal(err)
	}
	if err := l.OpenAccount(tb.Context(), ledger.Account{Name: "shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 30, Ceiling: 40}); err != nil {
		tb.Fatal(err)
	}
	ledger.GrowForTest(tb, l, "shop", builds, ledger.Cost{MuSquared: 10_000_000, Tail: 1000}, func(tx ledger.Tx) error {
		return tx.(*tables.Tx).Exec("PRAGMA cache_size = -262144") // KiB: random ids are all over the indexes
	})
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// BenchmarkVerify tells how long a ledger of a million entries takes, half of
// them posts with a release and a signed checkpoint, and how much memory the
// process has at most. $THRONG_BIG_LEDGER is a folder that keeps it.
func BenchmarkVerify(b *testing.B) {
	l, err := sqlite.Open(b.Context(), big(b, million), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // Linux: begins a new peak
	for b.Loop() {
		if err := l.Verify(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/million")
	if peak := peakMiB(); peak > 0 {
		b.ReportMetric(peak, "peak-MiB")
	}
}

// peakMiB returns the most memory that this process had; 0 where it is not told.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, line, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ = bytes.Cut(line, []byte("kB"))
	kib, err := strconv.ParseFloat(string(bytes.TrimSpace(line)), 64)
	if err != nil {
		return 0
	}
	return kib / 1024
}
