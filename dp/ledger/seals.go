// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"

	"filippo.io/edwards25519"
)

// A seal is a signature that somebody's key made of a message.
type seal struct {
	seq         int64 // number of the entry
	reservation string
	key         *Key
	message     []byte
	sig         []byte
}

// sealBatch is how many seals one equation verifies: more gain little, and their
// tables leave the cache.
const sealBatch = 256

// firstForged returns the first seal that its key did not make; nil if all are
// sound.
func firstForged(all []seal) *seal {
	for len(all) > 0 {
		part := all[:min(len(all), sealBatch)]
		if !allHold(part) {
			for i := range part {
				if s := &part[i]; !ed25519.Verify(s.key.public, s.message, s.sig) {
					return s
				}
			}
			return &part[0] // the one equation does not hold, and all others do: there is no such thing
		}
		all = all[len(part):]
	}
	return nil
}

// allHold verifies Ed25519 signatures by one equation (Bernstein et al.,
// High-speed high-security signatures, §5, 2012): for random z of 128 bits,
//
//	8·[Σ zᵢSᵢ]B = 8·Σ [zᵢ]Rᵢ + 8·Σ [zᵢkᵢ]Aᵢ, where kᵢ = SHA-512(Rᵢ, Aᵢ, messageᵢ).
//
// One takes 8 µs so, and 36 µs alone. If any does not hold, the equation does
// with a probability of at most 2⁻¹²⁸. The factor 8 is the cofactor of RFC 8032,
// 5.1.7: without it a signature that holds up to a point of small order, which
// only who has the key can make, would pass or not by chance.
func allHold(seals []seal) bool {
	sum := newEquation(len(seals))
	random := make([]byte, 16*len(seals))
	rand.Read(random) // never fails: the process ends where there is no randomness
	for i := range seals {
		if !sum.add(&seals[i], random[16*i:16*i+16]) {
			return false
		}
	}
	return sum.holds()
}

// An equation has a term for each signature, one for each key and one for B.
type equation struct {
	scalars []*edwards25519.Scalar
	points  []*edwards25519.Point
	keys    map[*Key]int // places of their terms
}

func newEquation(n int) *equation {
	e := &equation{scalars: make([]*edwards25519.Scalar, 0, n+2), points: make([]*edwards25519.Point, 0, n+2), keys: map[*Key]int{}}
	e.term(edwards25519.NewScalar(), edwards25519.NewGeneratorPoint())
	return e
}

func (e *equation) term(s *edwards25519.Scalar, p *edwards25519.Point) int {
	e.scalars, e.points = append(e.scalars, s), append(e.points, p)
	return len(e.points) - 1
}

// add adds z times the equation of one signature; false if it is none.
func (e *equation) add(s *seal, random []byte) bool {
	if len(s.sig) != ed25519.SignatureSize {
		return false
	}
	at, known := e.keys[s.key]
	if !known {
		a, err := new(edwards25519.Point).SetBytes(s.key.public)
		if err != nil {
			return false
		}
		at = e.term(edwards25519.NewScalar(), a)
		e.keys[s.key] = at
	}
	r, err := new(edwards25519.Point).SetBytes(s.sig[:32])
	if err != nil {
		return false
	}
	half, err := edwards25519.NewScalar().SetCanonicalBytes(s.sig[32:])
	if err != nil {
		return false
	}
	z, err := edwards25519.NewScalar().SetCanonicalBytes(append(random[:16:16], make([]byte, 16)...))
	if err != nil {
		return false
	}
	k, err := scalar(s.sig[:32], s.key.public, s.message)
	if err != nil {
		return false
	}
	e.term(z, r)
	e.scalars[at].MultiplyAdd(z, k, e.scalars[at])
	e.scalars[0].MultiplyAdd(z, half, e.scalars[0])
	return true
}

func (e *equation) holds() bool {
	e.scalars[0].Negate(e.scalars[0])
	sum := new(edwards25519.Point).VarTimeMultiScalarMult(e.scalars, e.points)
	return sum.MultByCofactor(sum).Equal(edwards25519.NewIdentityPoint()) == 1
}

// scalar is SHA-512 of the parts, as Ed25519 takes it.
func scalar(parts ...[]byte) (*edwards25519.Scalar, error) {
	sum := sha512.Sum512(bytes.Join(parts, nil))
	return edwards25519.NewScalar().SetUniformBytes(sum[:])
}
