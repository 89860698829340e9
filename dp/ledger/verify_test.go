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

// TestForgedSeals: many signatures at once hold exactly where each of them does,
// for two keys, and whichever bit of which one is another.
func TestForgedSeals(t *testing.T) {
	var keys []*Key
	var private []ed25519.PrivateKey
	for range 2 {
		public, p, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys, private = append(keys, &Key{public: public}), append(private, p)
	}
	sound := func() (all []seal) {
		for i := range 2*sealBatch + 7 {
			message := []byte{byte(i), byte(i >> 8)}
			all = append(all, seal{seq: int64(i), key: keys[i%2], message: message, sig: ed25519.Sign(private[i%2], message)})
		}
		return all
	}
	if s := firstForged(sound()); s != nil {
		t.Errorf("%d is taken for forged", s.seq)
	}
	for i, change := range map[int]func(s *seal){
		0:               func(s *seal) { s.sig[0] ^= 1 },
		7:               func(s *seal) { s.sig[33] ^= 64 },
		sealBatch - 1:   func(s *seal) { s.sig[63] |= 0xf0 }, // beyond the group's order
		sealBatch:       func(s *seal) { s.message = append(s.message, 0) },
		sealBatch + 100: func(s *seal) { s.key = keys[(s.seq+1)%2] },
		2 * sealBatch:   func(s *seal) { s.sig = s.sig[:63] },
		2*sealBatch + 6: func(s *seal) { s.sig = make([]byte, 64) },
	} {
		for _, step := range []int{len(keys) * len(sound()), 50} { // alone, and with later ones, which are not the first
			all := sound()
			change(&all[i])
			for j := i + step; j < len(all); j += step {
				all[j].sig[5] ^= 8
			}
			if s := firstForged(all); s == nil || s.seq != int64(i) {
				t.Errorf("of %d: %+v", i, s)
			}
		}
	}
}
