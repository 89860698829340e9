// SPDX-License-Identifier: Apache-2.0

package match

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Key is one key of a person: on which network, or "phone", and its text. Texts
// are canonical: of a phone number its keyed id, or, for who may see it, E.164.
type Key struct{ Network, Text string }

// String is how Choices are asked of the key.
func (k Key) String() string { return k.Network + "\x00" + k.Text }

// Persons says which keys are one person's: the reference for engines. Keys that
// stand in a row together are one person's, and so on through all rows. A person
// who has more than a number of keys of one network, or of phone numbers, is
// nobody.
type Persons struct{ of map[Key][]Key }

// NewPersons returns the persons that rows of keys make. It joins sets until
// nothing changes: slowly, and in the words of the definition.
func NewPersons(rows [][]Key, most int) *Persons {
	var sets [][]Key
	for _, row := range rows {
		set := slices.Clone(row)
		for again := true; again; {
			again = false
			sets = slices.DeleteFunc(sets, func(other []Key) bool {
				meets := slices.ContainsFunc(other, func(k Key) bool { return slices.Contains(set, k) })
				if meets {
					set, again = append(set, other...), true
				}
				return meets
			})
		}
		sets = append(sets, set)
	}
	p := &Persons{of: map[Key][]Key{}}
	for _, set := range sets {
		set = slices.Compact(slices.SortedFunc(slices.Values(set), func(a, b Key) int { return strings.Compare(a.String(), b.String()) }))
		counts := map[string]int{}
		for _, k := range set {
			counts[k.Network]++
		}
		for _, k := range set {
			p.of[k] = set
			if slices.Max(slices.Collect(maps.Values(counts))) > most {
				p.of[k] = nil
			}
		}
	}
	return p
}

// Keys returns all keys of the person who has this one; none: nobody.
func (p *Persons) Keys(k Key) []Key {
	if keys, tied := p.of[k]; tied {
		return keys
	}
	return []Key{k}
}

// allowsAt asks for all of a person's keys: a choice under one of them is the
// person's.
func (m *Matcher) allowsAt(ctx context.Context, p *Person, purpose string, at time.Time) (bool, error) {
	if len(p.Keys) == 0 {
		return m.choices.Allows(ctx, p.Key, purpose, at)
	}
	for _, k := range p.Keys {
		if ok, err := m.choices.Allows(ctx, k.String(), purpose, at); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}
