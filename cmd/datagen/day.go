// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"math/rand/v2"
	"slices"
)

// rowsOf spreads all events over the days, in a wave of a week.
func rowsOf(events int) [days]int {
	var weight [days]float64
	var total float64
	for d := range weight {
		weight[d] = 1 + 0.15*math.Sin(float64(d)*2*math.Pi/7)
		total += weight[d]
	}
	var rows [days]int
	left := events
	for d := range rows {
		rows[d] = int(float64(events) * weight[d] / total)
		left -= rows[d]
	}
	rows[days-1] += left
	return rows
}

// A happening is an event before it is written: who, when, and numbers of words.
type happening struct {
	person                      uint32
	at                          int64 // microseconds of the day
	business                    int64
	cents                       int64 // 0: no amount
	kind, country, app, machine uint8
	category                    uint16
}

// day makes the events of one day, in the order of time.
func (w *world) day(number, rows int) []happening {
	r := rand.New(rand.NewPCG(w.seed, uint64(number)<<40|uint64(rows)))
	all := make([]happening, rows)
	for i := range all {
		all[i] = w.happening(r, number)
	}
	slices.SortStableFunc(all, func(a, b happening) int { return int(a.at - b.at) })
	return all
}

// byPerson clusters the events of a day by person; they keep their order.
func byPerson(all []happening) {
	slices.SortStableFunc(all, func(a, b happening) int { return int(a.person) - int(b.person) })
}

func (w *world) happening(r *rand.Rand, day int) happening {
	// A few people do most: rank r is drawn with a density of r^-0.6.
	rank := uint64(float64(w.people) * math.Pow(r.Float64(), 2.5))
	person := w.ranked(rank)
	e := happening{
		person:   uint32(person),
		at:       int64(byHour.of(r.Uint64()))*hour + r.Int64N(hour),
		kind:     uint8(byEvent.of(r.Uint64())),
		business: 1_000_000 + 37*int64(byBusiness.of(r.Uint64())),
		machine:  uint8(w.platform(person)),
		app:      uint8(min(max(10+day/2-geometric(r, 0.3), 0), len(versions)-1)),
	}
	dice := r.Uint64()
	if dice&1 == 0 { // half of what people look at is what they like
		e.category = uint16(w.favourite(person, dice>>1%3))
	} else {
		e.category = uint16(byCategory.of(r.Uint64()))
	}
	if r.Float64() < 0.03 { // abroad
		e.country = uint8(byCountry.of(r.Uint64()))
	} else {
		e.country = uint8(w.country(person))
	}
	if e.kind == purchase || e.kind == cartAdd && dice>>63 == 0 {
		e.cents = max(1, int64(math.Round(100*math.Exp(3+r.NormFloat64()))))
	}
	return e
}
