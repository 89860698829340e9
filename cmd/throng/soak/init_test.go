// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// TestKilledInit kills the making of a ledger at every place that it comes by.
// The same command again makes it, by hand there is nothing to do; nothing is left
// aside; and once it is made it is refused. In short only the places between the
// steps are tried.
func TestKilledInit(t *testing.T) {
	together(t)
	s := pgtest.Start(t)
	for _, store := range []struct {
		name string
		at   func() string
	}{{"sqlite", func() string { return "sqlite:ledger.db" }}, {"postgres", s.URL}} {
		trace := filepath.Join(t.TempDir(), "trace")
		must(t, emptyHome(t).init(store.at(), "THRONG_FAILPOINT_TRACE="+trace), 0)
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		hits := map[string]int{}
		for _, name := range strings.Fields(string(text)) {
			hits[name]++
		}
		if hits["init.placed"] == 0 || hits["init.keyed"] == 0 || hits["store.committed"] == 0 {
			t.Fatalf("%s: places are %v", store.name, hits)
		}
		for name, n := range hits {
			if !long && name != "store.commit" && !strings.HasPrefix(name, "init.") {
				continue
			}
			for _, hit := range hitsOf(n) {
				t.Run(fmt.Sprintf("%s/%s:%d", store.name, name, hit), func(t *testing.T) {
					h, url := emptyHome(t), store.at()
					killed(t, h.init(url, at(fmt.Sprintf("%s:%d", name, hit))...))
					// It was whole when it was killed behind the last commit.
					whole := name == "ledger.close" || name == "store.committed" && hit == n
					if e := h.init(url); e.code != 0 && !(e.code == 15 && whole) {
						t.Fatalf("again: %d: %s", e.code, e.talk)
					}
					must(t, h.run(unwatched, "ledger", "account", "shop", "--ledger", url, "--key-file", h.key(), "--epsilon", "1", "--delta", "1e-8", "--period", "30d", "--ceiling", "1"), 0)
					must(t, h.run(unwatched, "ledger", "verify", "--ledger", url, "--key-file", h.key()), 0)
					must(t, h.init(url), 15)
					if left, err := filepath.Glob(filepath.Join(h.dir, "*.new*")); err != nil || len(left) > 0 {
						t.Errorf("left aside: %v, %v", left, err)
					}
				})
			}
		}
	}
}

// emptyHome is a home without a ledger.
func emptyHome(t *testing.T) home {
	t.Helper()
	h := newHome(t)
	left, err := filepath.Glob(filepath.Join(h.dir, "ledger.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// unwatched has a ledger without a witness copy.
var unwatched = []string{"THRONG_WITNESS="}

func (h home) key() string { return filepath.Join(h.dir, "ledger.key") }

func (h home) init(url string, env ...string) ending {
	return h.run(append(slices.Clone(unwatched), env...), "ledger", "init", "--ledger", url, "--key-file", h.key())
}
