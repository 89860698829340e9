// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/throng-dp/throng/dp/ledger"
)

// tamperTests change rows as whoever may write the store could, who knows how
// entries are linked and has no key; verification names the first that does not
// fit.
var tamperTests = []test{
	{"a checkpoint that was changed, moved or made up is found", func(b *bench) {
		posts := b.posts(3)
		p, q := posts[1], posts[2] // of entries 5 and 7
		for signed, why := range b.forgeries(p, q) {
			b.tamper("UPDATE releases SET checkpoint = ? WHERE id = ?", signed, p.ID)
			b.condemned("entry 5 (post, release "+p.ID+")", why)
		}
		b.tamper("UPDATE releases SET checkpoint = ? WHERE id = ?", p.Checkpoint, p.ID)
		if err := b.again().Verify(b.Context()); err != nil {
			b.Error(err)
		}
	}},
	{"no later entry makes a release one that needs no checkpoint", func(b *bench) {
		posts := b.posts(3)
		b.tamper("UPDATE releases SET checkpoint = '' WHERE id = ?", posts[1].ID)
		b.forge(ledger.Record{Entry: ledger.Entry{Type: "upgrade", Reason: "schema 1 to 2"}})
		b.condemned("entry 5 (post, release "+posts[1].ID+")", "no checkpoint")
	}},
	{"what was beyond the cap for a moment is found, though it was given back", func(b *bench) {
		b.posts(2)
		r := reservation("reserve", times(one, 2))
		b.forge(r)
		r.Type = "void"
		b.forge(r)
		b.condemned("entry 6 (reserve, reservation x)", "goes beyond what was granted")
	}},
	{"what was beyond the lifetime ceiling for a moment is found", func(b *bench) {
		a := threefold("shop")
		a.Ceiling = 2.5
		b.open(a)
		b.release(ask("shop", "p0", "2026-03-13", one))
		b.release(ask("shop", "p1", "2026-03-13", one))
		r := reservation("reserve", one)
		b.forge(r)
		r.Type = "void"
		b.forge(r)
		b.condemned("entry 6 (reserve, reservation x)", "beyond its lifetime ceiling")
	}},
	{"a post whose reservation was voided is found", func(b *bench) {
		b.posts(1)
		b.tamper("DROP INDEX entries_resolved")
		for _, kind := range []string{"reserve", "void", "post"} {
			r := reservation(kind, one)
			if kind == "post" {
				r.Release, r.Sum = "y", sha256.Sum256([]byte("numbers"))
			}
			b.forge(r)
		}
		b.condemned("entry 6 (post, release y)", "resolved already")
	}},
	{"a reservation that was resolved twice, each time after it was made, is found", func(b *bench) {
		b.posts(1)
		b.tamper("DROP INDEX entries_resolved")
		for range 2 {
			b.forge(reservation("reserve", one))
			b.forge(reservation("void", one))
		}
		if b.walls.Gone != "" {
			b.condemned(b.walls.Gone)
			return
		}
		b.condemned("entry 7", "resolved before")
	}},
	{"bytes that were changed are found", func(b *bench) {
		posts := b.posts(2)
		b.tamper("UPDATE releases SET bytes = ? WHERE id = ?", []byte("other numbers"), posts[1].ID)
		b.condemned("entry 5 (post, release "+posts[1].ID+")", "bytes")
	}},
	{"a release that answers another plan than its bytes name is found", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		p, err := b.reserve(b.l, r).Post(b.Context(), r.Digest, r.Cost, func(ledger.Draw) ([]byte, error) {
			return fmt.Appendf(nil, `{"plan_digest":"%x"}`, r.Digest), nil
		})
		if err != nil {
			b.Fatal(err)
		}
		other := [32]byte{2}
		b.tamper("UPDATE releases SET digest = ? WHERE id = ?", other[:], p.ID)
		b.condemned("entry 3 (post, release "+p.ID+")", "another plan")
	}},
	{"of a release that is missing the post is named", func(b *bench) {
		posts := b.posts(2)
		b.tamper("DELETE FROM releases WHERE id = ?", posts[0].ID)
		b.condemned("entry 3 (post, release "+posts[0].ID+")", "missing")
	}},
	{"a retraction of what was not posted is found", func(b *bench) {
		b.posts(1)
		b.forge(ledger.Record{Entry: ledger.Entry{Type: "retract", Account: "shop", Plan: "p0", Date: "2026-03-13", Release: "y"}})
		b.condemned("entry 4 (retract, release y)", "not posted")
	}},
	{"a reservation that a runner did not sign is found, though it says so", func(b *bench) {
		b.open(threefold("shop"))
		b.staff()
		b.release(ask("shop", "p0", "2026-03-13", one))
		var signed, last ledger.Record
		ledger.TamperForTest(b, b.l, func(tx ledger.Tx) error {
			return tx.Records("", func(r ledger.Record) error {
				if last = r; r.Type == "reserve" {
					signed = r
				}
				return nil
			})
		})
		r := signed
		r.Reservation = "x"
		r.Text = bytes.Replace(signed.Text, fmt.Appendf(nil, "entry: %d\n", signed.Seq), fmt.Appendf(nil, "entry: %d\n", last.Seq+1), 1)
		b.forge(r)
		b.condemned(fmt.Sprintf("entry %d (reserve, reservation x)", last.Seq+1), "rita did not sign it")
	}},
	{"an audit tells which releases are not what was posted", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p0", "2026-03-13", one)
		b.release(r)
		r.Restate = true
		all := []*ledger.Posted{b.release(r), b.release(ask("shop", "p1", "2026-03-13", one))}
		audit := func(want map[string]string) {
			b.Helper()
			seen := 0
			err := b.again().Audit(b.Context(), func(p *ledger.Posted) bool { return !p.Superseded }, func(p *ledger.Posted, wrong error) error {
				seen++
				switch says, bad := want[p.ID]; {
				case !bad && wrong != nil, bad && (!errors.Is(wrong, ledger.ErrDamaged) || !strings.Contains(wrong.Error(), says)):
					b.Errorf("%s: %v, want %q", p.ID, wrong, says)
				case p.Superseded || len(p.Bytes) == 0 || p.Verifier == "":
					b.Errorf("%+v", p)
				}
				return nil
			})
			if err != nil || seen != 2 {
				b.Errorf("%d releases, %v", seen, err)
			}
		}
		audit(nil)
		b.tamper("UPDATE releases SET bytes = ? WHERE id = ?", []byte("other numbers"), all[0].ID)
		b.tamper("UPDATE releases SET checkpoint = ? WHERE id = ?", all[0].Checkpoint, all[1].ID)
		audit(map[string]string{all[0].ID: "bytes", all[1].ID: "checkpoint"})
		b.tamper("UPDATE releases SET checkpoint = ? WHERE id = ?", strings.Replace(all[1].Checkpoint, "\n— ", "\n\n— ", 1), all[1].ID)
		audit(map[string]string{all[0].ID: "bytes", all[1].ID: "signed"})
	}},
	{"the first of several is named, whatever it is", func(b *bench) {
		posts := b.posts(3)
		wrong := [32]byte{9}
		b.tamper("UPDATE releases SET bytes = ? WHERE id = ?", []byte("other numbers"), posts[2].ID)
		b.condemned("entry 7 (post, release "+posts[2].ID+")", "bytes")
		b.tamper("UPDATE entries SET hash = ? WHERE seq = 6", wrong[:])
		b.condemned("entry 6 (reserve, ", "hash")
		b.tamper("UPDATE releases SET checkpoint = ? WHERE id = ?", posts[2].Checkpoint, posts[1].ID)
		b.condemned("entry 5 (post, release "+posts[1].ID+")", "checkpoint")
		b.tamper("UPDATE entries SET reason = 'x' WHERE seq = 4")
		b.condemned("entry 4 (reserve, ", "hash")
		b.tamper("UPDATE releases SET bytes = ? WHERE id = ?", []byte("other numbers"), posts[0].ID)
		b.condemned("entry 3 (post, release "+posts[0].ID+")", "bytes")
	}},
}

// posts opens an account with room for three, and releases so many: entries 3, 5
// and 7.
func (b *bench) posts(n int) (all []*ledger.Posted) {
	b.open(threefold("shop"))
	for i := range n {
		all = append(all, b.release(ask("shop", fmt.Sprint("p", i), "2026-03-13", one)))
	}
	return all
}

// tamper changes rows behind the store's walls.
func (b *bench) tamper(statement string, args ...any) {
	b.Helper()
	b.tampered = true
	ledger.TamperForTest(b, b.l, func(tx ledger.Tx) error {
		sql, ok := tx.(interface {
			Exec(query string, args ...any) error
		})
		if !ok {
			return errors.New("a store that speaks no SQL has to be tampered with in another way")
		}
		for _, s := range b.walls.Down {
			if err := sql.Exec(s); err != nil {
				return err
			}
		}
		if err := sql.Exec(statement, args...); err != nil {
			return err
		}
		for _, s := range b.walls.Up {
			if err := sql.Exec(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// forge adds an entry that is linked to the others.
func (b *bench) forge(r ledger.Record) {
	b.Helper()
	b.tampered = true
	ledger.TamperForTest(b, b.l, func(tx ledger.Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		r.At = m.Clock
		m.Link(&r)
		return errors.Join(tx.Append(r), tx.SetMeta(m))
	})
}

// reservation is an entry about one, x.
func reservation(kind string, c ledger.Cost) ledger.Record {
	return ledger.Record{Entry: ledger.Entry{Type: kind, Account: "shop", Plan: "forged", Date: "2026-03-13", Cost: c}, Reservation: "x"}
}

// condemned expects verification to say all this.
func (b *bench) condemned(words ...string) {
	b.Helper()
	err := b.again().Verify(b.Context())
	if !errors.Is(err, ledger.ErrDamaged) {
		b.Errorf("%s: verified as %v", words, err)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			b.Errorf("%v\ndoes not say %q", err, w)
		}
	}
}

// forgeries are notes that stand in the place of the one of p, and why they do
// not: another root, signatures of which one bit is another, one that somebody
// else made of the same text and gave the ledger's name, or its name and hash.
func (b *bench) forgeries(p, q *ledger.Posted) map[string]string {
	b.Helper()
	lines := strings.Split(p.Checkpoint, "\n")
	root := strings.Replace(p.Checkpoint, lines[2], strings.Split(q.Checkpoint, "\n")[2], 1)
	text, line := strings.Join(lines[:4], "\n")+"\n", lines[5]
	head, sealed := line[:strings.LastIndex(line, " ")+1], line[strings.LastIndex(line, " ")+1:]
	sig, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		b.Fatal(err)
	}
	private, _, err := note.GenerateKey(rand.Reader, lines[0])
	if err != nil {
		b.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		b.Fatal(err)
	}
	theirs, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		b.Fatal(err)
	}
	made, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(string(theirs[bytes.LastIndexByte(theirs, ' ')+1:]), "\n"))
	if err != nil {
		b.Fatal(err)
	}
	with := func(sig []byte) string { return text + "\n" + head + base64.StdEncoding.EncodeToString(sig) + "\n" }
	flipped := func(at int) string {
		other := bytes.Clone(sig)
		other[at] ^= 1
		return with(other)
	}
	const form, signature = "not what its entries make of it", "not the one that was signed"
	return map[string]string{
		"":                                   "no checkpoint",
		"x":                                  form,
		root:                                 form,
		q.Checkpoint:                         form,
		string(theirs):                       signature,
		with(append(sig[:4:4], made[4:]...)): signature,
		flipped(0):                           signature,
		flipped(4):                           signature,
		flipped(40):                          signature,
		with(sig[:60]):                       signature,
		p.Checkpoint + line + "\n":           signature,
	}
}
