// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTalliesRevealNothing prints tallies in every way that a log, an error or
// a dump might.
func TestTalliesRevealNothing(t *testing.T) {
	w := Workload{Segments: 1, Bound: 1, Attributes: []int{7778},
		Tables: []Table{{Kind: Population}, {Kind: Reach, Segments: []int{0}}, {Kind: Breakdown, Segments: []int{0}, By: []int{0}}}}
	s := forced(t, w, gaussian, 1)
	people := make([]person, 4242)
	for i := range people {
		people[i] = person{kept: []int{0}, cells: []uint32{7777}}
	}
	secret := tally(t, s, people)
	b := NewBuilder(s, 0, 1)
	block := blockOf(&w, people[:43])
	if err := b.Add(block); err != nil {
		t.Fatal(err)
	}
	type nested struct {
		Public  Tallies
		private Tallies
		builder *Builder
		copied  Builder
	}
	in := nested{secret, secret, b, *b}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T"} {
		fmt.Fprintf(&out, verb+"\n", secret)
		fmt.Fprintf(&out, verb+"\n", &secret)
		fmt.Fprintf(&out, verb+"\n", in)
		fmt.Fprintf(&out, verb+"\n", []any{secret, map[string]any{"t": secret}})
		fmt.Fprintf(&out, verb+"\n", b)
		fmt.Fprintf(&out, verb+"\n", *b)
		fmt.Fprintf(&out, verb+"\n", []any{*block, block})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("tallies", "t", secret, "in", in, "b", b, "copied", *b, "block", block)
	}
	for _, v := range []any{secret, &secret, in, b, *b, block, *block} {
		if text, err := json.Marshal(v); err == nil {
			t.Errorf("JSON of %T: %s", v, text)
		}
		if err := gob.NewEncoder(&out).Encode(v); err == nil {
			t.Errorf("gob takes %T", v)
		}
		if text, err := xml.Marshal(v); err == nil {
			t.Errorf("XML of %T: %s", v, text)
		}
	}
	if text, err := secret.MarshalText(); err == nil {
		t.Errorf("text: %s", text)
	}
	printed := addresses.ReplaceAllString(out.String(), "")
	for _, n := range []string{"4242", "1092", "[43", " 43", "2b", "7777", "1e61"} {
		if strings.Contains(printed, n) {
			t.Errorf("%q is in\n%s", n, printed)
		}
	}
}

// addresses of pointers may hold any digits; they are the longest numbers there.
var addresses = regexp.MustCompile(`(0x)?[0-9a-fA-F]{10,}`)

// TestMerge holds that a shard is counted once, and only with its like.
func TestMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	w := shop(4, 4)
	s := forced(t, w, gaussian, 1)
	people := invent(&w, rng, 200)
	shard := func(s *Strategy, shard, shards int, people []person) Tallies {
		b := NewBuilder(s, shard, shards)
		for i := range people {
			if err := b.Add(blockOf(&w, people[i:i+1])); err != nil {
				t.Fatal(err)
			}
		}
		return b.Tallies()
	}
	whole := ExactForTest(t, tally(t, s, people))
	a, b := shard(s, 0, 2, people[:90]), shard(s, 1, 2, people[90:])

	other := shop(4, 3)
	plans := map[string]Tallies{
		"another plan":             shard(&Strategy{digest: [32]byte{9}, workload: s.workload, fingerprint: s.fingerprint, layout: s.layout}, 1, 2, nil),
		"another bound":            shard(forced(t, other, gaussian, 1), 1, 2, nil),
		"another number of shards": shard(s, 1, 3, nil),
		"the same shard again":     shard(s, 0, 2, people[:90]),
		"itself":                   a,
		"nothing":                  {},
	}
	for name, u := range plans {
		if err := a.Merge(u); err == nil {
			t.Errorf("%s was merged", name)
		}
	}
	if _, err := shard(s, 0, 2, nil).consume(s); err == nil {
		t.Error("tallies without all shards are published")
	}
	if err := a.Merge(b); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ExactForTest(t, a), whole) {
		t.Error("two shards count otherwise than one")
	}
	if err := a.Merge(b); err == nil {
		t.Error("a shard was merged twice")
	}
	if err := shard(s, 0, 2, people[:90]).Merge(b); err == nil {
		t.Error("a shard was merged into two tallies")
	}
	if _, err := b.consume(s); err == nil {
		t.Error("merged tallies are published")
	}
	if _, err := a.consume(s); err != nil {
		t.Error(err)
	}
	if _, err := a.consume(s); err == nil {
		t.Error("tallies are published twice")
	}
	if err := a.Merge(shard(s, 1, 2, nil)); err == nil {
		t.Error("published tallies take more people")
	}
}

// TestAddRefuses holds that nothing enters that the price was not computed for,
// and that a refused block leaves no trace.
func TestAddRefuses(t *testing.T) {
	w := shop(4, 2)
	s := forced(t, w, gaussian, 1)
	good := func() *Block {
		return blockOf(&w, []person{{kept: []int{0, 3}, cells: []uint32{1, 2, 3}, amounts: []int64{7, -20}}, {cells: []uint32{0, 0, 0}, amounts: []int64{0, 0}}})
	}
	b := NewBuilder(s, 0, 1)
	for name, change := range map[string]func(k *Block){
		"nobody":             func(k *Block) { k.People = 0 },
		"too many people":    func(k *Block) { k.People = 65 },
		"a person too many":  func(k *Block) { k.Kept[1] |= 4 },
		"beyond the bound":   func(k *Block) { k.Kept[1] |= 1 },
		"a cell outside":     func(k *Block) { k.Cells[1][1] = 4 },
		"an amount above":    func(k *Block) { k.Amounts[0][0] = 501 },
		"an amount below":    func(k *Block) { k.Amounts[1][1] = -21 },
		"missing cells":      func(k *Block) { k.Cells[2] = k.Cells[2][:1] },
		"missing amounts":    func(k *Block) { k.Amounts[1] = nil },
		"a missing segment":  func(k *Block) { k.Kept = k.Kept[:3] },
		"a missing amount":   func(k *Block) { k.Amounts = k.Amounts[:1] },
		"an attribute extra": func(k *Block) { k.Cells = append(k.Cells, nil) },
	} {
		k := good()
		change(k)
		err := b.Add(k)
		if err == nil {
			t.Errorf("%s: counted", name)
			continue
		}
		for _, number := range []string{"501", "-21", "65"} {
			if strings.Contains(err.Error(), number) {
				t.Errorf("%s: the error tells a value: %v", name, err)
			}
		}
	}
	if err := b.Add(good()); err != nil {
		t.Fatal(err)
	}
	tallies := b.Tallies()
	if got := ExactForTest(t, tallies); got[0] != 2 || got[1] != 1 {
		t.Errorf("population and reach are %v", got[:2])
	}
	if err := b.Add(good()); err == nil {
		t.Error("an ended builder counts")
	}
	if _, err := b.Tallies().consume(s); err == nil {
		t.Error("a builder ends twice")
	}
}

// BenchmarkAdd reports people per second over 12 segments with two crossings.
func BenchmarkAdd(b *testing.B) {
	w := shop(12, 12)
	s := forced(b, w, gaussian, 1)
	block := blockOf(&w, invent(&w, rand.New(rand.NewPCG(1, 1)), 64))
	builder := NewBuilder(s, 0, 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := builder.Add(block); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(64*float64(b.N)/b.Elapsed().Seconds(), "people/s")
}
