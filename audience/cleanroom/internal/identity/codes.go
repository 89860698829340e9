// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"strconv"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// Codes packs a column of keys, batch after batch: once for each entry of a
// dictionary, and where there is none, those that are picked. Its zero value is
// ready; it belongs to one goroutine.
type Codes struct {
	index []uint32 // nil: keys are those of the rows
	texts *event.Texts
	dict  uint64

	list  []Code // of the dictionary's entries
	forms []Form

	picked []Code // scratch of Pick
	which  []Form
	packed event.Texts // of a vector that is not

	whose bool     // keys are those of a Map's people: they have no texts
	rows  []uint32 // as index, of keys that are those of the rows
	name  []byte   // scratch of Name
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
	n := len(k.texts.Spans)
	k.list, k.forms = sized(k.list, n), sized(k.forms, n)
	for i, s := range k.texts.Spans {
		k.list[i], k.forms[i] = codeOf(k.texts.Bytes, s)
	}
}

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
	texts, spans := k.texts.Bytes, k.texts.Spans
	for i, row := range rows {
		s := spans[row]
		if c, ok := shortCode(texts, s); ok {
			list[i], forms[i] = c, Short
			continue
		}
		list[i], forms[i] = codeOf(texts, s)
	}
	return list, forms
}

// Nobody tells whether a row has no key.
func (k *Codes) Nobody(row int) bool {
	if k.index != nil {
		return k.forms[k.index[row]] == Nobody
	}
	_, form := codeOf(k.texts.Bytes, k.texts.Spans[row])
	return form == Nobody
}

// Text returns the bytes of a row's key. They are valid until the next Turn.
func (k *Codes) Text(row int) []byte {
	if k.index != nil {
		row = int(k.index[row])
	}
	return k.texts.Text(row)
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
	return codeOf(k.texts.Bytes, k.texts.Spans[row])
}

// use turns to the texts of a column or its dictionary.
func (k *Codes) use(kind rule.Kind, texts *event.Texts, null []bool, ints []int64, strings []string) {
	if texts == nil {
		k.pack(kind, null, ints, strings)
		texts = &k.packed
	}
	k.texts = texts
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
func (k *Codes) pack(kind rule.Kind, null []bool, ints []int64, strings []string) {
	p := &k.packed
	p.Bytes, p.Spans = p.Bytes[:0], p.Spans[:0]
	for i := range max(len(ints), len(strings), len(null)) {
		at := uint32(len(p.Bytes))
		switch {
		case null != nil && null[i]:
		case kind == rule.Int:
			p.Bytes = strconv.AppendInt(p.Bytes, ints[i], 10)
		case kind == rule.String && len(strings[i]) <= MaxBytes:
			p.Bytes = append(p.Bytes, strings[i]...)
		}
		p.Spans = append(p.Spans, event.Span{At: at, Len: uint32(len(p.Bytes)) - at})
	}
	p.Bytes = append(p.Bytes, make([]byte, event.TextPadding)...)
}
