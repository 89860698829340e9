// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The roles of keys. An owner opens accounts, registers keys and signs what lies
// beside the data; an author signs a plan as its author; an approver signs what
// a plan counts and its price, and two of them a grant; a runner signs the
// reservation of a build, and once there is one nobody else builds. An auditor
// signs nothing: the key says who reads, and is refused for everything else.
const (
	Owner    = "owner"
	Author   = "author"
	Approver = "approver"
	Runner   = "runner"
	Auditor  = "auditor"
)

// Roles lists them all.
var Roles = []string{Owner, Author, Approver, Runner, Auditor}

// A Key is a key that the ledger knows: one name, one public key, one role, for
// good. It may be revoked, and neither its name nor its public key comes back.
type Key struct {
	Name     string     `json:"name"`
	Role     string     `json:"role"`
	Verifier string     `json:"verifier"` // as C2SP signed notes write it
	Added    time.Time  `json:"added"`
	By       string     `json:"by"` // names of the keys that signed it in
	Revoked  *time.Time `json:"revoked"`
	Reason   string     `json:"reason,omitempty"` // of the revocation

	public   []byte
	verifier note.Verifier
}

// Signs reports whether a signer has this very key, not only its name.
func (k *Key) Signs(s Signer) bool {
	return k.verifier != nil && k.verifier.Name() == s.Name() && k.verifier.KeyHash() == s.KeyHash()
}

var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$`)

// NewKey returns a new Ed25519 key in the format of signed notes: the line that
// stays secret, and the one that is told.
func NewKey(name string) (private, verifier string, err error) {
	if !keyName.MatchString(name) {
		return "", "", invalid("a key's name is up to 64 letters, digits and _ . @ -, and starts with a letter or digit")
	}
	return note.GenerateKey(rand.Reader, name)
}

// revoked is the reason of an entry that revokes a key.
const revoked = "revoked"

// A Signer signs notes with a private key.
type Signer = note.Signer

// SignerOf reads the secret line of NewKey. Its errors do not quote it.
func SignerOf(private string) (Signer, error) {
	s, err := note.NewSigner(strings.TrimSpace(private))
	if err != nil {
		return nil, &Refusal{Reason: ErrKey, Detail: "it does not hold a private key of a signed note", Hint: "throng key new NAME makes one"}
	}
	return s, nil
}

// readVerifier reads the line of a public key.
func readVerifier(line string) (*Key, error) {
	v, err := note.NewVerifier(line)
	if err != nil || !keyName.MatchString(v.Name()) {
		return nil, invalid("not a verifier line: it reads NAME+8 digits+base64, as `throng key new NAME` prints it")
	}
	parts := strings.SplitN(line, "+", 3)
	public, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, invalid("not a verifier line")
	}
	// The first byte names the algorithm, which the verifier knows.
	return &Key{Name: v.Name(), Verifier: line, public: public[1:], verifier: v}, nil
}

// AddKey registers a key under a role. It takes the signature of one owner or
// two approvers; as long as there are neither, the ledger's own key signs, which
// whoever opened the ledger holds. A name or public key that was ever registered
// is ErrTaken.
func (l *Ledger) AddKey(ctx context.Context, role, verifier string, signers ...Signer) error {
	return l.aboutKeys(ctx, role, signers, func(m Meta) *page {
		return newPage("key", "ledger", m.ID, "entry", strconv.FormatInt(m.Size+1, 10), "role", role, "verifier", verifier)
	})
}

// RevokeKey takes a key out of use, for good. What it signed before stands, but
// for approvals: they count no longer. A key whose loss would leave nobody to
// decide about keys is not revoked.
func (l *Ledger) RevokeKey(ctx context.Context, name, reason string, signers ...Signer) error {
	if err := oneLine(reason); err != nil {
		return err
	}
	return l.aboutKeys(ctx, revoked, signers, func(m Meta) *page {
		return newPage("revoke", "ledger", m.ID, "entry", strconv.FormatInt(m.Size+1, 10), "name", name, "reason", reason)
	})
}

// aboutKeys signs a page and adds it, if the keyring takes it.
func (l *Ledger) aboutKeys(ctx context.Context, what string, signers []Signer, write func(m Meta) *page) error {
	return l.update(ctx, func(tx Tx, now time.Time) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		text, err := l.sign(k, write(m).text(), signers)
		if err != nil {
			return err
		}
		r := Record{Entry: Entry{Seq: m.Size + 1, Type: typeKey, At: now, Reason: what, Actor: actors(signers, k)}, Text: text}
		if err := k.take(r); err != nil {
			return err
		}
		return tx.Append(r)
	})
}

// Keys returns all keys that were ever registered, in that order.
func (l *Ledger) Keys(ctx context.Context) (all []Key, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		for _, key := range k.keys {
			all = append(all, *key)
		}
		return nil
	})
	return all, err
}

// sign signs a page with the keys that were given, or with the ledger's own as
// long as that decides.
func (l *Ledger) sign(k *keyring, text string, signers []Signer) ([]byte, error) {
	if len(signers) == 0 {
		if k.closed() {
			return nil, k.undecided()
		}
		signers = []Signer{k.own}
	}
	return note.Sign(&note.Note{Text: text}, signers...)
}

// actors writes the names of those who sign.
func actors(signers []Signer, k *keyring) string {
	if len(signers) == 0 {
		return k.own.Name()
	}
	var names []string
	for _, s := range signers {
		if !slices.Contains(names, s.Name()) {
			names = append(names, s.Name())
		}
	}
	return strings.Join(names, ",")
}
