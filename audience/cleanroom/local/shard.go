// SPDX-License-Identifier: Apache-2.0

package local

import (
	"bytes"
	"sync"

	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/near"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
)

// A shard is some of the people, all with keys of one form, and what is known of
// each. A hash table leads to their records, which start with their keys: table
// where a table of people says who there is, else slots.
type shard struct {
	mu     sync.Mutex
	people *people
	form   identity.Form
	state  *segment.State
	grown  int // people that there is room for
	table  ranks

	// A slot is 0, or 1 more than a number in its low bits with some bits of
	// the hash above, so that records of others are seldom touched.
	slots []uint32
	low   uint32 // mask of the number

	texts []byte  // verbatim keys, behind one another
	out   codeSet // who opted out; of verbatim keys their hashes, people.choice knows whose

	// While the table of people is read: its rows, as they come.
	ready    bool
	arrivals []identity.Code // keys, as records have them
	age      *segment.Column
}

const (
	nobody      uint32 = 1<<32 - 1 // not counted: opted out, under age, not in people
	fewest             = 1 << 6    // slots
	lookups            = 256       // keys that are looked up at once
	lenBits            = 9         // of a verbatim key's length in its record
	textsAtOnce        = 64        // that stay in the nearest cache until they are compared
	line               = 64        // bytes that come from memory at once
)

// reserve makes room for as many people as are expected: somebody has a key of
// this form, so others will.
func (s *shard) reserve() {
	s.ready = true
	room := s.people.roomFor(s.form)
	s.state.Reserve(room.people)
	if room.people == 0 {
		return
	}
	i := room.taken.Add(1) - 1
	s.arrivals = share(room.arrivals, i, room.people)[:0]
	s.state.Records = share(room.records, i, room.people*s.state.Stride)[:0]
	s.state.PutTotals(share(room.totals, i, room.people*s.state.Totals()))
	s.texts = share(room.texts, i, len(room.texts)/s.people.stripes)[:0]
}

// share returns part i of memory that is shared out evenly.
func share[T any](of []T, i int64, size int) []T {
	n := int64(size)
	return of[i*n : (i+1)*n : (i+1)*n]
}

// slotsFor returns how many slots a table for so many people has.
func slotsFor(people int) int {
	n := fewest
	for n*3/4 < people {
		n *= 2
	}
	return n
}

// rehash makes a table for at least so many people, and finds a place in it for
// those who are there.
func (s *shard) rehash(people int) {
	n := slotsFor(people)
	s.slots, s.low = make([]uint32, n), uint32(n-1)
	for number := range s.state.People {
		record := s.state.Records[number*s.state.Stride:]
		s.index(s.hashOf(identity.Code{Lo: record[0], Hi: record[1]}), uint32(number))
	}
}

// hashOf returns the half of the hash that a shard's table goes by, of a key as
// records have it.
func (s *shard) hashOf(c identity.Code) uint32 {
	if s.form == identity.Verbatim {
		c.Hi = 0
	}
	return uint32(s.people.hash(c) >> 32)
}

// first returns where the search for a hash begins.
func (s *shard) first(hash uint32) uint32 { return hash & s.low }

// mark returns what a slot of a hash holds beside the number.
func (s *shard) mark(hash uint32) uint32 { return hash &^ s.low }

// find looks people up: numbers[i] is that of entries[i], or nobody. Look-ups go
// in steps over many keys, each of which finds near what the step before it has
// asked for.
func (s *shard) find(entries []entry, of *deal, numbers []uint32) {
	if s.state.People == 0 {
		for i := range numbers {
			numbers[i] = nobody
		}
		return
	}
	for len(entries) > 0 {
		n := min(len(entries), lookups)
		if s.people.listed {
			s.findListed(entries[:n], of, numbers[:n])
		} else {
			s.fetchSlots(entries[:n], numbers[:n])
			s.guessAll(entries[:n], numbers)
			s.confirm(entries[:n], of, numbers)
		}
		entries, numbers = entries[n:], numbers[n:]
	}
}

// findListed is find, of at most lookups people.
func (s *shard) findListed(entries []entry, of *deal, numbers []uint32) {
	t := s.table
	var homes [lookups]uint32
	numbers = numbers[:len(entries)]
	for i := range entries {
		home := t.home(entries[i].hash)
		homes[i&(lookups-1)], numbers[i] = home, home>>5
	}
	near.Fetch(t.words, numbers, 1)
	for i := range numbers {
		number, taken := t.in(homes[i&(lookups-1)])
		if !taken {
			number = nobody
		}
		numbers[i] = number
	}
	var room [lookups]uint8
	late := s.differ(room[:0], entries, of, numbers)
	// Whoever is not at home is in one of the slots behind it.
	var some [lookups]entry
	var next [lookups]uint32
	for step := uint32(1); len(late) > 0; step++ {
		for k, i := range late {
			number, taken := t.in(homes[i] + step)
			if !taken {
				number = nobody
			}
			some[k], next[k] = entries[i], number
		}
		var room [lookups]uint8
		again := s.differ(room[:0], some[:len(late)], of, next[:len(late)])
		for k, i := range late {
			numbers[i] = next[k]
		}
		for k, at := range again {
			again[k] = late[at]
		}
		late = append(late[:0], again...)
	}
}

// differ returns the places of those whose numbers are of people with another key.
func (s *shard) differ(to []uint8, entries []entry, of *deal, numbers []uint32) []uint8 {
	records, stride, codes := s.state.Records, s.state.Stride, of.codes
	near.FetchLine(records, numbers, stride)
	numbers = numbers[:len(entries)]
	if s.form == identity.Verbatim {
		return s.differLong(to, entries, of, numbers)
	}
	for i, n := range numbers {
		if n == nobody {
			continue
		}
		code, key := &codes[entries[i].at], records[int(n)*stride:][:segment.KeyWords]
		if key[0] != code.Lo || key[1] != code.Hi {
			to = append(to, uint8(i))
		}
	}
	return to
}

// differLong is differ, of verbatim keys. Where the hashes are the same it asks for
// both texts, and compares them when all are on their way.
func (s *shard) differLong(to []uint8, entries []entry, of *deal, numbers []uint32) []uint8 {
	for from := 0; from < len(numbers); from += textsAtOnce {
		end := min(from+textsAtOnce, len(numbers))
		to = s.differTexts(to, entries[:end], of, numbers, from)
	}
	return to
}

// differTexts is differLong of the entries from one on, which are few.
func (s *shard) differTexts(to []uint8, entries []entry, of *deal, numbers []uint32, from int) []uint8 {
	var same [textsAtOnce]uint8
	var ours, ends, theirs [textsAtOnce]uint32 // where texts begin, and where ours go on
	n := 0
	for i := from; i < len(entries); i++ {
		if numbers[i] == nobody {
			continue
		}
		code, record := of.code(&entries[i]), s.state.Records[int(numbers[i])*s.state.Stride:][:segment.KeyWords]
		if record[0] != code.Lo {
			to = append(to, uint8(i))
			continue
		}
		at, size := record[1]>>lenBits, record[1]&(1<<lenBits-1)
		same[n], ours[n], ends[n], theirs[n] = uint8(i), uint32(at), nobody, uint32(code.Hi)
		if end := at + size - 1; end/line != at/line {
			ends[n] = uint32(end)
		}
		n++
	}
	if n == 0 {
		return to
	}
	near.Fetch(s.texts, ours[:n], 1)
	near.Fetch(s.texts, ends[:n], 1)
	near.Fetch(of.keys.Texts(), theirs[:n], 1)
	for _, i := range same[:n] {
		record := s.state.Records[int(numbers[i])*s.state.Stride:][:segment.KeyWords]
		if !bytes.Equal(s.verbatim(record), of.text(&entries[i])) {
			to = append(to, i)
		}
	}
	return to
}

// confirm compares the keys of those who were guessed, and searches on where
// they differ.
func (s *shard) confirm(entries []entry, of *deal, numbers []uint32) {
	var room [lookups]uint8
	for _, i := range s.differ(room[:0], entries, of, numbers[:len(entries)]) {
		numbers[i] = s.search(&entries[i], of)
	}
}

// fetchSlots asks for the slots where the searches for entries begin.
func (s *shard) fetchSlots(entries []entry, places []uint32) {
	if len(s.slots) == 0 {
		return
	}
	for i := range entries {
		places[i] = s.first(entries[i].hash)
	}
	near.Fetch(s.slots, places, 1)
}

// guessAll guesses the numbers of entries. Most are told by the first slot or the
// one behind it, which are looked at without a branch: which of them it is, is
// hard to foretell. A wrong guess is found when keys are compared.
func (s *shard) guessAll(entries []entry, numbers []uint32) {
	if len(s.slots) == 0 {
		return
	}
	numbers = numbers[:len(entries)]
	slots, low := s.slots, s.low
	for i := range entries {
		hash := entries[i].hash
		mark := hash &^ low
		number, second := slots[hash&low]^mark-1, slots[(hash+1)&low]^mark-1
		if number >= low {
			number = second
		}
		if number >= low {
			number = s.guess(hash)
		}
		numbers[i] = number
	}
}

// guess returns the first number that may be the one with this hash, or nobody.
func (s *shard) guess(hash uint32) uint32 {
	mark := s.mark(hash)
	for at := s.first(hash); ; at = (at + 1) & s.low {
		slot := s.slots[at&s.low]
		if rest := slot ^ mark; rest-1 < s.low {
			return rest - 1
		}
		if slot == 0 {
			return nobody
		}
	}
}

// search looks one person up.
func (s *shard) search(e *entry, of *deal) uint32 {
	if len(s.slots) == 0 {
		return nobody
	}
	mark := s.mark(e.hash)
	for at := s.first(e.hash); ; at = (at + 1) & s.low {
		slot := s.slots[at]
		if slot == 0 {
			return nobody
		}
		if rest := slot ^ mark; rest-1 < s.low && s.is(rest-1, e, of) {
			return rest - 1
		}
	}
}

// is tells whether the person of a number has the key of an entry.
func (s *shard) is(number uint32, e *entry, of *deal) bool {
	record, code := s.state.Records[int(number)*s.state.Stride:][:segment.KeyWords], of.code(e)
	if s.form == identity.Verbatim {
		return record[0] == code.Lo && bytes.Equal(s.verbatim(record), of.text(e))
	}
	return record[0] == code.Lo && record[1] == code.Hi
}

func (s *shard) verbatim(record []uint64) []byte { return s.textAt(record[1]) }

// textAt returns a verbatim key, told where it is.
func (s *shard) textAt(word uint64) []byte {
	at := word >> lenBits
	return s.texts[at : at+word&(1<<lenBits-1)]
}

// nowhere is what stands between texts.
var nowhere [line]byte

// keyOf returns an entry's key as records have it.
func (s *shard) keyOf(e *entry, of *deal) identity.Code {
	c := *of.code(e)
	if s.form == identity.Verbatim {
		text := of.text(e)
		if at := len(s.texts) % line; at+len(text) > line && len(text) <= line {
			s.texts = append(s.texts, nowhere[:line-at]...) // so that it is in one line
		}
		c.Hi = uint64(len(s.texts))<<lenBits | uint64(len(text))
		s.texts = append(s.texts, text...)
	}
	return c
}

// sameKey tells whether two keys are one, as records have them.
func (s *shard) sameKey(a, b identity.Code) bool {
	if s.form == identity.Verbatim {
		return a.Lo == b.Lo && bytes.Equal(s.textAt(a.Hi), s.textAt(b.Hi))
	}
	return a == b
}

// enter gives a person who is not there yet a number.
func (s *shard) enter(e *entry, of *deal) uint32 {
	if s.state.People >= len(s.slots)*3/4 {
		s.rehash(2*s.state.People + 1)
	}
	number, c := uint32(s.state.People), s.keyOf(e, of)
	record := s.state.Add()
	record[0], record[1] = c.Lo, c.Hi
	s.index(e.hash, number)
	return number
}

func (s *shard) index(hash uint32, number uint32) {
	at := s.first(hash)
	for s.slots[at] != 0 {
		at = (at + 1) & s.low
	}
	s.slots[at] = s.mark(hash) | (number + 1)
}

// grow makes room for what is kept of everybody.
func (s *shard) grow() {
	if s.state.People > s.grown {
		s.grown = s.state.People
		s.state.Grow(s.state.People)
	}
}

// key appends a person's canonical key.
func (s *shard) key(dst []byte, number int) []byte {
	record := s.state.Records[number*s.state.Stride:][:segment.KeyWords]
	if s.form == identity.Verbatim {
		return append(dst, s.verbatim(record)...)
	}
	if m := s.people.whose; m != nil {
		return m.AppendText(dst, identity.Key{Code: identity.Code{Lo: record[0], Hi: record[1]}, Form: s.form})
	}
	return identity.Code{Lo: record[0], Hi: record[1]}.AppendText(dst, s.form)
}

// optedOut tells whether the person of an entry may not be counted for any of the
// run's purposes.
func (s *shard) optedOut(e *entry, of *deal) bool {
	c := s.people.choice
	if c == nil {
		return false
	}
	if s.form != identity.Verbatim {
		return s.out.refused(of.code(e), e.hash) == c.Every()
	}
	if !s.out.perhaps(e.hash) {
		return s.out.other == c.Every()
	}
	return c.Of(string(of.text(e))) == c.Every()
}

// refused returns the purposes that a person opted out of.
func (s *shard) refused(number int) consent.Set {
	record := s.state.Records[number*s.state.Stride:][:segment.KeyWords]
	if s.form == identity.Verbatim {
		return s.people.choice.Of(string(s.verbatim(record)))
	}
	c := identity.Code{Lo: record[0], Hi: record[1]}
	return s.out.refused(&c, s.hashOf(c))
}
