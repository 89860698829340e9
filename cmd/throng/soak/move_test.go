// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// A moving is a ledger with a release that is to move into PostgreSQL.
type moving struct {
	home
	old, next, key string
	probes         *int
}

func newMoving(t *testing.T, s *pgtest.Server) moving {
	h := newHome(t)
	must(t, h.run(nil, buildArgs()...), 0)
	return moving{h, "sqlite:ledger.db", s.URL(), filepath.Join(h.dir, "ledger.key"), new(int)}
}

func (m moving) move(env ...string) ending {
	return m.run(env, "ledger", "move", "--from", m.old, "--to", m.next, "--to-key-file", m.key)
}

// usable reports whether a ledger takes what only one that is in use takes.
func (m moving) usable(t *testing.T, url string) bool {
	t.Helper()
	*m.probes++
	e := m.run(nil, "ledger", "account", fmt.Sprint("probe", *m.probes), "--ledger", url, "--key-file", m.key, "--epsilon", "1", "--delta", "1e-8",
		"--period", "30d", "--ceiling", "1")
	if e.code != 0 && e.code != 14 {
		t.Fatalf("%s: exit code %d: %s", url, e.code, e.talk)
	}
	return e.code == 0
}

// TestKilledMove kills a move of a ledger into PostgreSQL at every place that it
// comes by. Just one of the two is in use afterwards; the same command again
// ends the move, and the release is there, paid once. In short each place is
// tried where it is reached first.
func TestKilledMove(t *testing.T) {
	together(t)
	s := pgtest.Start(t)
	trace := filepath.Join(t.TempDir(), "trace")
	m := newMoving(t, s)
	must(t, m.move("THRONG_FAILPOINT_TRACE="+trace), 0)
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	hits := map[string]int{}
	for _, name := range strings.Fields(string(text)) {
		hits[name]++
		if hits[name] > 1 && !long {
			continue
		}
		place := fmt.Sprintf("%s:%d", name, hits[name])
		t.Run(place, func(t *testing.T) {
			m := newMoving(t, s)
			killed(t, m.move(at(place)...))
			old, next := m.usable(t, m.old), m.usable(t, m.next)
			if old == next {
				t.Fatalf("in use: the old one %t, the new one %t", old, next)
			}
			// Further along than the closing of the old one there is no way back.
			must(t, m.move(), 0)
			if m.usable(t, m.old) || !m.usable(t, m.next) {
				t.Error("after the second try the old one is in use, or the new one is not")
			}
			in := []string{"--ledger", m.next, "--key-file", m.key}
			must(t, m.run(nil, append([]string{"ledger", "verify"}, in...)...), 0)
			again := m.run(nil, append(buildArgs(), in...)...)
			must(t, again, 0)
			if !strings.Contains(again.talk, "nothing charged") {
				t.Errorf("the release is not there any more: %s", again.talk)
			}
		})
	}
	for _, name := range []string{"move.begun", "move.copied", "move.closed", "move.arrived"} {
		if hits[name] != 1 {
			t.Errorf("a move comes by %s %d times", name, hits[name])
		}
	}
}
