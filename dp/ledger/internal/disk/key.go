// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/throng-dp/throng/dp/ledger"
)

// MakeKey writes a new key: 32 random bytes in hex and a line feed. It never
// overwrites one.
func MakeKey(file string) error {
	key := make([]byte, ledger.KeySize)
	rand.Read(key) // never fails: the process ends where there is no randomness
	return writeKey(file, key)
}

// TakeKey makes a file hold the key that another holds: of a ledger that moves.
// It reports whether it wrote the file; one that holds this key already stays.
func TakeKey(file, from string) (key []byte, wrote bool, err error) {
	if key, err = ReadKey(from); err != nil {
		return nil, false, err
	}
	if MustNotExist(file) == nil {
		return key, true, writeKey(file, key)
	}
	is, err := ReadKey(file)
	if err == nil && subtle.ConstantTimeCompare(is, key) != 1 {
		err = badKey(file, "it is another key than "+from, "name a file that does not exist yet")
	}
	return key, false, err
}

// writeKey writes a key aside and then gives it its name: no run is left with a
// part of one.
func writeKey(file string, key []byte) error {
	aside := Aside(file)
	f, err := os.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return CannotWrite(file, err)
	}
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = Place(aside, file)
	}
	if err != nil {
		_ = os.Remove(aside)
		return CannotWrite(file, err)
	}
	Sweep(file)
	return nil
}

// ReadKey reads a key that nobody but its owner may read.
func ReadKey(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, badKey(file, Cause(err).Error(), "the key was written when the ledger was made: restore it from a backup, or name it with --key-file")
	}
	if !info.Mode().IsRegular() || info.Size() > 1024 {
		return nil, badKey(file, "not a key file", "")
	}
	if ledger.KeyIsOpen(info) {
		return nil, badKey(file, fmt.Sprintf("others may read or write it (%04o)", info.Mode().Perm()), "chmod 600 "+file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, badKey(file, Cause(err).Error(), "")
	}
	key, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != ledger.KeySize {
		// The cause would quote the key.
		return nil, badKey(file, fmt.Sprintf("it does not hold %d bytes in hex", ledger.KeySize), "restore it from a backup")
	}
	return key, nil
}

func badKey(file, detail, hint string) error {
	return &ledger.Refusal{Reason: ledger.ErrKey, Detail: file + ": " + detail, Hint: hint}
}
