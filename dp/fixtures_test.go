// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// silent adds nothing: what is measured without noise must come back exactly.
type silent struct{}

func (silent) draw(_ mechanism, x int64, _ step) (float64, error) { return float64(x), nil }

// A held reservation takes whatever is posted, if it is what was reserved.
type held struct {
	digest [32]byte
	cost   ledger.Cost
	posted *ledger.Posted
}

func reserve(s *Strategy) *held { return &held{digest: s.digest, cost: s.Cost()} }

func (h *held) Supersedes() string { return "" }

func (h *held) Post(_ context.Context, digest [32]byte, cost ledger.Cost, draw func(ledger.Draw) ([]byte, error)) (*ledger.Posted, error) {
	if digest != h.digest || cost != h.cost {
		return nil, fmt.Errorf("another plan or price was reserved")
	}
	text, err := draw(ledger.Draw{ID: "0123456789abcdef", At: time.Date(2011, 12, 10, 1, 2, 3, 0, time.UTC),
		Lifetime: ledger.Total{Epsilon: 3.5, Delta: 1e-7, Builds: 4}})
	if err != nil {
		return nil, err
	}
	h.posted = &ledger.Posted{Bytes: text}
	return h.posted, nil
}

// publish publishes as a build does where the noise is the library's. A sampler that
// a test has made is asked with the counts, as the library may be.
func publish(ctx context.Context, res poster, s *Strategy, t Tallies, draft *release.Release, src sampler) (*release.Release, error) {
	if src == (library{}) {
		return begin(ctx, res, s, draft, src).Publish(ctx, t)
	}
	return publishBy(ctx, res, s, t, draft, func() (sampler, error) { return src, s.rehearse(draft, res.Supersedes()) })
}

// draftOf labels a workload with numbers.
func draftOf(w *Workload) *release.Release {
	r := &release.Release{Throng: 1}
	for i := range w.Segments {
		r.Segments = append(r.Segments, release.Segment{ID: fmt.Sprintf("s%d", i), Name: "A segment"})
	}
	for i, t := range w.Tables {
		d := release.Table{Kind: kinds[t.Kind]}
		for _, s := range t.Segments {
			d.Segments = append(d.Segments, r.Segments[s].ID)
		}
		for _, a := range t.By {
			d.By = append(d.By, fmt.Sprintf("a%d", a))
		}
		switch t.Kind {
		case Quantiles:
			g := w.Grids[t.Grid]
			d.Of, d.Step, d.Clip = fmt.Sprintf("g%d", t.Grid), g.Step, &release.Clip{Min: g.Min, Max: g.value(g.Points - 1)}
			for _, at := range t.At {
				d.Cells = append(d.Cells, release.Cell{Key: []string{fmt.Sprint(at)}})
			}
			r.Tables = append(r.Tables, d)
			continue
		case Sum, Mean:
			d.Of = fmt.Sprintf("m%d", t.Amount)
		case Frequency:
			d.Of, d.By = d.By[0], nil
			for b := range w.Attributes[t.By[0]] - 1 {
				d.Bins = append(d.Bins, float64(b))
				d.AtLeast = append(d.AtLeast, release.Tail{Cell: release.Cell{Key: []string{fmt.Sprintf("%d+", b)}}})
			}
		}
		if t.Kind == Top {
			for c := range w.size(i) - 1 {
				d.Among = append(d.Among, fmt.Sprint(c))
			}
		}
		for c := range w.Cells(i) {
			cell := release.Cell{}
			if t.Kind == Top || w.discovers(i) {
				if w.discovers(i) {
					cell.Key = []string{release.Other}
				}
				d.Cells = append(d.Cells, cell)
				continue
			}
			at := c
			for j := len(t.By) - 1; j >= 0; j-- {
				n := w.Attributes[t.By[j]]
				cell.Key = append([]string{fmt.Sprint(at % n)}, cell.Key...)
				at /= n
			}
			d.Cells = append(d.Cells, cell)
		}
		r.Tables = append(r.Tables, d)
	}
	return r
}

// A person of a test.
type person struct {
	kept    []int
	cells   []uint32
	names   []string // of attributes that are Unknown
	amounts []int64
	points  []uint32
	over    uint32
}

// invent makes up people within a workload's bounds.
func invent(w *Workload, rng *rand.Rand, n int) []person {
	people := make([]person, n)
	for i := range people {
		p := &people[i]
		p.kept = rng.Perm(w.Segments)[:rng.IntN(w.Bound+1)]
		for _, n := range w.Attributes {
			p.names = append(p.names, []string{"", "x", "y", "z", fmt.Sprint(i)}[rng.IntN(5)])
			p.cells = append(p.cells, uint32(rng.IntN(max(1, n))))
		}
		for _, a := range w.Amounts {
			p.amounts = append(p.amounts, a.Min+rng.Int64N(a.Max-a.Min+1))
		}
		if over := w.Segments - w.Bound; over > 0 && len(p.kept) == w.Bound {
			p.over = uint32(rng.IntN(over + 1))
		}
		for _, g := range w.Grids {
			p.points = append(p.points, uint32(rng.IntN(g.Points)))
		}
	}
	return people
}

// tally counts people through the builder, in blocks.
func tally(t testing.TB, s *Strategy, people []person) Tallies {
	t.Helper()
	b := NewBuilder(s, 0, 1)
	for len(people) > 0 {
		n := min(64, len(people))
		if err := b.Add(blockOf(&s.workload, people[:n])); err != nil {
			t.Fatal(err)
		}
		people = people[n:]
	}
	return b.Tallies()
}

func blockOf(w *Workload, people []person) *Block {
	k := &Block{People: len(people), Kept: make([]uint64, w.Segments),
		Cells: make([][]uint32, len(w.Attributes)), Names: make([][]string, len(w.Attributes)), Amounts: make([][]int64, len(w.Amounts)),
		Points: make([][]uint32, len(w.Grids))}
	for i, p := range people {
		k.Over = append(k.Over, p.over)
		for _, s := range p.kept {
			k.Kept[s] |= 1 << i
		}
		for a, c := range p.cells {
			if w.Attributes[a] != Unknown {
				k.Cells[a] = append(k.Cells[a], c)
				continue
			}
			k.Names[a] = append(k.Names[a], p.names[a])
		}
		for a, v := range p.amounts {
			k.Amounts[a] = append(k.Amounts[a], v)
		}
		for g, v := range p.points {
			k.Points[g] = append(k.Points[g], v)
		}
	}
	return k
}

// count counts people by the words of the contract, one cell at a time.
func count(w *Workload, people []person) [][]int64 {
	out := make([][]int64, len(w.Tables))
	for i, t := range w.Tables {
		out[i] = make([]int64, w.Cells(i))
		for _, p := range people {
			in := true
			for _, s := range t.Segments {
				found := false
				for _, k := range p.kept {
					found = found || k == s
				}
				in = in && found
			}
			if !in {
				continue
			}
			at := 0
			for _, a := range t.By {
				at = at*w.Attributes[a] + int(p.cells[a])
			}
			if t.Kind == Sum || t.Kind == Mean {
				out[i][0] += p.amounts[t.Amount]
			} else {
				out[i][at]++
			}
		}
	}
	return out
}

// shop is a small workload with a table of every kind.
func shop(segments, bound int) Workload {
	w := Workload{Segments: segments, Bound: bound, Attributes: []int{3, 4, 5}, MinReach: 0,
		Amounts: []Amount{{0, 500}, {-20, 100}}, Tables: []Table{{Kind: Population}}}
	for s := range segments {
		one := []int{s}
		w.Tables = append(w.Tables, Table{Kind: Reach, Segments: one})
		if s%2 == 0 {
			w.Tables = append(w.Tables,
				Table{Kind: Breakdown, Segments: one, By: []int{1, 0}},
				Table{Kind: Breakdown, Segments: one, By: []int{0}},
				Table{Kind: Breakdown, Segments: one, By: []int{2, 0}})
		}
		w.Tables = append(w.Tables, Table{Kind: Frequency, Segments: one, By: []int{2}},
			Table{Kind: Sum, Segments: one, Amount: 0}, Table{Kind: Mean, Segments: one, Amount: 1})
	}
	for i := range segments {
		for j := i + 1; j < segments; j++ {
			w.Tables = append(w.Tables, Table{Kind: Overlap, Segments: []int{j, i}})
		}
	}
	return w
}

// forced plans a workload for one kind of noise, whatever would be better.
func forced(t testing.TB, w Workload, m mechanism, epsilon float64) *Strategy {
	t.Helper()
	s, err := NewStrategy([32]byte{1}, w, Price{Epsilon: epsilon, Delta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	if m == laplace {
		if err := s.calibrateLaplace(epsilon); err != nil {
			t.Fatal(err)
		}
	}
	return s
}
