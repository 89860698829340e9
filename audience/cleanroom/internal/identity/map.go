// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"fmt"
	"io"
	"log/slog"
)

// A Map says whose every key is, and does not change any more. Persons are the
// connected components of the ties: all their keys resolve to one, and nothing
// that one component holds moves another. A component with too many keys of one
// kind is nobody: a number that many share has run people together. That ends
// them, never the run.
type Map struct {
	ties     *Ties
	owners   [tieStripes][]uint32 // of each key
	first    []Key                // of each person: the smallest of the keys
	networks []string
}

// Owners of a key are 2 more than the number of a person, or:
const (
	itself   = iota // it is the only key of its person
	ofNobody        // it is one of too many
)

const hiddenMap = "identity.Map(hidden)"

// Format prints nothing of the map: it holds people's keys.
func (*Map) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hiddenMap) }

// LogValue logs nothing of the map.
func (*Map) LogValue() slog.Value { return slog.StringValue(hiddenMap) }

// Freeze makes the map. A person may have at most so many keys of one network,
// and so many phone numbers. Nothing may be added to the ties any more.
func (t *Ties) Freeze(most int, networks []string) *Map {
	f := newForest(t)
	m := &Map{ties: t, networks: networks}
	spaces := 1 + len(networks)
	var counts []uint8 // of each person and kind of key
	for i := range t.stripes {
		s := &t.stripes[i]
		m.owners[i] = make([]uint32, len(s.keys))
		for at, code := range s.keys {
			root := f.root(f.node(i, at))
			if f.size[root] < 2 {
				continue
			}
			k := Key{code, s.forms[at]}
			if f.person[root] == 0 {
				m.first, counts = append(m.first, k), append(counts, make([]uint8, spaces)...)
				f.person[root] = uint32(len(m.first))
			}
			p := f.person[root] - 1
			if k.less(m.first[p]) {
				m.first[p] = k
			}
			if n := &counts[int(p)*spaces+k.Form.space()]; !s.older[at] && int(*n) <= most {
				*n++
			}
			m.owners[i][at] = p + 2
		}
		s.ties, s.older = nil, nil
	}
	m.dropCrowds(counts, spaces, most)
	return m
}

// dropCrowds makes nobody of those who have more than so many keys of a kind.
func (m *Map) dropCrowds(counts []uint8, spaces, most int) {
	crowd := make([]bool, len(m.first))
	for i, n := range counts {
		if int(n) > most {
			crowd[i/spaces] = true
		}
	}
	for i := range m.owners {
		for at, o := range m.owners[i] {
			if o != itself && crowd[o-2] {
				m.owners[i][at] = ofNobody
			}
		}
	}
}

// less orders keys by what they are alone: those of networks before phone
// numbers, whose ids change with the key.
func (k Key) less(o Key) bool {
	switch {
	case k.Form != o.Form:
		if k.Form == Phone || o.Form == Phone {
			return o.Form == Phone
		}
		return k.Form < o.Form
	case k.Code.Hi != o.Code.Hi:
		return k.Code.Hi < o.Code.Hi
	}
	return k.Code.Lo < o.Code.Lo
}

// Resolve returns whose a key is: of who has one key alone, the key itself.
func (m *Map) Resolve(k Key) Key {
	if k.Form == Nobody {
		return k
	}
	h := m.ties.hash(k)
	stripe := h % tieStripes
	n, ok := m.ties.stripes[stripe].number(k, h)
	if !ok {
		return k
	}
	switch o := m.owners[stripe][n]; o {
	case itself:
		return k
	case ofNobody:
		return Key{}
	default:
		return Key{Code{Lo: uint64(o - 2)}, Person}
	}
}

// AppendText appends a person's canonical key: the smallest of those that the
// person has, behind the name of its network.
func (m *Map) AppendText(dst []byte, k Key) []byte {
	if k.Form == Person {
		k = m.first[k.Code.Lo]
	}
	name := "phone"
	if s := k.Form.space(); s > 0 {
		name = m.networks[s-1]
	}
	return k.Code.AppendText(append(append(dst, name...), 0), k.Form.plain())
}

// A forest finds the components: a tree for each, whose root stands for it.
type forest struct {
	starts [tieStripes]uint32 // the node of each stripe's first key
	parent []uint32
	size   []uint32 // of roots
	person []uint32 // of roots: 1 more than a number
}

func newForest(t *Ties) *forest {
	f := &forest{}
	n := 0
	for i := range t.stripes {
		f.starts[i] = uint32(n)
		n += len(t.stripes[i].keys)
	}
	f.parent, f.size, f.person = make([]uint32, n), make([]uint32, n), make([]uint32, n)
	for i := range f.parent {
		f.parent[i], f.size[i] = uint32(i), 1
	}
	for i := range t.stripes {
		for _, tie := range t.stripes[i].ties {
			f.join(f.numbered(tie[0]), f.numbered(tie[1]))
		}
	}
	return f
}

func (f *forest) node(stripe, at int) uint32 { return f.starts[stripe] + uint32(at) }

func (f *forest) numbered(key uint32) uint32 {
	return f.node(int(key%tieStripes), int(key>>tieBits))
}

// join hangs the smaller tree below the larger one.
func (f *forest) join(a, b uint32) {
	a, b = f.root(a), f.root(b)
	if a == b {
		return
	}
	if f.size[a] < f.size[b] {
		a, b = b, a
	}
	f.parent[b] = a
	f.size[a] += f.size[b]
}

// root halves the path on its way.
func (f *forest) root(n uint32) uint32 {
	for f.parent[n] != n {
		f.parent[n] = f.parent[f.parent[n]]
		n = f.parent[n]
	}
	return n
}
