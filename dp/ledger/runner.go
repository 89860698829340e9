// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/hex"
	"errors"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/note"
)

// runner returns the name of the key that signs a request.
func (r *Request) runner() string {
	if r.Runner == nil {
		return ""
	}
	return r.Runner.Name()
}

// runs refuses whoever may not build. A key that is given must be a runner's;
// none need be as long as the ledger never knew one.
func (k *keyring) runs(s Signer) error {
	if s == nil {
		if !slices.ContainsFunc(k.keys, func(key *Key) bool { return key.Role == Runner }) { // a revoked one closes the door too
			return nil
		}
		return &Refusal{Reason: ErrUnsigned, Detail: "a build takes a runner's key", Hint: "throng build --key FILE or $THRONG_KEY; " + k.whom(Runner)}
	}
	key := k.find(s.Name())
	switch {
	case key == nil:
		return unknownKey([]note.Signature{{Name: s.Name(), Hash: s.KeyHash()}})
	case key.Revoked != nil:
		return key.isRevoked()
	case key.Role != Runner:
		return &Refusal{Reason: ErrUnsigned, Detail: key.Name + " is " + key.Role + " and no runner", Hint: k.whom(Runner)}
	}
	return nil // whether it is that very key the signature says
}

// runPage is what a runner signs: that this budget is held for this question, by
// this entry.
func (k *keyring) runPage(r *Record, digest string) *page {
	return newPage("run", "ledger", k.ledger, "entry", strconv.FormatInt(r.Seq, 10), "account", r.Account, "plan", r.Plan, "date", r.Date, "digest", digest)
}

// signRun signs a reserve, which is to be the next entry.
func (k *keyring) signRun(tx Tx, e *Record, r *Request) error {
	if r.Runner == nil {
		return nil
	}
	m, err := tx.Meta()
	if err != nil {
		return err
	}
	e.Seq = m.Size + 1
	if e.Text, err = AddSignatures([]byte(k.runPage(e, hex.EncodeToString(r.Digest[:])).text()), r.Runner); err != nil {
		return err
	}
	e.Actor = r.Runner.Name()
	return k.signedRun(e)
}

// signedRun refuses a reserve that no runner signed, if there are runners.
func (k *keyring) signedRun(e *Record) error {
	if e.Actor == "" && len(e.Text) == 0 {
		return k.runs(nil)
	}
	text, who, err := k.open(e.Text)
	if err != nil {
		return err
	}
	if len(who) != 1 || who[0].Role != Runner || who[0].Name != e.Actor {
		return &Refusal{Reason: ErrUnsigned, Detail: names(who) + " is no runner", Hint: k.whom(Runner)}
	}
	f, err := readPage(text, "run", "ledger", "entry", "account", "plan", "date", "digest")
	if err == nil && k.runPage(e, f["digest"]).text() != text {
		err = errors.New("it was signed for another entry")
	}
	if err != nil {
		return invalid("%v", err)
	}
	return nil
}
