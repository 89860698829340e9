// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/release"
)

// TestSlowRun writes files after another run has restated the release, and
// after somebody has taken it back: the folder ends with what stands in the
// ledger.
func TestSlowRun(t *testing.T) {
	l := shop(t)
	r := &run{Job: Job{Ledger: l, Date: lastDate}, head: plan.Head{Account: "shop", Name: "gift-shop"}, folder: t.TempDir()}
	slow, fast := posted(t, l, false), posted(t, l, true)
	for _, rel := range []*release.Release{fast, slow} {
		if _, err := r.write(t.Context(), rel); err != nil {
			t.Fatal(err)
		}
		if there, err := headIn(filepath.Join(r.folder, current)); err != nil || there.ID != fast.ID {
			t.Errorf("%+v stands, %v, want %s", there, err, fast.ID)
		}
	}
	kept, err := os.ReadDir(filepath.Join(r.folder, superseded))
	if err != nil || len(kept) != 1 || kept[0].Name() != slow.ID {
		t.Errorf("superseded: %v, %v", kept, err)
	}
	if err := l.Retract(t.Context(), fast.ID, "a wrong file"); err != nil {
		t.Fatal(err)
	}
	var f *fault.Error
	if _, err := r.write(t.Context(), fast); !errors.As(err, &f) || f.Code != "refused.retracted" {
		t.Errorf("written though it was taken back: %v", err)
	}
	if _, err := os.Stat(filepath.Join(r.folder, current)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was taken back stands: %v", err)
	}
}

// TestRestatedAndKilled: a restatement that was posted, and whose files were not
// written, is what the same command once more writes, free of charge. Where it
// stands already, the command restates again.
func TestRestatedAndKilled(t *testing.T) {
	for _, c := range []struct {
		name string
		left func(folder string, old, restated *release.Release) error // by the run that was killed
		want bool
	}{
		{"the old one stands", func(folder string, old, _ *release.Release) error {
			_, err := writeRelease(folder, old)
			return err
		}, true},
		{"the old one is moved away", func(folder string, old, _ *release.Release) error {
			_, err := writeRelease(folder, old)
			return errors.Join(err, moveAside(folder, superseded, old.ID))
		}, true},
		{"the old one was taken back", func(folder string, old, _ *release.Release) error {
			_, err := writeRelease(folder, old)
			return errors.Join(err, moveAside(folder, retracted, old.ID))
		}, true},
		{"the new one stands", func(folder string, old, restated *release.Release) error {
			_, first := writeRelease(folder, old)
			_, err := writeRelease(folder, restated)
			return errors.Join(first, err)
		}, false},
		{"another folder", func(string, *release.Release, *release.Release) error { return nil }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := shop(t)
			old, restated := posted(t, l, false), posted(t, l, true)
			r := &run{Job: Job{Ledger: l}, folder: t.TempDir()}
			if err := c.left(r.folder, old, restated); err != nil {
				t.Fatal(err)
			}
			p, err := l.Find(t.Context(), "shop", "gift-shop", lastDate)
			if err != nil || p.ID != restated.ID {
				t.Fatal(err)
			}
			if got := r.unwritten(p); got != c.want {
				t.Errorf("unwritten: %v", got)
			}
			r.head.Digest[0] = 1
			if r.unwritten(p) {
				t.Error("of another plan")
			}
		})
	}
}

// TestPlaceAtOnce: runs that write one release at the same time all find it
// written, and leave it whole and alone in its folder.
func TestPlaceAtOnce(t *testing.T) {
	text, err := os.ReadFile("../dp/release/testdata/gift-shop.json")
	if err != nil {
		t.Fatal(err)
	}
	rel, err := release.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(rel)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		folder := t.TempDir()
		old := filepath.Join(folder, aside+"killed")
		if err := errors.Join(os.Mkdir(old, 0o700), os.Chtimes(old, time.Time{}, time.Now().Add(-2*time.Hour))); err != nil {
			t.Fatal(err)
		}
		var g errgroup.Group
		for range 4 {
			g.Go(func() error {
				_, err := writeRelease(folder, rel)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		there, err := os.ReadDir(folder)
		if err != nil || len(there) != 1 || !sameFiles(filepath.Join(folder, current), files) {
			t.Fatalf("%v, %v", there, err)
		}
	}
}

// shop returns a ledger with an account.
func shop(t *testing.T) *ledger.Ledger {
	t.Helper()
	l, err := sqlite.Create(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := l.OpenAccount(t.Context(), ledger.Account{Name: "shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 364}); err != nil {
		t.Fatal(err)
	}
	return l
}

const lastDate = "2011-12-09"

// posted charges for a release of invented numbers.
func posted(t *testing.T, l *ledger.Ledger, restate bool) *release.Release {
	t.Helper()
	text, err := os.ReadFile("../dp/release/testdata/gift-shop.json")
	if err != nil {
		t.Fatal(err)
	}
	rel, err := release.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	cost := ledger.Cost{MuSquared: 1}
	res, err := l.Reserve(t.Context(), ledger.Request{Account: "shop", Plan: "gift-shop", Date: lastDate, Cost: cost, Restate: restate})
	if err != nil {
		t.Fatal(err)
	}
	_, err = res.Post(t.Context(), [32]byte{}, cost, func(d ledger.Draw) ([]byte, error) {
		rel.ID = d.ID
		return release.Encode(rel)
	})
	if err != nil {
		t.Fatal(err)
	}
	return rel
}
