// SPDX-License-Identifier: Apache-2.0

package local

import (
	"hash/maphash"
	"sync"

	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
)

// A ref is a person: the shard, and the person's number there.
type ref uint64

const (
	nobody  ref = 1<<64 - 1 // not counted: opted out, under age, not in people
	unknown ref = 1<<64 - 2 // not looked up yet

	out uint32 = 1<<32 - 1 // of a shard: known, and nobody
)

func (r ref) shard() int     { return int(r >> 32) }
func (r ref) number() uint32 { return uint32(r) }

// people are everyone who may be counted, by key.
type people struct {
	seed   maphash.Seed
	shards []*shard
	listed bool              // the plan has a table of people: who is not in it is nobody
	choice *consent.Register // nil: the plan says that there are no opt-outs
}

// A shard is some of the people, and what is known of each.
type shard struct {
	mu      sync.Mutex
	numbers map[string]uint32
	keys    []string // by number; only where a cap needs them
	keep    bool     // keys
	state   *segment.State

	age       *segment.Column     // while people are read
	conflicts map[uint32]struct{} // people whose rows differ
}

func newPeople(d *data, shards int, choice *consent.Register, keepKeys bool) *people {
	p := &people{seed: maphash.MakeSeed(), listed: d.people != nil, choice: choice}
	for range shards {
		p.shards = append(p.shards, &shard{numbers: map[string]uint32{}, keep: keepKeys, state: d.program.NewState()})
	}
	return p
}

// shardOf decides by key alone who stands where.
func (p *people) shardOf(key string) int {
	return int(maphash.String(p.seed, key) % uint64(len(p.shards)))
}

// find returns the person who supplied a visible event. Without a table of
// people, that is what makes a person one of the universe.
func (p *people) find(key string) ref {
	i := p.shardOf(key)
	s := p.shards[i]
	s.mu.Lock()
	defer s.mu.Unlock()
	n, known := s.numbers[key]
	if !known && p.listed {
		return nobody
	}
	if !known {
		n = s.enter(key, p.optedOut(key))
	}
	if n == out {
		return nobody
	}
	return ref(i)<<32 | ref(n)
}

func (p *people) optedOut(key string) bool { return p.choice != nil && p.choice.OptedOut(key) }

// enter gives a new person a number.
func (s *shard) enter(key string, optedOut bool) uint32 {
	n := out
	if !optedOut {
		n = uint32(s.state.People)
		s.state.People++
		if s.keep {
			s.keys = append(s.keys, key)
		}
	}
	s.numbers[key] = n
	return n
}
