// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// A keyring is what the ledger knows of keys at one of its entries.
type keyring struct {
	ledger string // its id
	own    ownKey // the ledger's
	keys   []*Key // in the order in which they came, revoked ones too

	// later takes signatures that others verify, and judge by; nil: they are
	// verified here.
	later func(k *Key, message, sig []byte)
}

// ring returns the keys that a ledger knows. What an entry of keys tells is
// believed only if it was signed by those who could decide then.
func (l *Ledger) ring(tx Tx) (*keyring, error) {
	m, err := tx.Meta()
	if err != nil {
		return nil, err
	}
	k, err := l.newRing(m.ID)
	if err != nil {
		return nil, err
	}
	err = tx.Signed(typeKey, func(r Record) error {
		if err := k.take(r); err != nil {
			return damaged("entry %d: %v", r.Seq, err)
		}
		return nil
	})
	return k, err
}

// newRing is that of a ledger which knows no key but its own.
func (l *Ledger) newRing(id string) (*keyring, error) {
	own, err := l.ownKey(id)
	return &keyring{ledger: id, own: own}, err
}

// take applies an entry about keys: it refuses what those who signed it could
// not decide, or what does not fit the keys that there are.
func (k *keyring) take(r Record) error {
	text, who, err := k.open(r.Text)
	if err != nil {
		return err
	}
	if err := k.decides(who); err != nil {
		return err
	}
	if r.Actor != names(who) {
		return invalid("it was signed by %s, not by %s", names(who), r.Actor)
	}
	if r.Reason == revoked {
		return k.revoke(r, text)
	}
	return k.add(r, text)
}

func (k *keyring) add(r Record, text string) error {
	f, err := readPage(text, "key", "ledger", "entry", "role", "verifier")
	if err != nil {
		return invalid("%v", err)
	}
	if f["ledger"] != k.ledger || f["entry"] != strconv.FormatInt(r.Seq, 10) || f["role"] != r.Reason {
		return k.elsewhere()
	}
	if !slices.Contains(Roles, f["role"]) {
		return invalid("a role is one of %s", strings.Join(Roles, ", "))
	}
	key, err := readVerifier(f["verifier"])
	if err != nil {
		return err
	}
	for _, other := range k.keys {
		if other.Name == key.Name || bytes.Equal(other.public, key.public) {
			return &Refusal{Reason: ErrTaken, Detail: fmt.Sprintf("%s and its public key are not both new: %s is known as %s", key.Name, other.Name, other.Role),
				Hint: "a key has one name and one role, for good, also when it is revoked: make another with throng key new NAME"}
		}
	}
	if bytes.Equal(key.public, k.own.public) {
		return invalid("this is the ledger's own key")
	}
	key.Role, key.Added, key.By = f["role"], r.At, r.Actor
	k.keys = append(k.keys, key)
	return nil
}

func (k *keyring) revoke(r Record, text string) error {
	f, err := readPage(text, "revoke", "ledger", "entry", "name", "reason")
	if err != nil {
		return invalid("%v", err)
	}
	if f["ledger"] != k.ledger || f["entry"] != strconv.FormatInt(r.Seq, 10) {
		return k.elsewhere()
	}
	key := k.find(f["name"])
	if key == nil || key.Revoked != nil {
		return &Refusal{Reason: ErrInvalid, Detail: "no key " + f["name"] + " is in use", Hint: "throng ledger key list shows them"}
	}
	before := k.closed()
	at := r.At
	key.Revoked, key.Reason = &at, f["reason"]
	if before && !k.closed() {
		key.Revoked, key.Reason = nil, ""
		return &Refusal{Reason: ErrUnsigned, Detail: "without " + key.Name + " nobody could decide about keys",
			Hint: "register the key that takes its place first: throng ledger key add --role " + key.Role + " VERIFIER"}
	}
	return nil
}

// elsewhere refuses what was signed for another ledger, or another place in
// this one.
func (k *keyring) elsewhere() error {
	return &Refusal{Reason: ErrUnsigned, Detail: "it was signed for another ledger, or another place in this one"}
}

// live returns the keys of a role that are not revoked.
func (k *keyring) live(role string) (keys []*Key) {
	for _, key := range k.keys {
		if key.Role == role && key.Revoked == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// closed reports whether there are keys that decide about keys and accounts: an
// owner's, or two approvers'. Until then the ledger's own key does, and from
// then on never again.
func (k *keyring) closed() bool { return len(k.live(Owner)) > 0 || len(k.live(Approver)) > 1 }

// find returns the key of a name; nil if there is none.
func (k *keyring) find(name string) *Key {
	i := slices.IndexFunc(k.keys, func(key *Key) bool { return key.Name == name })
	if i < 0 {
		return nil
	}
	return k.keys[i]
}

// Verifier implements note.Verifiers: revoked keys are known, so that their
// signatures are told from forged ones.
func (k *keyring) Verifier(name string, hash uint32) (note.Verifier, error) {
	if k.own.Signer != nil && k.own.Name() == name && k.own.KeyHash() == hash {
		return k.own.verifier, nil
	}
	for _, key := range k.keys {
		if key.verifier.Name() == name && key.verifier.KeyHash() == hash {
			if k.later != nil {
				return postponed{key.verifier, key, k.later}, nil
			}
			return key.verifier, nil
		}
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// A postponed verifier has signatures verified later.
type postponed struct {
	note.Verifier
	key   *Key
	later func(k *Key, message, sig []byte)
}

// Verify puts a signature off.
func (p postponed) Verify(message, sig []byte) bool {
	p.later(p.key, message, sig)
	return true
}

// open reads a signed note and returns its page and who signed it. Every
// signature must be a valid one by a key that is registered and not revoked.
func (k *keyring) open(text []byte) (string, []*Key, error) {
	n, err := note.Open(text, k)
	var unverified *note.UnverifiedNoteError
	var bad *note.InvalidSignatureError
	switch {
	case errors.As(err, &bad):
		return "", nil, &Refusal{Reason: ErrForged, Detail: fmt.Sprintf("the signature of %s is not of this text", bad.Name),
			Hint: "somebody changed the text or made up the signature: start anew"}
	case errors.As(err, &unverified):
		return "", nil, unknownKey(unverified.Note.UnverifiedSigs)
	case err != nil:
		return "", nil, invalid("not a signed note: %v", err)
	case len(n.UnverifiedSigs) > 0:
		return "", nil, unknownKey(n.UnverifiedSigs)
	}
	var who []*Key
	for _, s := range n.Sigs {
		if k.own.Signer != nil && s.Name == k.own.Name() {
			who = append(who, &Key{Name: s.Name})
			continue
		}
		key := k.find(s.Name)
		if key.Revoked != nil {
			return "", nil, key.isRevoked()
		}
		who = append(who, key)
	}
	return n.Text, who, nil
}

func (k *Key) isRevoked() error {
	return &Refusal{Reason: ErrUnsigned, Detail: fmt.Sprintf("%s was revoked on %s", k.Name, k.Revoked.Format(time.DateOnly)),
		Hint: "throng ledger key list shows whose signature counts"}
}

// openAny reads a note that the key of a name signed, revoked or not.
func (k *keyring) openAny(text []byte, name string) (string, error) {
	key := k.find(name)
	if key == nil {
		return "", errors.New("no such key")
	}
	n, err := note.Open(text, note.VerifierList(key.verifier))
	if err != nil {
		return "", err
	}
	return n.Text, nil
}

func unknownKey(sigs []note.Signature) error {
	var names []string
	for _, s := range sigs {
		names = append(names, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
	}
	return &Refusal{Reason: ErrUnsigned, Detail: "this ledger does not know the key " + strings.Join(names, ", "),
		Hint: "throng ledger key list shows whose signature counts; the owner registers a key: throng ledger key add --role ROLE VERIFIER"}
}

// decides refuses signers that may not decide about keys and accounts: one
// owner may, or two approvers; the ledger's own key as long as there are
// neither.
func (k *keyring) decides(who []*Key) error {
	if !k.closed() && len(who) == 1 && who[0].Name == k.own.Name() {
		return nil
	}
	approvers := 0
	for _, key := range who {
		switch key.Role {
		case Owner:
			return nil
		case Approver:
			approvers++ // each key once: names and public keys are unique
		}
	}
	if approvers > 1 {
		return nil
	}
	return k.undecided()
}

func (k *keyring) undecided() error {
	return &Refusal{Reason: ErrUnsigned, Detail: "it takes an owner's key, or two approvers'",
		Hint: "sign with --key FILE; " + k.whom(Owner, Approver)}
}

// names writes the names of keys as entries do.
func names(keys []*Key) string {
	var all []string
	for _, key := range keys {
		all = append(all, key.Name)
	}
	return strings.Join(all, ",")
}

// whom names who may be asked.
func (k *keyring) whom(roles ...string) string {
	var names []string
	for _, role := range roles {
		for _, key := range k.live(role) {
			names = append(names, key.Name+" ("+role+")")
		}
	}
	if len(names) == 0 {
		return "no key of that role is registered; the owner of the ledger registers one: throng ledger key add --role " + roles[0] + " VERIFIER"
	}
	return "ask " + strings.Join(names, ", ")
}
