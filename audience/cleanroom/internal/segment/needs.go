// SPDX-License-Identifier: Apache-2.0

package segment

import "github.com/throng-dp/throng/audience/rule"

// Needs are bytes of memory that a program takes at the most, by the words of its
// rules.
type Needs struct {
	Record int64 // of each person
	Person int64 // of each person, beside the record
	Row    int64 // of each row of the events tables, as many as count
	Texts  int64 // of each text that is in the events tables
}

// What tables take an entry when they have just doubled: an ownedSet 16 bytes, three
// eighths of them in use; one of Go's maps slots of eight in a group with eight bytes
// of control, seven sixteenths of them in use.
const (
	perOwnedValue = 16 * 8 / 3
	perText       = (8*24 + 8) * 16 / 7 / 8 // map[string]int64
	shortText     = 32                      // of texts that are kept: ids, countries
	growth        = 5                       // what grows does so by quarters:
	grown         = 4                       // five bytes are kept for four
)

// PoolText is what each text takes that a column of people has.
const PoolText = perText + shortText + 2*16 // the text, and its place in a growing list

// Needs returns what the program takes. Texts are taken
// for short ones.
func (p *Program) Needs() Needs {
	n := Needs{Record: int64(8 * p.stride)}
	for i, a := range p.aggs {
		if p.places[i].width > 0 {
			continue // a lane: part of the record
		}
		text := a.Arg != nil && a.Arg.Kind() == rule.String
		switch a.Fn {
		case rule.Count, rule.Sum, rule.DaysSince:
			n.Person += 8
		case rule.Distinct:
			n.Person += 8
			n.Row += perOwnedValue
			if text {
				n.Texts += perText + shortText
			}
		default: // the value, its time, whether there is one
			n.Person += 8 + 8 + 1
			if text {
				n.Person += 8 + shortText
			}
		}
	}
	n.Person = n.Person * growth / grown
	for _, pool := range p.pools {
		if pool != nil {
			n.Person += 4
		} else {
			n.Person += 8 + 1
		}
	}
	return n
}
