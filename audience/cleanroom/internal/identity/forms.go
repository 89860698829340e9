// SPDX-License-Identifier: Apache-2.0

package identity

import "crypto/sha256"

// Where a plan ties keys of several kinds, a form says also which kind a key is
// of: the integer 7 is one person on one network and another person on the
// next. Forms up to Integer are those of runs without identities.
const (
	Person Form = Integer + 1 + iota // several keys: the number of a person in the frozen map
	Phone                            // the keyed id of a phone number
	own                              // the first of a network's own: Short, Hex, UUID and digests
)

const ownForms = 4

// FormsOf returns how many forms the keys of so many networks have, nobody's
// left out.
func FormsOf(networks int) int { return int(own) - 1 + ownForms*networks }

// Of returns a key as one of a network's own. What is Verbatim becomes a digest
// of 128 bits, so that no text is kept of it; an Integer is the text that it is.
func Of(network int, c Code, f Form, text []byte) (Code, Form) {
	switch f {
	case Nobody:
		return Code{}, Nobody
	case Integer:
		if len(text) <= shortBytes {
			c, f = shortOf(text), Short
			break
		}
		fallthrough
	case Verbatim:
		sum := sha256.Sum256(text)
		c, f = codeOfBytes(sum[:]), Verbatim
	}
	return c, own + Form(ownForms*network) + f - 1
}

// space tells kinds of keys apart: 0 is phone numbers, the networks follow.
func (f Form) space() int {
	if f < own {
		return 0
	}
	return 1 + int(f-own)/ownForms
}

// plain returns the form that the bytes of a code have.
func (f Form) plain() Form {
	if f == Phone {
		return Hex
	}
	if p := (f-own)%ownForms + 1; p != Verbatim {
		return p
	}
	return Hex
}

func codeOfBytes(b []byte) (c Code) {
	for i := range 8 {
		c.Lo, c.Hi = c.Lo<<8|uint64(b[i]), c.Hi<<8|uint64(b[8+i])
	}
	return c
}
