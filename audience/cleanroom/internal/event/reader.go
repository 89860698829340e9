// SPDX-License-Identifier: Apache-2.0

package event

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/throng-dp/throng/audience/rule"
)

// A reader hands out the rows of one column of a row group, a few at a time.
// What it has decoded and not yet handed out waits in its arrays, from off on.
type reader struct {
	pages *pages
	conv  converter
	rows  int64 // that the footer says
	seen  int64 // in pages so far

	head *pageHeader // of the next data page; nil: to be read, or none is left
	done bool

	slices *slicer // a page that is not decoded whole; nil: none

	dict  *Dict
	plain bool // what waits is plain
	off   int
	count int // rows that wait, those before off included
	index []uint32
	null  []bool
	any   bool // a row is null, as far as null goes
	vals  values
	keys  bool  // texts stay packed
	texts Texts // what waits, with keys

	keyTexts Texts // of the dictionary, with keys
	keyNulls []bool
	keyInts  []int64
	reuse    bool // the dictionary's integers stand in keyInts

	// scratch of one page
	raw   raw
	have  []bool
	seats []byte // definition levels
	picks []int32

	out Vector
}

var dicts atomic.Uint64

// reset turns to another chunk and keeps the memory.
func (r *reader) reset(file io.ReaderAt, l *leaf, k *chunk) {
	r.pages.reset(file, l, k)
	r.raw.reset()
	*r = reader{pages: r.pages, index: r.index[:0], null: r.null[:0],
		vals:  values{ints: r.vals.ints[:0], doubles: r.vals.doubles[:0], texts: r.vals.texts[:0]},
		texts: Texts{r.texts.Bytes[:0], r.texts.Spans[:0]}, keyTexts: r.keyTexts, keyNulls: r.keyNulls, keyInts: r.keyInts, raw: r.raw, have: r.have[:0], seats: r.seats[:0], picks: r.picks[:0]}
}

// fill decodes pages until want rows wait, or all that can stand in one vector:
// a chunk may change from a dictionary to plain pages in between.
func (r *reader) fill(ctx context.Context, want int) error {
	if r.off == r.count {
		r.drop()
	}
	for r.count-r.off < want {
		if r.slices != nil {
			if r.off > 0 {
				r.drop()
			}
			if err := r.nextSlice(); err != nil {
				return err
			}
			continue
		}
		if err := r.peek(ctx); err != nil || r.head == nil {
			return err
		}
		plain := !isDictionary(r.head.encoding)
		if plain != r.plain && r.count > r.off {
			return nil
		}
		if r.off > 0 {
			r.drop()
		}
		r.plain = plain
		h := r.head
		r.head = nil
		if err := r.page(h); err != nil {
			return err
		}
	}
	return nil
}

// peek finds the next data page and reads the dictionary on its way there.
func (r *reader) peek(ctx context.Context) error {
	for r.head == nil && !r.done {
		h, err := r.pages.next(ctx)
		switch {
		case err != nil:
			return err
		case h == nil:
			r.done = true
			if r.seen != r.rows {
				return damaged("a column holds fewer values than the file has rows")
			}
		case h.typ == pageDictionary:
			if r.dict != nil || r.seen > 0 {
				return damaged("a column has two dictionaries")
			}
			if err := r.dictionary(h); err != nil {
				return err
			}
		default:
			r.head = h
		}
	}
	return nil
}

func isDictionary(encoding int32) bool {
	return encoding == encDictionary || encoding == encPlainDictionary
}

// drop forgets the rows that were handed out.
func (r *reader) drop() {
	r.index = rest(r.index, r.off)
	r.null = rest(r.null, r.off)
	r.vals.ints = rest(r.vals.ints, r.off)
	r.vals.doubles = rest(r.vals.doubles, r.off)
	r.vals.texts = rest(r.vals.texts, r.off)
	r.texts.drop(r.off)
	r.count -= r.off
	r.off = 0
	r.any = r.any && r.count > 0
}

func rest[T any](s []T, off int) []T {
	if len(s) == 0 {
		return s
	}
	return s[:copy(s, s[off:])]
}

// take hands out the next n rows.
func (r *reader) take(n int) *Vector {
	r.out = Vector{Kind: r.conv.kind}
	lo, hi := r.off, r.off+n
	r.off = hi
	if !r.plain {
		r.out.Dict, r.out.Index = r.dict, r.index[lo:hi]
		return &r.out
	}
	if r.any {
		r.out.Null = r.null[lo:hi]
	}
	switch r.conv.kind {
	case rule.Double:
		r.out.Double = r.vals.doubles[lo:hi]
	case rule.String:
		if r.keys {
			r.out.Texts = &Texts{r.texts.Bytes, r.texts.Spans[lo:hi]}
			break
		}
		r.out.String = r.vals.texts[lo:hi]
	default:
		r.out.Int = r.vals.ints[lo:hi]
	}
	return &r.out
}
