// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/tables"
)

// behindTheBack adds an entry as whoever may write the file could: linked to the
// others, with the balance that it makes.
func behindTheBack(t *testing.T, path string, r ledger.Record) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	q, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tx := tables.New(t.Context(), q, tables.SQLite)
	m, err := tx.Meta()
	r.At = m.Clock
	m.Link(&r)
	err = errors.Join(err, tx.Append(r), tx.SetMeta(m))
	if r.Type == "grant" {
		all, failed := tx.Balances(r.Account)
		all[0].Cap.Epsilon += r.Cost.Epsilon
		err = errors.Join(err, failed, tx.SetBalance(all[0]))
	}
	if err := errors.Join(err, q.Commit()); err != nil {
		t.Fatal(err)
	}
}

// A staffed ledger has room for three, two approvers, an author, and one grant:
// five entries.
type staffed struct {
	*testing.T
	path    string
	l       *ledger.Ledger
	signers map[string]ledger.Signer
	used    []byte // the grant
}

func newStaffed(t *testing.T) *staffed {
	t.Helper()
	s := &staffed{T: t, path: empty(t), signers: map[string]ledger.Signer{}}
	s.l = open(t, s.path)
	for _, name := range []string{"anna", "ben", "carl"} {
		role, by := ledger.Approver, []ledger.Signer(nil)
		if name == "carl" {
			role, by = ledger.Author, []ledger.Signer{s.signers["anna"], s.signers["ben"]}
		}
		if err := s.l.AddKey(t.Context(), role, s.key(name), by...); err != nil {
			t.Fatal(err)
		}
	}
	s.used = s.signed(s.grant(), "anna", "ben")
	if _, err := s.l.Grant(t.Context(), s.used); err != nil {
		t.Fatal(err)
	}
	return s
}

// key makes a key that signs under a name, and returns its verifier line.
func (s *staffed) key(name string) string {
	private, line, err := ledger.NewKey(name)
	if err == nil {
		s.signers[name], err = ledger.SignerOf(private)
	}
	if err != nil {
		s.Fatal(err)
	}
	return line
}

func (s *staffed) signed(text []byte, names ...string) []byte {
	for _, n := range names {
		var err error
		if text, err = ledger.AddSignatures(text, s.signers[n]); err != nil {
			s.Fatal(err)
		}
	}
	return text
}

func (s *staffed) grant() []byte {
	text, err := s.l.NewGrant(s.Context(), ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1}, Reason: "more"})
	if err != nil {
		s.Fatal(err)
	}
	return text
}

// TestForgedEntries: who writes the file, and knows how entries are linked, still
// lacks the keys; verification names the entry.
func TestForgedEntries(t *testing.T) {
	s := newStaffed(t)
	grant := func(note []byte, actor string, n int64) ledger.Record {
		return ledger.Record{Entry: ledger.Entry{Type: "grant", Account: "shop", Cost: ledger.Cost{Epsilon: n * one.Epsilon}, Reason: "more", Actor: actor}, Text: note}
	}
	about := func(kind, reason, actor string, text string) ledger.Record {
		r := ledger.Record{Entry: ledger.Entry{Type: kind, Reason: reason, Actor: actor}, Text: s.signed([]byte(text), strings.Split(actor, ",")...)}
		if kind == "approve" {
			r.Account, r.Plan, r.Cost = "shop", "p", one
		}
		return r
	}
	next := bytes.Replace(s.grant(), []byte("period: 0"), []byte("period: 1"), 1)
	terms, err := json.Marshal(ledger.Account{Name: "club", Lineage: "club", Lines: ledger.Lines{PureEpsilon: 1}, Period: 30})
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]ledger.Record{
		"a grant of one":                grant(s.signed(s.grant(), "anna"), "anna", 1),
		"a grant of one, as of two":     grant(s.signed(s.grant(), "anna"), "anna,ben", 1),
		"a grant of an author":          grant(s.signed(s.grant(), "anna", "carl"), "anna,carl", 1),
		"a grant that was used":         grant(s.used, "anna,ben", 1),
		"a grant of more":               grant(s.signed(s.grant(), "anna", "ben"), "anna,ben", 2),
		"a grant of another period":     grant(s.signed(next, "anna", "ben"), "anna,ben", 1),
		"a grant without signatures":    grant(s.grant(), "anna,ben", 1),
		"a key that one signed":         about("key", ledger.Owner, "anna", "throng ledger note: key\nledger: x\nentry: 6\nrole: owner\nverifier: x\n"),
		"a key of another ledger":       about("key", ledger.Owner, "anna,ben", "throng ledger note: key\nledger: x\nentry: 6\nrole: owner\nverifier: x\n"),
		"an approval of something else": about("approve", ledger.Author, "carl", "throng ledger note: approve\n"),
		"an account that nobody signed": {Entry: ledger.Entry{Type: "open", Account: "club", Cost: one}, Text: terms},
	}
	s.key("ben") // a key of the same name that the ledger does not know
	cases["a grant of a stranger"] = grant(s.signed(s.grant(), "anna", "ben"), "anna,ben", 1)
	if err := errors.Join(s.l.Verify(t.Context()), s.l.Close()); err != nil {
		t.Fatal(err)
	}
	for what, r := range cases {
		if err := s.verified(r, string(terms)); !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), "entry 6") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestSignedForElsewhere: what people signed for one entry, or of one plan, is not
// taken at another. The same notes at their own place pass.
func TestSignedForElsewhere(t *testing.T) {
	s := newStaffed(t)
	about, err := s.l.About(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	terms, err := json.Marshal(ledger.Account{Name: "club", Lineage: "club", Lines: ledger.Lines{PureEpsilon: 1}, Period: 30})
	if err != nil {
		t.Fatal(err)
	}
	verifier := s.key("dora")
	note := func(kind, fields string, who ...string) []byte {
		return s.signed([]byte("throng ledger note: "+kind+"\nledger: "+about.ID+"\n"+fields), who...)
	}
	key := func(entry string) ledger.Record {
		return ledger.Record{Entry: ledger.Entry{Type: "key", Reason: ledger.Auditor, Actor: "anna,ben"},
			Text: note("key", "entry: "+entry+"\nrole: auditor\nverifier: "+verifier+"\n", "anna", "ben")}
	}
	account := func(entry string) ledger.Record {
		return ledger.Record{Entry: ledger.Entry{Type: "open", Account: "club", Cost: one, Actor: "anna,ben"},
			Text: note("open", "entry: "+entry+"\nterms: "+string(terms)+"\n", "anna", "ben")}
	}
	approval := func(plan string, n int64) ledger.Record {
		return ledger.Record{Entry: ledger.Entry{Type: "approve", Account: "shop", Plan: "p", Cost: ledger.Cost{Epsilon: n}, Reason: ledger.Approver, Actor: "anna"},
			Text: note("approve", "account: shop\nplan: "+plan+"\ndigest: "+strings.Repeat("0", 64)+
				"\nmu2_pico: 0\npure_epsilon_pico: 7\npure_delta_atto: 0\nsampler_delta_atto: 0\n", "anna")}
	}
	if err := errors.Join(s.l.Verify(t.Context()), s.l.Close()); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		r     ledger.Record
		sound bool
	}{
		"a key":                           {key("6"), true},
		"a key signed for an entry":       {key("5"), false},
		"an account":                      {account("6"), true},
		"an account signed for an entry":  {account("5"), false},
		"an approval":                     {approval("p", 7), true},
		"an approval of another plan":     {approval("q", 7), false},
		"an approval of a smaller charge": {approval("p", 8), false},
	} {
		err := s.verified(c.r, string(terms))
		if c.sound && err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if !c.sound && (!errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), "entry 6")) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// verified adds an entry to a copy of the ledger behind its back, and verifies it.
func (s *staffed) verified(r ledger.Record, terms string) error {
	s.Helper()
	dir := s.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(s.path))); err != nil {
		s.Fatal(err)
	}
	path := filepath.Join(dir, filepath.Base(s.path))
	if err := os.Chmod(filepath.Join(dir, "ledger.key"), 0o600); err != nil {
		s.Fatal(err)
	}
	if r.Type == "open" { // an entry is of an account that is there
		if err := alter(s.T, path, `INSERT INTO accounts VALUES ('club', 'club', NULL, 0, 1000000000000, 0, 0, CAST('`+terms+`' AS BLOB))`); err != nil {
			s.Fatal(err)
		}
	}
	behindTheBack(s.T, path, r)
	return open(s.T, path).Verify(s.Context())
}
