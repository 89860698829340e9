// SPDX-License-Identifier: Apache-2.0

package local

import (
	"hash/maphash"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
)

// people are everyone who may be counted, by key. They are spread over shards by
// the form of their key and by a hash of it.
type people struct {
	seed    [2]uint64
	stripes int      // a power of two
	shards  []*shard // of stripe i: i*forms to i*forms+forms-1
	listed  bool     // the plan has a table of people: who is not in it is nobody
	choice  *consent.Register
	whose   *identity.Map // nil: who has another key is another person
	forms   int           // that a person's key can have
	expect  int           // people in all, as far as the footers tell,
	bytes   int           // and of their keys' texts
	rooms   []room        // of each form
}

// likelyBytes is how long keys may be for their texts to have room beforehand, with
// what is between them; longer ones find some.
const likelyBytes = line

// A room is memory for the people whose keys have one form, in one piece for
// all shards. Most plans' people need one room.
type room struct {
	once     sync.Once
	people   int // of a shard
	records  []uint64
	totals   []int64
	texts    []byte          // of Verbatim keys
	arrivals []identity.Code // until all have arrived
	taken    atomic.Int64    // by so many shards
	arrived  func()          // gives arrivals back
	free     func()          // gives the rest back
}

func (p *people) roomFor(form identity.Form) *room {
	r := &p.rooms[form-1]
	r.once.Do(func() {
		r.people = p.expect / p.stripes
		r.people += r.people / 16 // shards are not quite alike
		var records, totals, texts func()
		state := p.shards[0].state
		r.records, records = slab[uint64](p.stripes * r.people * state.Stride)
		r.arrivals, r.arrived = slab[identity.Code](p.stripes * r.people)
		r.totals, totals = slab[int64](p.stripes * r.people * state.Totals())
		size := 0
		if form == identity.Verbatim {
			size = p.bytes / p.stripes
			size = (size + size/16) / line * line
		}
		r.texts, texts = slab[byte](p.stripes * size)
		r.free = func() { records(); totals(); texts() }
	})
	return r
}

// arrived gives back what the rows of the table of people took.
func (p *people) arrived() {
	for i := range p.rooms {
		if r := &p.rooms[i]; r.arrived != nil {
			r.arrived()
			r.arrivals, r.arrived = nil, nil
		}
	}
}

// close gives the rooms back. Nobody may be asked for afterwards.
func (p *people) close() {
	p.arrived()
	for i := range p.rooms {
		if r := &p.rooms[i]; r.free != nil {
			r.free()
		}
	}
}

func newPeople(d *data, stripes int, choice *consent.Register, k *keys) *people {
	var random [2]uint64
	for i := range random {
		random[i] = maphash.String(maphash.MakeSeed(), "")
	}
	p := &people{seed: random, stripes: stripes, listed: d.people != nil, choice: choice, forms: identity.Forms - 1}
	if k != nil {
		p.whose = k.whose
		p.forms = identity.FormsOf(len(d.plan.Identity.Networks))
	}
	p.rooms = make([]room, p.forms)
	if d.people != nil {
		// A row takes a bit at the least; only different keys are people.
		p.expect = int(min(d.people.table.Rows(), d.people.table.Bytes()))
		unpacked, _ := d.people.table.Unpacked(d.people.keys(), math.MaxInt64)
		p.bytes = int(min(unpacked, int64(p.expect)*likelyBytes/textGrowth)) * textGrowth
	}
	for range stripes {
		for form := range p.forms {
			p.shards = append(p.shards, &shard{people: p, form: identity.Form(form + 1), state: d.program.NewState()})
		}
	}
	if choice != nil {
		p.expel(choice)
	}
	return p
}

// expel tells the shards who opted out.
func (p *people) expel(choice *consent.Register) {
	out := make([][]refusal, len(p.shards))
	for name, of := range choice.All() {
		k := p.named(name)
		if k.Form == identity.Nobody {
			continue
		}
		if k.Form == identity.Verbatim {
			hash, _ := p.hashText([]byte(name))
			k.Code = identity.Code{Lo: hash}
		}
		at := p.place(p.hash(k.Code), k.Form)
		out[at] = append(out[at], refusal{k.Code, of})
	}
	for i, all := range out {
		p.shards[i].out.other = choice.Absent()
		if len(all) > 0 {
			p.shards[i].out = newCodeSet(all, choice.Absent(), p.hash)
		}
	}
}

// named returns the key of a name in the register of choices.
func (p *people) named(name string) identity.Key {
	if p.whose != nil {
		return identity.KeyOfName(name)
	}
	c, form := identity.Encode([]byte(name))
	return identity.Key{Code: c, Form: form}
}

// hashText is identity.HashText under a seed of the run.
func (p *people) hashText(text []byte) (hash uint64, ascii bool) {
	return identity.HashText(text, &p.seed)
}

// place returns the number of the shard for a hash, by its lower half: the upper
// one is for the shard's own table.
func (p *people) place(hash uint64, form identity.Form) int {
	return int(hash)&(p.stripes-1)*p.forms + int(form) - 1
}

// stripe returns the shards of one stripe.
func (p *people) stripe(i int) []*shard { return p.shards[i*p.forms : (i+1)*p.forms] }

// hash spreads codes. The seed is another one in every run, so that nobody can
// choose keys that collide.
func (p *people) hash(c identity.Code) uint64 { return hash(c, &p.seed) }

func hash(c identity.Code, seed *[2]uint64) uint64 {
	hi, lo := bits.Mul64(c.Lo^seed[0], c.Hi^seed[1])
	hi, lo = bits.Mul64(hi^lo^c.Lo, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// An entry is somebody's row on its way to a shard. It is small: all entries of a
// batch stay in the processor's first cache.
type entry struct {
	hash uint32 // the upper half
	row  uint32
	at   uint32 // place of the key among the codes of the deal
}

// A deal deals rows out to shards.
type deal struct {
	people  *people
	who     *identity.Reader // nil: keys are people
	keys    identity.Codes
	codes   []identity.Code // of the rows dealt out; of verbatim keys a hash, and where they stand
	entries [][]entry       // of each shard
}

func (r *run) newDeal(s *source) *deal {
	d := &deal{people: r.people, who: r.readerOf(s), entries: make([][]entry, len(r.people.shards))}
	d.keys.Hash = r.people.hashText
	return d
}

// turn turns to the keys of a batch, in the columns at these places; -1 is none.
func (d *deal) turn(b *event.Batch, person, phone int) {
	if d.who == nil {
		d.keys.Turn(b.Columns[person])
		return
	}
	var ofPerson, ofPhone *event.Vector
	if person >= 0 {
		ofPerson = b.Columns[person]
	}
	if phone >= 0 {
		ofPhone = b.Columns[phone]
	}
	d.who.Turn(&d.keys, b.Rows, ofPerson, ofPhone)
}

// add deals out rows of the batch that keys have been turned to.
func (d *deal) add(rows []uint32) {
	p := d.people
	codes, forms := d.keys.Pick(rows)
	codes, forms = codes[:len(rows)], forms[:len(rows)]
	d.codes = codes
	lists, seed := d.entries, p.seed
	for i, row := range rows {
		form := forms[i]
		if form == identity.Nobody {
			continue
		}
		c := codes[i]
		if form == identity.Verbatim {
			c.Hi = 0
		}
		h := hash(c, &seed)
		list := &lists[p.place(h, form)]
		*list = append(*list, entry{uint32(h >> 32), row, uint32(i)})
	}
}

// code returns the code of an entry's key.
func (d *deal) code(e *entry) *identity.Code { return &d.codes[e.at] }

// text returns the bytes of an entry's key, which is verbatim.
func (d *deal) text(e *entry) []byte { return d.keys.Long(*d.code(e)) }

// each hands what has been dealt out to the shards, which are locked meanwhile.
// Shards that another worker holds come last.
func (d *deal) each(do func(s *shard, of []entry)) {
	for waiting := false; ; waiting = true {
		done := true
		for i, of := range d.entries {
			if len(of) == 0 {
				continue
			}
			s := d.people.shards[i]
			if waiting {
				s.mu.Lock()
			} else if !s.mu.TryLock() {
				done = false
				continue
			}
			do(s, of)
			s.mu.Unlock()
			d.entries[i] = of[:0]
		}
		if done {
			return
		}
	}
}
