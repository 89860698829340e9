// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// A deed is a note that takes two approvers and is good for once.
type deed struct {
	fields map[string]string
	id     string
	who    []*Key // approvers, each once
	ring   *keyring
}

const deedSigners = 2

// openDeed reads a deed of a kind, whose second field is its id, and makes sure
// that approvers alone signed it, for this ledger.
func (k *keyring) openDeed(signed []byte, kind string, fields []string) (*deed, error) {
	text, who, err := k.open(signed)
	if err != nil {
		return nil, err
	}
	f, err := readPage(text, kind, fields...)
	if err == nil && !isPage(text) { // what approvers read has to be what they sign
		err = errors.New("it does not show as it is")
	}
	if err != nil {
		return nil, invalid("%v", err)
	}
	if f["ledger"] != k.ledger {
		return nil, k.elsewhere()
	}
	for _, key := range who {
		if key.Role != Approver {
			return nil, &Refusal{Reason: ErrUnsigned, Detail: fmt.Sprintf("%s signed, who is %s and no approver", key.Name, orNone(key.Role)),
				Hint: k.whom(Approver)}
		}
	}
	return &deed{fields: f, id: f[kind], who: who, ring: k}, nil
}

func orNone(role string) string {
	if role == "" {
		return "the ledger's own key"
	}
	return role
}

// complete refuses a deed that one person alone has signed.
func (d *deed) complete() error {
	if len(d.who) >= deedSigners {
		return nil
	}
	return &Refusal{Reason: ErrUnsigned, Detail: fmt.Sprintf("it takes the keys of two approvers, and has that of %s", names(d.who)),
		Hint: "sign with --key FILE; " + d.ring.whom(Approver)}
}

// unused refuses a deed that an entry of its type has already.
func (d *deed) unused(tx Tx, kind string) error {
	return tx.Signed(kind, func(r Record) error {
		if text, _, err := ReadNote(r.Text); err == nil && idOf(text, kind) == d.id {
			return &Refusal{Reason: ErrUnsigned, Detail: fmt.Sprintf("it was applied already, as entry %d", r.Seq),
				Hint: "it is good for once: write and sign a new one"}
		}
		return nil
	})
}

// ReadNote returns the text of a note and the names that stand under it, for
// people to read: whether they signed is for a ledger to say. A text that nobody
// signed yet is returned as it is; what is no note of a ledger is ErrInvalid.
func ReadNote(text []byte) (page string, names []string, err error) {
	var n *note.UnverifiedNoteError
	page, names = string(text), []string{}
	if _, err := note.Open(text, note.VerifierList()); errors.As(err, &n) {
		page = n.Note.Text
		for _, s := range n.Note.UnverifiedSigs {
			names = append(names, s.Name)
		}
	}
	if !isPage(page) {
		return "", nil, invalid("not a note that a ledger takes")
	}
	return page, names, nil
}

// AddSignatures signs a text, or a note that others have signed already. A key
// signs nothing that is no note of a ledger.
func AddSignatures(text []byte, signers ...Signer) ([]byte, error) {
	n := &note.Note{Text: string(text)}
	var signed *note.UnverifiedNoteError
	if _, err := note.Open(text, note.VerifierList()); errors.As(err, &signed) {
		n = signed.Note
	}
	if !isPage(n.Text) {
		return nil, invalid("not a note that a ledger takes")
	}
	out, err := note.Sign(n, signers...)
	if err != nil {
		return nil, invalid("cannot be signed: %v", err)
	}
	return out, nil
}
