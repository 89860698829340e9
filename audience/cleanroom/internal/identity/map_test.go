// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var networks = []string{"social", "messenger"}

// drawKey draws one of few keys, so that they meet.
func drawKey(t *rapid.T) Key {
	text := fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "key"))
	switch n := rapid.IntRange(0, 3).Draw(t, "kind"); n {
	case 0:
		return Key{macOf("key", text), Phone}
	case 3:
		long := []byte(strings.Repeat(text, 40))
		c, f := Encode(long)
		c, f = Of(1, c, f, long)
		return Key{c, f}
	default:
		c, f := Encode([]byte(text))
		c, f = Of(n-1, c, f, nil)
		return Key{c, f}
	}
}

// naive are components by joining sets until nothing changes.
func naive(rows [][]Key) (sets []map[Key]bool) {
	for _, row := range rows {
		joined := map[Key]bool{}
		for _, k := range row {
			joined[k] = true
		}
		for {
			var rest []map[Key]bool
			for _, s := range sets {
				meets := false
				for k := range s {
					meets = meets || joined[k]
				}
				if !meets {
					rest = append(rest, s)
					continue
				}
				for k := range s {
					joined[k] = true
				}
			}
			done := len(rest) == len(sets)
			sets = rest
			if done {
				break
			}
		}
		sets = append(sets, joined)
	}
	return sets
}

// TestPersonsAreComponents holds the frozen map to a naive one: keys resolve to
// the same person if ties connect them, in whatever order these came; nobody is
// who has too many keys of one kind; and a person's text depends on the person's
// own keys alone.
func TestPersonsAreComponents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 3).Draw(t, "most")
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(drawKey), 2, 3), 0, 14).Draw(t, "rows")
		m := freeze(rows, most)
		again := freeze(rapid.Permutation(rows).Draw(t, "order"), most)
		seen := map[string]bool{}
		for _, set := range naive(rows) {
			counts := map[int]int{}
			var all [][]Key
			for k := range set {
				counts[k.Form.space()]++
			}
			for _, row := range rows {
				if set[row[0]] {
					all = append(all, row)
				}
			}
			alone := freeze(all, most)
			want := ""
			for k := range set {
				of := m.Resolve(k)
				crowd := slices.Max([]int{counts[0], counts[1], counts[2]}) > most
				if crowd != (of.Form == Nobody) {
					t.Fatalf("%v is nobody: %v, want %v", k, of.Form == Nobody, crowd)
				}
				if crowd {
					continue
				}
				text := string(m.AppendText(nil, of))
				if want == "" {
					if want = text; seen[text] {
						t.Fatal("two persons are one")
					}
					seen[text] = true
				}
				if text != want {
					t.Fatal("one person is two")
				}
				if text != string(again.AppendText(nil, again.Resolve(k))) || text != string(alone.AppendText(nil, alone.Resolve(k))) {
					t.Fatal("a person's text depends on others")
				}
			}
		}
		stranger := Key{Code{Lo: 1 << 60}, own}
		if m.Resolve(stranger) != stranger {
			t.Error("a key without a tie is not itself")
		}
	})
}

func freeze(rows [][]Key, most int) *Map {
	ties := NewTies()
	for _, row := range rows {
		ties.Add(row, make([]bool, len(row)))
	}
	return ties.Freeze(most, networks)
}

// TestTwoEpochsAreOneNumber: the ids of a number under two keys tie what came
// hashed under either, and count as one number.
func TestTwoEpochsAreOneNumber(t *testing.T) {
	user := func(s string) Key {
		c, f := Encode([]byte(s))
		c, f = Of(0, c, f, nil)
		return Key{c, f}
	}
	now, before := Key{macOf("new", "+447700900123"), Phone}, Key{macOf("old", "+447700900123"), Phone}
	ties := NewTies()
	ties.Add([]Key{user("a"), before}, []bool{false, false}) // hashed before the key was changed
	ties.Add([]Key{user("b"), now}, []bool{false, false})
	ties.Add([]Key{now, before}, []bool{false, true}) // in clear
	m := ties.Freeze(2, networks)
	if p := m.Resolve(user("a")); p.Form != Person || p != m.Resolve(user("b")) || p != m.Resolve(now) || p != m.Resolve(before) {
		t.Error("one person is several")
	}
	ties = NewTies()
	ties.Add([]Key{user("a"), now, before}, []bool{false, false, true})
	if ties.Freeze(1, networks).Resolve(user("a")).Form != Person {
		t.Error("one number counts twice")
	}
}

// TestMapHides prints a map by every kind of verb.
func TestMapHides(t *testing.T) {
	m := freeze([][]Key{{{macOf("k", "1"), Phone}, {macOf("k", "2"), Phone}}}, 3)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, m); got != hiddenMap {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if m.LogValue().String() != hiddenMap {
		t.Error("a log tells of the map")
	}
}
