// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"unicode/utf8"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// Codes packs a column of keys, batch after batch: once for each entry of a
// dictionary, and where there is none, those that are picked. Its zero value is
// ready; it belongs to one goroutine.
type Codes struct {
	// Hash is HashText or another hash of Verbatim keys; it may be nil. Their codes
	// are then its value, and the Span where their text stands: its length in the
	// upper half.
	Hash func(text []byte) (hash uint64, ascii bool)

	index []uint32     // nil: keys are those of the rows
	texts *event.Texts // of the column or its dictionary, or
	ints  []int64      // integers,
	null  []bool       // of which these are nobody's; nil: none
	dict  uint64

	list  []Code // of the dictionary's entries
	forms []Form

	picked []Code // scratch of Pick
	which  []Form
	packed event.Texts // of a vector that is not

	whose bool     // keys are those of a Map's people: they have no texts
	rows  []uint32 // as index, of keys that are those of the rows
	name  []byte   // scratch of Text and Name
}

// Turn turns to another batch's column.
func (k *Codes) Turn(v *event.Vector) {
	d := v.Dict
	if d == nil {
		k.index, k.dict = nil, 0
		k.use(v.Kind, v.Texts, v.Null, v.Int, v.String)
		return
	}
	k.index = v.Index
	if k.dict == d.ID {
		return
	}
	k.dict = d.ID
	k.use(v.Kind, d.Texts, d.Null, d.Int, d.String)
	n := d.Len()
	k.list, k.forms = sized(k.list, n), sized(k.forms, n)
	for i := range k.list {
		k.list[i], k.forms[i] = k.code(i)
	}
}

// code packs a value of the column or its dictionary.
func (k *Codes) code(i int) (Code, Form) {
	if k.texts != nil {
		return k.ofText(k.texts.Spans[i])
	}
	if k.null != nil && k.null[i] {
		return Code{}, Nobody
	}
	return Code{Lo: uint64(k.ints[i])}, Integer
}

func (k *Codes) ofText(s event.Span) (Code, Form) {
	if c, form := shortCode(k.texts.Bytes, s); form != Nobody {
		return c, form
	}
	text := k.texts.Bytes[s.At : s.At+s.Len]
	if k.Hash == nil {
		return longCode(text)
	}
	c, form := unread(text)
	if form != Verbatim {
		return c, form
	}
	hash, ascii := k.Hash(text)
	if !ascii && !utf8.Valid(text) {
		return Code{}, Nobody
	}
	return Code{hash, uint64(s.Len)<<32 | uint64(s.At)}, Verbatim
}

// Long returns the text of a Verbatim key, of its code as Pick returned it with a
// Hash. It is valid until the next Turn.
func (k *Codes) Long(c Code) []byte {
	at, size := c.Hi&(1<<32-1), c.Hi>>32
	return k.texts.Bytes[at : at+size]
}

// Texts returns the bytes in which the texts of Verbatim keys stand.
func (k *Codes) Texts() []byte { return k.texts.Bytes }

// Pick returns the codes and forms of some rows' keys, until the next Pick.
func (k *Codes) Pick(rows []uint32) ([]Code, []Form) {
	k.picked, k.which = sized(k.picked, len(rows)), sized(k.which, len(rows))
	list, forms := k.picked, k.which[:len(k.picked)]
	if k.index != nil {
		for i, row := range rows {
			at := k.index[row]
			list[i], forms[i] = k.list[at], k.forms[at]
		}
		return list, forms
	}
	if k.texts == nil {
		for i, row := range rows {
			list[i], forms[i] = k.code(int(row))
		}
		return list, forms
	}
	texts, spans := k.texts.Bytes, k.texts.Spans
	for i, row := range rows {
		s := spans[row]
		c, form := shortCode(texts, s)
		if form == Nobody {
			c, form = k.ofText(s)
		}
		list[i], forms[i] = c, form
	}
	return list, forms
}

// Nobody tells whether a row has no key.
func (k *Codes) Nobody(row int) bool {
	_, form := k.raw(row)
	return form == Nobody
}

// Text returns the bytes of a row's key. They are valid until the next call.
func (k *Codes) Text(row int) []byte {
	if k.index != nil {
		row = int(k.index[row])
	}
	return k.text(row)
}

// text returns the bytes of a key of the column or its dictionary.
func (k *Codes) text(i int) []byte {
	if k.texts != nil {
		return k.texts.Text(i)
	}
	k.name = k.name[:0]
	if c, form := k.code(i); form != Nobody {
		k.name = c.AppendText(k.name, form)
	}
	return k.name
}

// Name returns bytes that only one key has: its text, or of a Map's people a
// name. They are valid until the next call.
func (k *Codes) Name(row int) []byte {
	if !k.whose {
		return k.Text(row)
	}
	at := k.index[row]
	k.name = Key{k.list[at], k.forms[at]}.name(k.name[:0])
	return k.name
}

// TurnNames turns to rows whose keys have these names.
func (k *Codes) TurnNames(names []string) {
	if !k.whose {
		k.Turn(&event.Vector{Kind: rule.String, String: names})
		return
	}
	k.blank(len(names))
	for i, name := range names {
		of := KeyOfName(name)
		k.list[i], k.forms[i] = of.Code, of.Form
	}
}

// blank makes room for so many rows' keys, each with one of its own.
func (k *Codes) blank(rows int) {
	for i := len(k.rows); i < rows; i++ {
		k.rows = append(k.rows, uint32(i))
	}
	k.index, k.dict = k.rows[:rows], 0
	k.list, k.forms = sized(k.list, rows), sized(k.forms, rows)
}

// raw returns a row's key.
func (k *Codes) raw(row int) (Code, Form) {
	if k.index != nil {
		return k.list[k.index[row]], k.forms[k.index[row]]
	}
	return k.code(row)
}

// use turns to the values of a column or its dictionary.
func (k *Codes) use(kind rule.Kind, texts *event.Texts, null []bool, ints []int64, strings []string) {
	k.texts, k.ints, k.null = texts, ints, null
	if kind != rule.Int && texts == nil {
		k.pack(kind, null, strings)
		k.texts = &k.packed
	}
}

// sized returns s with n elements, of its memory if that suffices.
func sized[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return make([]T, n, n+n/4)
}

// pack writes canonical keys behind one another. What cannot be a key is
// nobody's: it takes no bytes.
func (k *Codes) pack(kind rule.Kind, null []bool, strings []string) {
	p := &k.packed
	p.Bytes, p.Spans = p.Bytes[:0], p.Spans[:0]
	for i := range max(len(strings), len(null)) {
		at := uint32(len(p.Bytes))
		if (null == nil || !null[i]) && kind == rule.String && len(strings[i]) <= MaxBytes {
			p.Bytes = append(p.Bytes, strings[i]...)
		}
		p.Spans = append(p.Spans, event.Span{At: at, Len: uint32(len(p.Bytes)) - at})
	}
	p.Bytes = append(p.Bytes, make([]byte, event.TextPadding)...)
}
