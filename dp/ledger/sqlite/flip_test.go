// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// A specimen is the files of a ledger that are to be damaged, and what a whole
// one of them says.
type specimen struct {
	db, wal, key []byte
	want         string   // every row
	last         []string // where it was killed: every row before its last transaction, and before its last two
	older        []byte   // the database as it was once
}

// specimens returns a ledger that was closed, and one whose last process was
// killed: what it committed last is in the write-ahead log. Both have an account
// with a grant, keys, and releases, one restated, one retracted; a hold that a
// failed try has left; and one that was given back.
func specimens(t *testing.T) (closed, killed specimen) {
	t.Helper()
	s := newStaffed(t)
	ctx := t.Context()
	for _, plan := range []string{"p", "q"} {
		if err := build(ctx, s.l, ask(plan)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.l.Close(), alter(t, s.path, "PRAGMA wal_checkpoint(TRUNCATE)")); err != nil {
		t.Fatal(err)
	}
	s.l = open(t, s.path)
	release, err := s.l.Find(ctx, "shop", "q", "2026-03-13")
	if err != nil {
		t.Fatal(err)
	}
	again := ask("p")
	again.Restate = true
	void, failed := ask("r"), ask("s")
	void.Cost.Epsilon, failed.Cost.Epsilon = one.Epsilon/4, one.Epsilon/4
	older, err := os.ReadFile(s.path)
	if err := errors.Join(err, build(ctx, s.l, again), s.held(void).Void(ctx, "a test", false)); err != nil {
		t.Fatal(err)
	}
	try := s.held(failed)
	err = try.Touched(ctx)
	two := s.specimen()
	err = errors.Join(err, try.Void(ctx, "a test", false))
	one := s.specimen()
	if err := errors.Join(err, s.l.Retract(ctx, release.ID, "a wrong file"), s.l.Verify(ctx)); err != nil {
		t.Fatal(err)
	}
	killed = s.specimen()
	if killed.last = []string{one.want, two.want}; len(killed.wal) <= len(one.wal) || len(one.wal) <= len(two.wal) || !bytes.Equal(killed.db, two.db) {
		t.Fatalf("the last transactions are not in the write-ahead log, which has %d bytes", len(killed.wal))
	}
	if err := s.l.Close(); err != nil {
		t.Fatal(err)
	}
	closed = s.specimen()
	closed.older = older
	return closed, killed
}

func (s *staffed) held(r ledger.Request) *ledger.Reservation {
	s.Helper()
	res, err := s.l.Reserve(s.Context(), r)
	if err != nil {
		s.Fatal(err)
	}
	return res
}

// specimen copies the files of the ledger, into which nobody writes now.
func (s *staffed) specimen() specimen {
	s.Helper()
	var x specimen
	for name, to := range map[string]*[]byte{"ledger.db": &x.db, "ledger.db-wal": &x.wal, "ledger.key": &x.key} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(s.path), name))
		if err != nil && name != "ledger.db-wal" {
			s.Fatal(err)
		}
		*to = text
	}
	if x.want = x.says(s.T); x.want == "" {
		s.Fatal("a whole ledger is refused")
	}
	return x
}

// says opens and verifies a ledger of these files, and returns all its rows;
// nothing if it is refused as damaged, or is none of this program's any more.
func (x *specimen) says(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "ledger.db")
	err = errors.Join(os.WriteFile(path, x.db, 0o600), os.WriteFile(filepath.Join(dir, "ledger.key"), x.key, 0o600))
	if x.wal != nil {
		err = errors.Join(err, os.WriteFile(path+"-wal", x.wal, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err == nil {
		err = errors.Join(l.Verify(t.Context()), l.Close())
	}
	switch {
	case err == nil:
		return rows(t, path)
	case errors.Is(err, ledger.ErrDamaged), errors.Is(err, ledger.ErrKey), errors.Is(err, ledger.ErrStorage):
		return ""
	}
	t.Errorf("refused, but not as damaged: %v", err)
	return ""
}

// rows returns every row of a ledger's tables, in short; and the bytes of the
// releases by their digests.
func rows(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var out bytes.Buffer
	for _, table := range []string{"accounts", "balances", "entries", "holds", "releases", "meta"} {
		all, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := all.Columns()
		var lines []string
		for err == nil && all.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			err = all.Scan(cells...)
			line := table
			for i, c := range cells {
				v := *c.(*any)
				// Of no balance: the digest of a plan, which real released bytes name and
				// these do not; and ledger time, of which a command that finds its clock
				// behind tells.
				if columns[i] == "digest" || columns[i] == "clock" {
					continue
				}
				if b, ok := v.([]byte); ok {
					sum := sha256.Sum256(b)
					v = hex.EncodeToString(sum[:6])
				}
				line += fmt.Sprintf("|%v", v)
			}
			lines = append(lines, line)
		}
		if err := errors.Join(err, all.Err(), all.Close()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		for _, l := range lines {
			fmt.Fprintln(&out, l)
		}
	}
	return out.String()
}

// A damage spoils bytes of a file.
type damage struct {
	name  string
	x     specimen
	wal   bool            // of the log, else of the database
	place func(n int) int // where in so many bytes
	do    func(file []byte, at int)
	tears bool // what was committed last may be lost, as a power cut does it
}

// TestFlippedBits: whatever bit of a ledger's files turns, either the ledger is
// refused, by opening or by verification, or every row and every released byte
// is what it was. In short 120 bits, in long 10,000.
func TestFlippedBits(t *testing.T) {
	closed, killed := specimens(t)
	among := closed.released(t)
	for _, d := range []damage{
		{name: "database", x: closed},
		{name: "log", x: killed, wal: true},
		{name: "database beside a log", x: killed},
		{name: "released bytes", x: closed, place: func(int) int { return among[rand.IntN(len(among))] }},
	} {
		if d.place == nil {
			d.place = rand.IntN
		}
		d.do = func(file []byte, at int) { file[at] ^= 1 << rand.IntN(8) }
		d.try(t, soak(30, 2500))
	}
}

// TestTornPages: sectors of 512 and of 4,096 bytes are emptied, filled with
// something else, or as they were once. What it holds to is that of flipped bits,
// but that a log whose last transaction is torn is what a power cut before its
// commit leaves, and is taken for that; the one before it goes too where a sector
// holds the end of one and the beginning of the other. A witness copy tells. In
// short 54 sectors, in long 1,008.
func TestTornPages(t *testing.T) {
	closed, killed := specimens(t)
	fill := func(b []byte) {
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
	}
	for _, size := range []int{512, 4096} {
		place := func(n int) int { return rand.IntN(n/size) * size }
		for name, tear := range map[string]func(b []byte, at int){
			"emptied": func(b []byte, _ int) { clear(b) },
			"filled":  func(b []byte, _ int) { fill(b) },
			"as once": func(b []byte, at int) { copy(b, closed.older[min(at, len(closed.older)):]) },
		} {
			do := func(file []byte, at int) { tear(file[at:at+size], at) }
			for _, d := range []damage{
				{name: "database", x: closed},
				{name: "database beside a log", x: killed},
				{name: "log", x: killed, wal: true, tears: true},
			} {
				d.name, d.place, d.do = fmt.Sprintf("%d bytes %s of the %s", size, name, d.name), place, do
				d.try(t, soak(3, 56))
			}
		}
	}
}

// TestLogWithoutBeginning: a log that has lost its header, or its first frames too,
// is refused, whatever stands there.
func TestLogWithoutBeginning(t *testing.T) {
	closed, killed := specimens(t)
	for _, n := range []int{1, 16, 32, 512, 4096, 8192, 16384} {
		for name, by := range map[string][]byte{"nothing": make([]byte, n), "a database": closed.older, "letters": bytes.Repeat([]byte("x"), n)} {
			y := killed
			y.wal = slices.Clone(y.wal)
			copy(y.wal[:n], by)
			if got := y.says(t); got != "" {
				t.Errorf("%s in place of its first %d bytes: it is not noticed, and the ledger says\n%s", name, n, differing(killed.want, got))
			}
		}
	}
}

// try does a damage so many times, and tells how often it was noticed.
func (d *damage) try(t *testing.T, n int) {
	t.Helper()
	refused, undone := 0, 0
	for range n {
		y := d.x
		file := &y.db
		if d.wal {
			file = &y.wal
		}
		at := d.place(len(*file))
		*file = slices.Clone(*file)
		d.do(*file, at)
		switch got := y.says(t); {
		case got == "":
			refused++
		case got == d.x.want:
		case d.tears && slices.Contains(d.x.last, got):
			undone++
		default:
			t.Errorf("%s, from byte %d of %d on: it is not noticed, and the ledger says\n%s", d.name, at, len(*file), differing(d.x.want, got))
		}
	}
	t.Logf("%s: %d times, refused %d times, what was committed last undone %d times, else as it was", d.name, n, refused, undone)
}

// differing returns the lines that only one of two texts has.
func differing(want, got string) string {
	var out bytes.Buffer
	a, b := bytes.Split([]byte(want), []byte("\n")), bytes.Split([]byte(got), []byte("\n"))
	has := func(all [][]byte, l []byte) bool {
		return slices.ContainsFunc(all, func(x []byte) bool { return bytes.Equal(x, l) })
	}
	for _, l := range a {
		if !has(b, l) {
			fmt.Fprintf(&out, "- %.1200s\n", l)
		}
	}
	for _, l := range b {
		if !has(a, l) {
			fmt.Fprintf(&out, "+ %.1200s\n", l)
		}
	}
	return out.String()
}

// released returns where the bytes of a release lie in the database: what a
// test's build releases is its id, a thousand times.
func (x *specimen) released(t *testing.T) (at []int) {
	t.Helper()
	const id = 26
	for i := 0; i+2*id < len(x.db); i++ {
		if x.db[i] != 0 && bytes.Equal(x.db[i:i+id], x.db[i+id:i+2*id]) && x.db[i] != x.db[i+1] {
			at = append(at, i)
		}
	}
	if len(at) < 10_000 {
		t.Fatalf("released bytes at %d places", len(at))
	}
	return at
}
