// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/rule"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"as it is", "Anna", "Anna"},
		{"case is not folded", "ANNA", "ANNA"},
		{"spaces stay", " 7", " 7"},
		{"leading zeros stay", "007", "007"},
		{"empty is nobody", "", ""},
		{"256 bytes", strings.Repeat("a", 256), strings.Repeat("a", 256)},
		{"257 bytes are nobody", strings.Repeat("a", 257), ""},
		{"bytes, not letters, are counted", strings.Repeat("ß", 129), ""},
		{"no UTF-8 is nobody", "a\xff", ""},
		{"NUL is a byte like others", "a\x00", "a\x00"},
		{"one letter, written in two ways, is two keys", "e\u0301", "e\u0301"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := identity.Text(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKeysOfRows(t *testing.T) {
	var k identity.Keys
	for _, c := range []struct {
		name string
		v    event.Vector
		want []string
	}{
		{"integers are decimal", event.Vector{Kind: rule.Int, Int: []int64{7, -1, math.MinInt64, 0}}, []string{"7", "-1", "-9223372036854775808", "0"}},
		{"null is nobody", event.Vector{Kind: rule.Int, Int: []int64{7, 0}, Null: []bool{false, true}}, []string{"7", ""}},
		{"strings", event.Vector{Kind: rule.String, String: []string{"7", ""}}, []string{"7", ""}},
		{"doubles are nobody", event.Vector{Kind: rule.Double, Double: []float64{7}}, []string{""}},
		{"times are nobody", event.Vector{Kind: rule.Timestamp, Int: []int64{7}}, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			keys, index := k.Of(&c.v)
			if index != nil || !slices.Equal(keys, c.want) {
				t.Errorf("got %q, want %q", keys, c.want)
			}
		})
	}
}

func TestKeysOfDictionaries(t *testing.T) {
	var k identity.Keys
	one := &event.Dict{ID: 1, Null: []bool{true, false, true}, String: []string{"", "anna", "x"}}
	v := event.Vector{Kind: rule.String, Dict: one, Index: []uint32{1, 0, 2, 1}}
	keys, index := k.Of(&v)
	if !slices.Equal(keys, []string{"", "anna", ""}) || !slices.Equal(index, v.Index) {
		t.Errorf("got %q %v", keys, index)
	}
	two := &event.Dict{ID: 2, Null: []bool{true, false}, Int: []int64{0, 7}}
	keys, _ = k.Of(&event.Vector{Kind: rule.Int, Dict: two, Index: []uint32{1}})
	if !slices.Equal(keys, []string{"", "7"}) {
		t.Errorf("the keys of another dictionary: %q", keys)
	}
}
