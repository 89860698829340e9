// SPDX-License-Identifier: Apache-2.0

package main

import "strconv"

// A world is everybody there is: numbers from 0, and what hashes say of them.
type world struct {
	seed   uint64
	people uint64
}

// What is drawn of a person; each is a salt of its own.
const (
	drawCountry = iota + 1
	drawPlatform
	drawTaste
	drawProfile
	drawRegion
	drawAge
	drawLanguage
	drawOptOut
	drawHexHigh
	drawHexLow
)

func (w *world) draw(person, what uint64) uint64 { return hash(person, w.seed<<8+what) }

func (w *world) country(person uint64) int { return byCountry.of(w.draw(person, drawCountry)) }

func (w *world) platform(person uint64) int {
	if fraction(w.draw(person, drawPlatform)) < 0.28 {
		return 1
	}
	return 0
}

// favourite is one of the three categories that a person looks at most.
func (w *world) favourite(person, which uint64) int {
	return byCategory.of(w.draw(3*person+which, drawTaste))
}

// ranked returns the person who is active by rank: a bijection hides the order,
// so that active people do not stand together. The multiplier is a prime above
// maxPeople's square root and no divisor of any size of ours.
func (w *world) ranked(rank uint64) uint64 { return rank * 2_654_435_761 % w.people }

func (w *world) optedOut(person uint64) bool { return fraction(w.draw(person, drawOptOut)) < 0.02 }

// profile returns what the table of people says; 3 % have nothing but a key.
func (w *world) profile(person uint64) (ageBand, region, language *string) {
	if fraction(w.draw(person, drawProfile)) < 0.03 {
		return nil, nil, nil
	}
	// Regions are not the country, but tell something of it.
	at := w.country(person) + int(w.draw(person, drawRegion)%3)
	return &ageBands[byAge.of(w.draw(person, drawAge))], &regions[at%len(regions)], &languages[byLanguage.of(w.draw(person, drawLanguage))]
}

// number is a phone number as an integer, different for everybody: a country's
// code and ten digits, which multiplication modulo a prime below 10^10 shuffles.
func (w *world) number(person uint64) int64 {
	const prime = 9_999_999_967
	national := (person%prime*6_700_417 + w.seed%prime + 2_000_000_011) % prime
	return callingCodes[w.country(person)]*10_000_000_000 + int64(national)
}

// A keyed writes people's keys, as text or as integers.
type keyed[K any] interface {
	// keys puts the keys of people into the rows that at points at.
	keys(w *world, people []uint64, at func(i int) *K)
}

type intKeys struct{}

func (intKeys) keys(w *world, people []uint64, at func(i int) *int64) {
	for i, p := range people {
		*at(i) = w.number(p)
	}
}

// textKeys makes the keys of a batch in one piece of memory.
type textKeys struct {
	add  func(w *world, text []byte, person uint64) []byte
	text []byte
	ends []int
}

func (k *textKeys) keys(w *world, people []uint64, at func(i int) *string) {
	k.text, k.ends = k.text[:0], k.ends[:0]
	for _, p := range people {
		k.text = k.add(w, k.text, p)
		k.ends = append(k.ends, len(k.text))
	}
	all, from := string(k.text), 0
	for i, end := range k.ends {
		*at(i) = all[from:end]
		from = end
	}
}

func addE164(w *world, text []byte, person uint64) []byte {
	return strconv.AppendInt(append(text, '+'), w.number(person), 10)
}

// addHex writes 128 bits; each half alone tells people apart.
func addHex(w *world, text []byte, person uint64) []byte {
	const digits = "0123456789abcdef"
	for _, half := range []uint64{w.draw(person, drawHexHigh), w.draw(person, drawHexLow)} {
		for shift := 60; shift >= 0; shift -= 4 {
			text = append(text, digits[half>>shift&15])
		}
	}
	return text
}
