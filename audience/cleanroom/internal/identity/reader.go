// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"encoding/binary"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/plan"
)

// A Reader reads the keys of one table where people may have several. It belongs
// to one goroutine.
type Reader struct {
	network   int    // of persons' keys
	holds     string // of phone numbers
	phones    *Phones
	spellings *Spellings
	owners    *Map // nil while ties are collected

	person, phone Codes // of a table that has both
	ids           []Code
	keys          []Key
	older         []bool
}

// NewReader returns a reader for tables of a network. keys are those that phone
// numbers are hashed under, the current one first.
func NewReader(p *plan.Identities, keys [][]byte, network int, holds string, s *Spellings, m *Map) *Reader {
	if holds == "hash" && p.Hash == hmacSHA256 {
		s = nil // it is read at once, and does not tell its epoch
	}
	return &Reader{network: network, holds: holds, phones: NewPhones(p, keys), spellings: s, owners: m}
}

// Turn turns k to the columns of a batch, either of which may be nil: whose each
// row is. A row's keys are tied, so each of them says the same.
func (r *Reader) Turn(k *Codes, rows int, person, phone *event.Vector) {
	k.whose = true
	switch {
	case phone == nil:
		r.turn(k, rows, person, r.own)
	case person == nil:
		r.turn(k, rows, phone, r.number)
	default:
		r.turn(&r.person, rows, person, r.own)
		r.turn(&r.phone, rows, phone, r.number)
		r.merge(k, rows)
	}
}

// turn resolves a column, once for each entry of a dictionary.
func (r *Reader) turn(k *Codes, rows int, v *event.Vector, key func(Code, Form, []byte) Key) {
	if v.Dict != nil && v.Dict.ID == k.dict {
		k.index = v.Index
		return
	}
	k.Turn(v)
	if v.Dict == nil {
		k.blank(rows)
		for i := range rows {
			k.list[i], k.forms[i] = k.code(i)
		}
	}
	for i := range k.list {
		of := r.owners.Resolve(key(k.list[i], k.forms[i], k.text(i)))
		k.list[i], k.forms[i] = of.Code, of.Form
	}
}

// merge gives a row the person of its first key, or where that is null, of the
// other. Who has a key in a crowd is nobody, whatever the other key is: they are
// tied.
func (r *Reader) merge(k *Codes, rows int) {
	k.blank(rows)
	for row := range rows {
		if k.list[row], k.forms[row] = r.person.raw(row); k.forms[row] == Nobody {
			k.list[row], k.forms[row] = r.phone.raw(row)
		}
	}
}

// own returns a person's key of the reader's network.
func (r *Reader) own(c Code, f Form, text []byte) Key {
	c, f = Of(r.network, c, f, text)
	return Key{c, f}
}

// number returns the id of a phone number under the current key.
func (r *Reader) number(_ Code, _ Form, text []byte) Key {
	if ids := r.numbers(text); len(ids) > 0 {
		return Key{ids[0], Phone}
	}
	return Key{}
}

// numbers returns the ids of a phone number; they are valid until the next call.
func (r *Reader) numbers(text []byte) []Code {
	if len(text) == 0 {
		return nil
	}
	if r.spellings == nil {
		r.ids = r.phones.IDs(r.ids[:0], text, r.holds)
	} else {
		r.ids = r.spellings.idsOf(r.ids[:0], text, func(dst []Code) []Code { return r.phones.IDs(dst, text, r.holds) })
	}
	return r.ids
}

// A Columns is one row's keys on their way to be tied.
type Columns struct {
	reader *Reader
	codes  []Codes // of each network's column, then the phone's
	places []int   // networks of the columns; -1: phone numbers
}

// NewColumns returns what ties columns of these networks, -1 being a column of
// phone numbers.
func (r *Reader) NewColumns(networks []int) *Columns {
	return &Columns{reader: r, codes: make([]Codes, len(networks)), places: networks}
}

// Tie ties the keys of each row. It returns after having read all of them.
func (c *Columns) Tie(t *Ties, rows int, columns []*event.Vector) {
	for i, v := range columns {
		c.codes[i].Turn(v)
	}
	r := c.reader
	for row := range rows {
		r.keys, r.older = r.keys[:0], r.older[:0]
		for i := range c.codes {
			k := &c.codes[i]
			code, form := k.raw(row)
			switch {
			case form == Nobody:
			case c.places[i] >= 0:
				r.network = c.places[i]
				r.keys, r.older = append(r.keys, r.own(code, form, k.Text(row))), append(r.older, false)
			default:
				for epoch, id := range r.numbers(k.Text(row)) {
					r.keys, r.older = append(r.keys, Key{id, Phone}), append(r.older, epoch > 0)
				}
			}
		}
		if len(r.keys) > 1 { // what is tied to nothing is nobody's business
			t.Add(r.keys, r.older)
		}
	}
}

// Names appends the names of the people who have these keys: a choice under one
// of them is for all of the person.
func (r *Reader) Names(dst []string, person, phone string) []string {
	if c, f := Encode([]byte(person)); f != Nobody {
		c, f = Of(r.network, c, f, []byte(person))
		dst = appendName(dst, r.owners.Resolve(Key{c, f}))
	}
	for _, id := range r.numbers([]byte(phone)) {
		dst = appendName(dst, r.owners.Resolve(Key{id, Phone}))
	}
	return dst
}

func appendName(dst []string, k Key) []string {
	if k.Form == Nobody {
		return dst
	}
	return append(dst, string(k.name(nil)))
}

// nameBytes is how long a name is.
const nameBytes = 17

// name appends the form and code of a key.
func (k Key) name(dst []byte) []byte {
	dst = append(dst, byte(k.Form))
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, k.Code.Lo), k.Code.Hi)
}

// KeyOfName reads a name.
func KeyOfName(name string) Key {
	if len(name) != nameBytes {
		return Key{}
	}
	b := []byte(name)
	return Key{Code{binary.LittleEndian.Uint64(b[1:]), binary.LittleEndian.Uint64(b[9:])}, Form(b[0])}
}
