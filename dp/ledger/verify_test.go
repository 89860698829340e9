// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"
)

// TestNegativeCost: a reservation that would give budget away is no entry, though
// what others hold would hide it.
func TestNegativeCost(t *testing.T) {
	v := newVerifier(&keyring{ledger: "x"})
	v.accounts["shop"] = &terms{Account: Account{Name: "shop"}, caps: Cost{Epsilon: 10}}
	at := time.Date(2026, 3, 13, 0, 0, 0, 0, time.UTC)
	m := Meta{}
	for i, c := range []Cost{{Epsilon: 5}, {Epsilon: -3}} {
		r := Record{Entry: Entry{Type: typeReserve, At: at, Account: "shop", Cost: c}, Reservation: string(rune('a' + i))}
		m.Link(&r)
		if wrong := v.next(&r); (wrong != "") != (c.Epsilon < 0) {
			t.Errorf("a cost of %+v: %q", c, wrong)
		}
	}
}

// TestNotaryIsEd25519: the second half of a signature that the notary computes is
// that of crypto/ed25519, for the keys and messages that there are.
func TestNotaryIsEd25519(t *testing.T) {
	l := &Ledger{key: func() []byte { return make([]byte, KeySize) }}
	for i := range 200 {
		id := random()
		n, err := l.newNotary(id)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := l.ownSeed(id)
		if err != nil {
			t.Fatal(err)
		}
		message := make([]byte, i)
		rand.Read(message)
		want := ed25519.Sign(ed25519.NewKeyFromSeed(seed), message)
		if s, err := n.s(want[:32], string(message)); err != nil || string(s) != string(want[32:]) {
			t.Fatalf("%x, %v; want %x", s, err, want[32:])
		}
	}
}
