// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"strings"
	"sync"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A pool numbers the texts of one column of people, for the people of all
// shards: each is kept once, and rules look at each once. 0 is null.
type pool struct {
	mu      sync.Mutex
	numbers map[string]uint32
	texts   []string
}

func newPool() *pool { return &pool{numbers: map[string]uint32{}, texts: []string{""}} }

// number is called with the lock held.
func (p *pool) number(text string) uint32 {
	n, ok := p.numbers[text]
	if !ok {
		text = strings.Clone(text)
		n = uint32(len(p.texts))
		p.numbers[text] = n
		p.texts = append(p.texts, text)
	}
	return n
}

// dict returns the texts as a dictionary, once all are there.
func (p *pool) dict() *event.Dict {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := &event.Dict{ID: 1, Null: make([]bool, len(p.texts)), String: p.texts}
	d.Null[0] = true
	return d
}

// An Importer brings columns of people into the form that states keep. Every
// worker has its own for every column.
type Importer struct {
	pool  *pool // nil: no strings
	dict  uint64
	known []uint32 // of the dictionary's entries, the numbers
	out   event.Vector
}

// NewImporter returns an importer for PersonColumns()[column].
func (p *Program) NewImporter(column int) *Importer { return &Importer{pool: p.pools[column]} }

// Import returns a batch's column as Column takes it, until the next call.
func (m *Importer) Import(v *event.Vector) *event.Vector {
	if m.pool == nil {
		return v
	}
	m.pool.mu.Lock()
	defer m.pool.mu.Unlock()
	if v.Dict == nil {
		m.out = event.Vector{Kind: rule.String, Index: sized(m.out.Index, len(v.String))}
		for i, s := range v.String {
			m.out.Index[i] = 0
			if v.Null == nil || !v.Null[i] {
				m.out.Index[i] = m.pool.number(s)
			}
		}
		return &m.out
	}
	if m.dict != v.Dict.ID {
		m.dict = v.Dict.ID
		m.known = sized(m.known, v.Dict.Len())
		for e, null := range v.Dict.Null {
			m.known[e] = 0
			if !null {
				m.known[e] = m.pool.number(v.Dict.String[e])
			}
		}
	}
	m.out = event.Vector{Kind: rule.String, Index: sized(m.out.Index, len(v.Index))}
	for i, e := range v.Index {
		m.out.Index[i] = m.known[e]
	}
	return &m.out
}
