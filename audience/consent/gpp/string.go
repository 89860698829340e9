// SPDX-License-Identifier: Apache-2.0

package gpp

import (
	"errors"
	"fmt"
	"strings"
)

// MaxLength is the longest string that is read, in bytes. Real ones have a few
// hundred.
const MaxLength = 16 << 10

// maxID is the largest id of a section that the header may name: ids are few and
// given out one by one.
const maxID = 1000

// A String is one GPP string.
type String struct {
	Version  int
	Sections []Section // in the order of the header
}

// A Section is one of its sections, not yet decoded.
type Section struct {
	ID   int
	Text string
}

var errShort = errors.New("gpp: the string ends too early")

// Parse splits a string into its sections and checks its header.
func Parse(s string) (*String, error) {
	if len(s) > MaxLength {
		return nil, fmt.Errorf("gpp: longer than %d bytes", MaxLength)
	}
	parts := strings.Split(s, "~")
	b, err := bitsOf(parts[0])
	if err != nil {
		return nil, err
	}
	if typ, err := b.int(6); err != nil || typ != 3 {
		return nil, errors.New("gpp: no header")
	}
	version, err := b.int(6)
	if err != nil {
		return nil, err
	}
	if version != 1 {
		return nil, fmt.Errorf("gpp: version %d is unknown", version)
	}
	ids, err := b.fibonacciRange(len(parts) - 1)
	if err != nil {
		return nil, err
	}
	if err := b.end(); err != nil {
		return nil, err
	}
	if len(ids) != len(parts)-1 {
		return nil, errors.New("gpp: the header names other sections than there are")
	}
	out := &String{Version: version}
	for i, id := range ids {
		out.Sections = append(out.Sections, Section{id, parts[i+1]})
	}
	return out, nil
}

// bits is a sequence of bits, six in a letter.
type bits struct {
	text string
	at   int // in bits
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

var sextet = func() (t [256]int8) {
	for i := range t {
		t[i] = int8(strings.IndexByte(alphabet, byte(i)))
	}
	return t
}()

func bitsOf(text string) (*bits, error) {
	if text == "" {
		return nil, errShort
	}
	for i := range len(text) {
		if sextet[text[i]] < 0 {
			return nil, errors.New("gpp: a letter that base64url does not have")
		}
	}
	return &bits{text: text}, nil
}

// left returns how many bits there still are.
func (b *bits) left() int { return 6*len(b.text) - b.at }

func (b *bits) bit() (int, error) {
	if b.left() < 1 {
		return 0, errShort
	}
	v := int(sextet[b.text[b.at/6]]) >> (5 - b.at%6) & 1
	b.at++
	return v, nil
}

// int reads a number of n bits, the highest first; n is at most 16.
func (b *bits) int(n int) (int, error) {
	v := 0
	for range n {
		bit, err := b.bit()
		if err != nil {
			return 0, err
		}
		v = v<<1 | bit
	}
	return v, nil
}

// end demands that nothing but padding is left: zeros, and no more than writers
// add to fill up bytes and groups of four letters.
func (b *bits) end() error {
	if b.left() > 24 {
		return errors.New("gpp: more bits than the specification has")
	}
	for b.left() > 0 {
		if bit, _ := b.bit(); bit != 0 {
			return errors.New("gpp: padding that is not zero")
		}
	}
	return nil
}

// fibonacci reads a number in Fibonacci coding: the sum of the Fibonacci numbers
// whose bits are set, after which a second set bit ends it.
func (b *bits) fibonacci() (int, error) {
	v, last := 0, 0
	for x, y := 1, 2; ; x, y = y, x+y {
		bit, err := b.bit()
		if err != nil {
			return 0, err
		}
		if bit == 1 && last == 1 {
			return v, nil
		}
		if bit == 1 {
			v += x
		}
		if last = bit; x > maxID {
			return 0, errors.New("gpp: a section's number is beyond all there are")
		}
	}
}

// fibonacciRange reads the header's list of ids, which rise. It stops at the
// first one too many: a few bits can name thousands.
func (b *bits) fibonacciRange(most int) ([]int, error) {
	entries, err := b.int(12)
	if err != nil {
		return nil, err
	}
	var ids []int
	last := 0
	for range entries {
		group, err := b.bit()
		if err != nil {
			return nil, err
		}
		from, err := b.fibonacci()
		if err != nil {
			return nil, err
		}
		first := last + from
		last = first
		if group == 1 {
			more, err := b.fibonacci()
			if err != nil {
				return nil, err
			}
			last += more
		}
		if last > maxID || len(ids)+last-first+1 > most {
			return nil, errors.New("gpp: the header names more sections than there are")
		}
		for id := first; id <= last; id++ {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
