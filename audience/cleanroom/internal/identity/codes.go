// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"strconv"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// Codes packs a column of keys, batch after batch, once for each entry of a
// dictionary. Its zero value is ready; it belongs to one goroutine.
type Codes struct {
	List  []Code
	Forms []Form

	index []uint32 // nil: keys are those of the rows
	texts *event.Texts
	dict  uint64

	packed event.Texts // of a vector that is not
}

// Turn turns to another batch's column. It returns true if the codes are those
// of a dictionary, and still the last ones.
func (k *Codes) Turn(v *event.Vector) (same bool) {
	d := v.Dict
	if d == nil {
		k.index, k.dict = nil, 0
		k.read(v.Kind, v.Texts, v.Null, v.Int, v.String)
		return false
	}
	k.index = v.Index
	if k.dict == d.ID {
		return true
	}
	k.dict = d.ID
	k.read(v.Kind, d.Texts, d.Null, d.Int, d.String)
	return false
}

// At returns the place of a row's key in List and Forms.
func (k *Codes) At(row int) int {
	if k.index != nil {
		return int(k.index[row])
	}
	return row
}

// Index returns the rows' places in List; nil: row i's is i.
func (k *Codes) Index() []uint32 { return k.index }

// Text returns the bytes of the key at a place. They are valid until the next
// Turn.
func (k *Codes) Text(place int) []byte { return k.texts.Text(place) }

func (k *Codes) read(kind rule.Kind, texts *event.Texts, null []bool, ints []int64, strings []string) {
	if texts == nil {
		k.pack(kind, null, ints, strings)
		texts = &k.packed
	}
	k.texts = texts
	n := len(texts.Spans)
	if cap(k.List) < n {
		k.List, k.Forms = make([]Code, n+n/4), make([]Form, n+n/4)
	}
	k.List, k.Forms = k.List[:n], k.Forms[:n]
	for i, s := range texts.Spans {
		k.List[i], k.Forms[i] = codeOf(texts.Bytes, s)
	}
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
