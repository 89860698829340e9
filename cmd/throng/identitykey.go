// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
)

const (
	identityKeyVariable = "THRONG_IDENTITY_KEY"
	identityKeyBytes    = 32
	identityKeyEpochs   = 2
)

func identityKeyFlag() cli.Flag {
	return &cli.PathFlag{Name: "identity-key", Usage: "hash phone numbers under the key in `FILE` (default $" + identityKeyVariable + ", the key itself)"}
}

// identityKeys reads the keys that phone numbers are hashed under: the current
// one, then the one before it if there is one, each in hex. It returns none if
// none is named: whether the plan needs one is known later.
func (s *session) identityKeys() (cleanroom.PhoneKeys, error) {
	file := s.Path("identity-key")
	if file == "" {
		return parseIdentityKeys("$"+identityKeyVariable, os.Getenv(identityKeyVariable))
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, badIdentityKey(file, "the key file cannot be read", "name the file that holds the key with --identity-key")
	case !info.Mode().IsRegular() || info.Size() > 1024:
		return nil, badIdentityKey(file, "not a key file", "")
	case ledger.KeyIsOpen(info):
		return nil, badIdentityKey(file, fmt.Sprintf("others may read or write it (%04o)", info.Mode().Perm()), "chmod 600 "+file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, badIdentityKey(file, "the key file cannot be read", "")
	}
	keys, err := parseIdentityKeys(file, string(text))
	if err == nil && len(keys) == 0 {
		err = badIdentityKey(file, "the file is empty", "")
	}
	return keys, err
}

// parseIdentityKeys does not wrap causes: they would quote the key.
func parseIdentityKeys(where, text string) (keys cleanroom.PhoneKeys, err error) {
	for _, field := range strings.Fields(text) {
		key, err := hex.DecodeString(field)
		if err != nil || len(key) != identityKeyBytes {
			return nil, badIdentityKey(where, fmt.Sprintf("a key is not %d bytes in hex", identityKeyBytes), "make one with `openssl rand -hex 32`")
		}
		keys = append(keys, key)
	}
	if len(keys) > identityKeyEpochs {
		return nil, badIdentityKey(where, "more than two keys", "the current one first, then the one before it")
	}
	return keys, nil
}

func badIdentityKey(where, msg, hint string) error {
	return &fault.Error{Kind: fault.Key, Code: "key.identity", Where: where, Msg: msg, Hint: hint}
}
