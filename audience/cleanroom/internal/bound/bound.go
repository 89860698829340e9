// SPDX-License-Identifier: Apache-2.0

// Package bound chooses the segments that a person over the cap is kept in.
//
// The choice is a function of the person, the segments' ids and a key alone:
// never of the order of rows, the size of a segment or other people. So adding
// a person leaves everybody else's choice as it is, and every table of a build
// counts the same one.
package bound

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
)

// A Chooser keeps at most a number of segments a person. It is not safe for
// concurrent use.
type Chooser struct {
	mac  hash.Hash
	ids  []string
	most int
	in   []choice
	text []byte
}

type choice struct {
	segment int
	digest  [sha256.Size]byte
}

// NewChooser returns a chooser among segments with these ids.
func NewChooser(key []byte, ids []string, most int) *Chooser {
	return &Chooser{mac: hmac.New(sha256.New, key), ids: ids, most: most}
}

// Most returns the cap.
func (c *Chooser) Most() int { return c.most }

// Keep returns those of a person's segments that are kept: the ones with the
// smallest HMAC-SHA-256 of person and id, each behind its length in eight
// bytes. It reorders and returns the slice that it is given.
func (c *Chooser) Keep(person string, segments []int) []int {
	if len(segments) <= c.most {
		return segments
	}
	c.in = c.in[:0]
	for _, s := range segments {
		c.in = append(c.in, choice{s, c.digest(person, c.ids[s])})
	}
	slices.SortFunc(c.in, func(a, b choice) int { return bytes.Compare(a.digest[:], b.digest[:]) })
	for i := range c.most {
		segments[i] = c.in[i].segment
	}
	return segments[:c.most]
}

func (c *Chooser) digest(person, id string) (sum [sha256.Size]byte) {
	c.text = binary.BigEndian.AppendUint64(c.text[:0], uint64(len(person)))
	c.text = append(c.text, person...)
	c.text = binary.BigEndian.AppendUint64(c.text, uint64(len(id)))
	c.text = append(c.text, id...)
	c.mac.Reset()
	c.mac.Write(c.text)
	c.mac.Sum(sum[:0])
	return sum
}
