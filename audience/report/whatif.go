// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"

	"github.com/throng-dp/throng/dp/release"
)

// A whatIfView is a plan at several prices: a table, and a picture for each that
// a slider chooses among.
type whatIfView struct {
	ID, Plan string
	Own      int // place of the plan's own ε
	Last     int
	Names    []string // of kinds of numbers
	Points   []pointView
}

type pointView struct {
	At                             int
	Epsilon, Share, Builds, Within string
	Smallest                       string
	Own                            bool
	Offs                           []string
	Bars                           []barView
	Says                           string
}

// A barView is the error bar of an audience of some size.
type barView struct {
	People, Range string
	Bar           bar
	Rough         bool
}

// supposed are the audiences whose error bars are drawn.
var supposed = []float64{300, 1000, 3000, 10_000}

func newWhatIfView(w *WhatIf, id string) *whatIfView {
	if w == nil || len(w.Points) == 0 {
		return nil
	}
	v := &whatIfView{ID: id, Plan: release.Plain(w.Plan), Last: len(w.Points) - 1}
	for _, e := range w.Points[0].Errors {
		v.Names = append(v.Names, release.Plain(e.Name))
	}
	for i, p := range w.Points {
		if p.Own {
			v.Own = i
		}
		out := pointView{At: i, Epsilon: release.Real(p.Epsilon), Share: portion(p.Share), Builds: release.Number(int64(p.Builds)), Own: p.Own,
			Within: "±" + thin + release.Number(int64(math.Ceil(p.Size))), Smallest: release.Number(int64(p.Smallest)), Bars: bars(p.Size)}
		out.Says = fmt.Sprintf("ε %s: a size within %s people, %s of a period each, %s left", out.Epsilon, out.Within, out.Share, count(p.Builds, "build"))
		for _, e := range p.Errors {
			out.Offs = append(out.Offs, release.Plain(e.Within))
		}
		v.Points = append(v.Points, out)
	}
	return v
}

// bars draws supposed audiences with the range that a size would have. Each has a
// scale of its own, to twice its size.
func bars(half float64) []barView {
	if half <= 0 {
		return nil
	}
	var all []barView
	for _, people := range supposed {
		n, lower, upper := int64(people), int64(math.Max(0, math.Floor(people-half))), int64(math.Ceil(people+half))
		c := &release.Cell{Estimate: &n, Lower: &lower, Upper: &upper}
		all = append(all, barView{release.Number(n), c.Range(0), newBar(c, 2*people), half >= people/2})
	}
	return all
}
