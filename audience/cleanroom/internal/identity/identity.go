// SPDX-License-Identifier: Apache-2.0

// Package identity says what a person's key is: canonical text.
//
// Two rows are one person's if their keys are the same text, byte for byte.
// Nothing is folded: not case, not spaces, not leading zeros. An integer is its
// decimal text and a UUID its lower-case one, so that the integer 7 in one file
// and the string "7" in another are one key: the same table is often written
// with either type, and a choice made under one of them must hold for both.
package identity

import (
	"strconv"
	"unicode/utf8"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// MaxBytes is how long a key may be. A longer one is nobody's.
const MaxBytes = 256

// Text returns the canonical key of a string. What is empty, longer than
// MaxBytes or no UTF-8 is nobody's: "".
func Text(s string) string {
	if len(s) > MaxBytes || !utf8.ValidString(s) {
		return ""
	}
	return s
}

// Valid tells whether bytes are somebody's key.
func Valid(key []byte) bool { return len(key) > 0 && len(key) <= MaxBytes && utf8.Valid(key) }

// Number returns the canonical key of an integer.
func Number(n int64) string { return strconv.FormatInt(n, 10) }

// Keys turns a column of keys into canonical text, batch after batch. Its zero
// value is ready; it belongs to one goroutine.
type Keys struct {
	dict    uint64 // whose entries are in entries; 0: none
	entries []string
	rows    []string
}

// Of returns canonical keys: of each entry of the vector's dictionary, with
// the rows' indexes into them, or, where index is nil, of each row. The empty
// key is nobody's. A vector that cannot hold keys, of doubles or times, is all
// nobody's. keys is valid until the next call.
func (k *Keys) Of(v *event.Vector) (keys []string, index []uint32) {
	if v.Dict == nil {
		n := max(len(v.Int), len(v.String), len(v.Double))
		k.rows = canonical(k.rows[:0], n, v.Kind, v.Null, v.Int, v.String)
		return k.rows, nil
	}
	if k.dict != v.Dict.ID || k.entries == nil {
		k.dict = v.Dict.ID
		k.entries = canonical(k.entries[:0], v.Dict.Len(), v.Kind, v.Dict.Null, v.Dict.Int, v.Dict.String)
	}
	return k.entries, v.Index
}

func canonical(dst []string, n int, kind rule.Kind, null []bool, ints []int64, texts []string) []string {
	for i := range n {
		key := ""
		switch {
		case null != nil && null[i]:
		case kind == rule.Int:
			key = Number(ints[i])
		case kind == rule.String:
			key = Text(texts[i])
		}
		dst = append(dst, key)
	}
	return dst
}
