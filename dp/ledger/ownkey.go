// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// An ownKey is the ledger's, derived from the key that opens it.
type ownKey struct {
	note.Signer
	verifier note.Verifier
	line     string // the verifier's
	public   []byte
}

// ownKey derives the ledger's own signing key, so that nothing more has to be
// kept.
func (l *Ledger) ownKey(id string) (ownKey, error) {
	seed, err := l.ownSeed(id)
	if err != nil {
		return ownKey{}, err
	}
	return ownKeyOf(logName(id), seed)
}

func (l *Ledger) ownSeed(id string) ([]byte, error) { return l.derive("checkpoint", id) }

// ownKeyOf makes an Ed25519 key of a seed.
func ownKeyOf(name string, seed []byte) (o ownKey, err error) {
	public, ok := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	if !ok {
		return o, errors.New("no public key")
	}
	o.public = public
	if o.line, err = note.NewEd25519VerifierKey(name, public); err != nil {
		return o, err
	}
	if o.verifier, err = note.NewVerifier(o.line); err != nil {
		return o, err
	}
	// In the format of note.GenerateKey, whose 1 stands for Ed25519.
	private := base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))
	o.Signer, err = note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, o.verifier.KeyHash(), private))
	return o, err
}
