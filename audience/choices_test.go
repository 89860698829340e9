// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// TestRecallChoices: the note of a build that died after its post is kept by the
// next one, also where several begin at once; that of a build that never posted
// is not.
func TestRecallChoices(t *testing.T) {
	l, err := sqlite.Create(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := ledger.Account{Name: "shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 364}
	if err := l.OpenAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	note := func(stood string) *run {
		r := &run{Job: Job{Ledger: l, Date: lastDate, Out: filepath.Join(t.TempDir(), "releases")},
			head: plan.Head{Account: "shop", Name: "gift-shop"}, account: &a, seen: &cleanroom.Snapshot{Bytes: 64}}
		r.noteChoices(stood)
		return r
	}
	dead := note("")
	if err := dead.recallChoices(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := readKept(dead.choicesPath()); !os.IsNotExist(err) {
		t.Errorf("kept though nothing was posted: %v", err)
	}
	stands := posted(t, l, false)
	if r := note(stands.ID); r.recallChoices(t.Context()) != nil {
		t.Error("a note of a restatement that did not post")
	} else if _, err := readKept(r.choicesPath()); !os.IsNotExist(err) {
		t.Errorf("kept though what stood still stands: %v", err)
	}
	for range 50 {
		r := note("")
		var g errgroup.Group
		for range 4 {
			g.Go(func() error { return r.recallChoices(t.Context()) })
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if k, err := readKept(r.choicesPath()); err != nil || k.Bytes != 64 {
			t.Fatalf("%+v, %v", k, err)
		}
	}
}
