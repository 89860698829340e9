// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// oldLedger makes a ledger of schema 1: one account with room for three, a
// release that another superseded, a hold that is kept. Its rows are those of a
// present ledger with the same history, as a program of schema 1 stored them.
func oldLedger(t *testing.T) string {
	t.Helper()
	present := empty(t)
	l := open(t, present)
	r := ask("p")
	if err := build(t.Context(), l, r); err != nil {
		t.Fatal(err)
	}
	r.Restate = true
	if err := build(t.Context(), l, r); err != nil {
		t.Fatal(err)
	}
	res, err := l.Reserve(t.Context(), ask("q"))
	if err == nil {
		err = errors.Join(res.Touched(t.Context()), res.Void(t.Context(), "it failed", false), l.Close())
	}
	if err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := sqlite.MakeSchema(t.Context(), path, 1); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(filepath.Dir(present), "ledger.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(path), "ledger.key"), key, 0o600)
	}
	if err == nil {
		err = alter(t, path, "ATTACH '"+present+"' AS new",
			"INSERT INTO meta SELECT one, id, key_check, clock FROM new.meta",
			"INSERT INTO accounts SELECT name, lineage, cap_mu2, cap_epsilon, cap_delta, cap_tail, terms FROM new.accounts",
			"INSERT INTO balances SELECT * FROM new.balances",
			"INSERT INTO holds SELECT * FROM new.holds",
			`INSERT INTO entries SELECT row_number() OVER (ORDER BY seq), type, at, account, period, plan, date, reservation, release,
				mu2, epsilon, delta, tail, reason, sum, text FROM new.entries WHERE type <> 'supersede'`,
			`INSERT INTO releases SELECT r.id, e.seq, r.account, r.plan, r.date, r.digest, r.at, r.mu2, r.epsilon, r.delta, r.tail, r.supersedes, r.bytes
				FROM new.releases AS r JOIN main.entries AS e ON e.release = r.id AND e.type = 'post'`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// versionIn reads the schema of a file and how many entries it has.
func versionIn(t *testing.T, path string) (version, entries int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT max(version_id), (SELECT count(*) FROM entries) FROM goose_db_version").Scan(&version, &entries); err != nil {
		t.Fatal(err)
	}
	return version, entries
}

// TestUpgrade: a ledger of schema 1 is refused, and said what to do; upgrading
// copies it first, keeps every balance, release and id, and chains its entries.
func TestUpgrade(t *testing.T) {
	path := oldLedger(t)
	_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	var r *ledger.Refusal
	if !errors.Is(err, ledger.ErrDamaged) || !errors.As(err, &r) || !strings.Contains(err.Error(), "older throng: schema 1, this program knows 3") ||
		!strings.Contains(r.Hint, "throng ledger upgrade --ledger sqlite:"+path) {
		t.Fatalf("error = %v, %+v", err, r)
	}
	backup, err := sqlite.Upgrade(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(backup)
	if err != nil || info.Mode().Perm() != 0o600 || filepath.Dir(backup) != filepath.Dir(path) {
		t.Errorf("backup %s: %v, %v", backup, info, err)
	}
	if v, n := versionIn(t, backup); v != 1 || n != 7 {
		t.Errorf("the backup has schema %d and %d entries, want 1 and 7", v, n)
	}
	if v, n := versionIn(t, path); v != sqlite.Schema || n != 8 {
		t.Errorf("the ledger has schema %d and %d entries, want %d and 8", v, n, sqlite.Schema)
	}

	l := open(t, path)
	spends(t, l, 1, 2)
	entries, err := l.History(t.Context(), "")
	if last := entries[len(entries)-1]; err != nil || last.Type != "upgrade" || last.Reason != "schema 1 to 2" || last.Account != "" {
		t.Errorf("the last entry is %+v, %v", last, err)
	}
	all, err := l.Releases(t.Context())
	if err != nil || len(all) != 2 || !all[0].Superseded || all[1].Supersedes != all[0].ID {
		t.Errorf("releases = %+v, %v", all, err)
	}
	// It goes on as before: what was held serves the next try.
	if err := build(t.Context(), l, ask("q")); err != nil {
		t.Fatal(err)
	}
	spends(t, l, 0, 3)

	// Once more does nothing, and makes no copy.
	if backup, err := sqlite.Upgrade(t.Context(), path, sqlite.Options{}); err != nil || backup != "" {
		t.Errorf("again: %q, %v", backup, err)
	}
}

// TestUpgradeRefuses: nothing is converted that is newer, damaged, does not add
// up, or whose key is not there; the file stays what it was.
func TestUpgradeRefuses(t *testing.T) {
	for what, c := range map[string]struct {
		change func(path string) error
		reason error
		says   string
	}{
		"newer": {func(path string) error {
			return alter(t, path, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9, 1)")
		}, ledger.ErrDamaged, "newer throng: schema 9"},
		"does not add up": {func(path string) error { return alter(t, path, "UPDATE balances SET spent_epsilon = 0") }, ledger.ErrDamaged, "not what its entries add up to"},
		"a lost entry": {func(path string) error {
			return alter(t, path, "PRAGMA foreign_keys = OFF", "DROP TRIGGER entries_stay", "DELETE FROM entries WHERE seq = 2")
		}, ledger.ErrDamaged, "entry 2 is missing"},
		"without key": {func(path string) error { return os.Remove(filepath.Join(filepath.Dir(path), "ledger.key")) }, ledger.ErrKey, "ledger.key"},
		"missing":     {os.Remove, ledger.ErrMissing, ""},
	} {
		path := oldLedger(t)
		if err := c.change(path); err != nil {
			t.Fatal(err)
		}
		_, err := sqlite.Upgrade(t.Context(), path, sqlite.Options{})
		if !errors.Is(err, c.reason) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
		if what == "does not add up" || what == "a lost entry" {
			if v, _ := versionIn(t, path); v != 1 {
				t.Errorf("%s: the ledger has schema %d", what, v)
			}
		}
	}
}

// TestUpgradeKilled kills an upgrade at different times. The ledger is of one
// schema or the other, whole, and the next upgrade ends well.
func TestUpgradeKilled(t *testing.T) {
	for _, wait := range []time.Duration{0, 5, 10, 15, 20, 30, 45, 60} {
		path := oldLedger(t)
		c := run(t, path, "upgrade")
		time.Sleep(wait * time.Millisecond)
		_ = c.Process.Kill()
		_ = c.Wait()
		if v, n := versionIn(t, path); v < 1 || v > sqlite.Schema || n != 6+min(v, 2) {
			t.Errorf("after %d ms: schema %d with %d entries", wait, v, n)
		}
		if _, err := sqlite.Upgrade(t.Context(), path, sqlite.Options{}); err != nil {
			t.Fatal(err)
		}
		spends(t, open(t, path), 1, 2)
	}
}

// TestUpgradeFromTwo: schema 2 lacked an index and nothing else, and no entry is
// made of it.
func TestUpgradeFromTwo(t *testing.T) {
	path := made(t)
	if err := alter(t, path, "DROP INDEX entries_signed", "DELETE FROM goose_db_version WHERE version_id = 3"); err != nil {
		t.Fatal(err)
	}
	_, before := versionIn(t, path)
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("error = %v", err)
	}
	backup, err := sqlite.Upgrade(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if v, n := versionIn(t, backup); v != 2 || n != before {
		t.Errorf("the backup has schema %d and %d entries, want 2 and %d", v, n, before)
	}
	if v, n := versionIn(t, path); v != sqlite.Schema || n != before {
		t.Errorf("the ledger has schema %d and %d entries, want %d and %d", v, n, sqlite.Schema, before)
	}
	spends(t, open(t, path), 0, 1)
}

// TestSignedByIndex: what was signed is found without reading the entries, of
// which a ledger may have millions.
func TestSignedByIndex(t *testing.T) {
	db, err := sql.Open("sqlite", made(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var id, parent, unused int
	var how string
	if err := db.QueryRow("EXPLAIN QUERY PLAN "+sqlite.SignedQuery(), "key").Scan(&id, &parent, &unused, &how); err != nil || !strings.Contains(how, "USING INDEX entries_signed (type=?)") {
		t.Errorf("the entries are found by %q, %v", how, err)
	}
}

// TestHashes pins the form that is hashed: ledgers outlive programs.
func TestHashes(t *testing.T) {
	r := ledger.Record{Entry: ledger.Entry{Type: "post", At: time.Unix(1_700_000_000, 7), Account: "shop", Plan: "p", Date: "2026-03-13",
		Release: "abc", Cost: ledger.Cost{MuSquared: 1, Epsilon: 2, Delta: 3, Tail: 4}, Reason: "why", Actor: "who"},
		Period: 5, Reservation: "res", Sum: [32]byte{6}, Text: []byte("name: p")}
	m := ledger.Meta{Size: 2, Head: [32]byte{8}}
	m.Link(&r)
	const want = "20cfd31da34f8c3c9c09bdb86959ba77828845b146eaa5cef6a137b1952f193c"
	if got := hex.EncodeToString(r.Hash[:]); got != want || r.Seq != 3 || r.Prev != [32]byte{8} || m.Size != 3 || m.Head != r.Hash {
		t.Errorf("hash = %s of entry %d, want %s", got, r.Seq, want)
	}
}
