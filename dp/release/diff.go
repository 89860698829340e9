// SPDX-License-Identifier: Apache-2.0

package release

import "math"

// A Difference is what changed from one release to another.
type Difference struct {
	Before    Ref      `json:"before"`
	After     Ref      `json:"after"`
	Added     []string `json:"added"`
	Changed   []string `json:"changed"`   // another version: the rule is another one
	Removed   []string `json:"removed"`   // not in the later release
	Retracted []string `json:"retracted"` // released before, withheld after
	Numbers   []Delta  `json:"numbers"`
}

// A Ref names a release.
type Ref struct {
	Release string `json:"release"`
	Plan    string `json:"plan"`
	Date    string `json:"date"`
}

// A Delta is one number in two releases. Before or After is null where the
// number is not there or withheld; Difference and Within are null then.
type Delta struct {
	Segment    string   `json:"segment,omitempty"`
	Second     string   `json:"second,omitempty"`
	Kind       string   `json:"kind"`
	By         string   `json:"by,omitempty"`
	Key        string   `json:"key,omitempty"`
	Unit       string   `json:"unit,omitempty"`
	Decimals   int      `json:"decimals,omitempty"`
	Before     *int64   `json:"before"`           // estimate
	After      *int64   `json:"after"`            // estimate
	Difference *float64 `json:"difference"`       // of the unbiased numbers, one decimal
	Noise      *float64 `json:"noise"`            // half the width of 95 % of what the difference is without a change, one decimal
	Within     *bool    `json:"within_noise"`     // the difference is below Noise: nothing can be said
	Status     string   `json:"status,omitempty"` // "withheld" where either is
}

// Diff compares two releases, number by number, in the order of the later one;
// what only the earlier one has comes last.
func Diff(before, after *Release) *Difference {
	c := ChangesSince(before, after)
	d := &Difference{
		Before: Ref{before.ID, before.Plan, before.Date}, After: Ref{after.ID, after.Plan, after.Date},
		Added: list(c.Added), Changed: list(c.Changed), Removed: list(c.Removed), Retracted: []string{},
		Numbers: []Delta{},
	}
	for _, s := range after.Segments {
		if b := before.Segment(s.ID); b != nil && b.Status == Released && s.Status == Withheld {
			d.Retracted = append(d.Retracted, s.ID)
		}
	}
	sure := max(before.Privacy.deviations(1-confidence), after.Privacy.deviations(1-confidence))
	old := map[place]Row{}
	for row := range before.Cells() {
		old[row.place()] = row
	}
	for row := range after.Cells() {
		at := row.place()
		b := old[at]
		delete(old, at)
		d.Numbers = append(d.Numbers, delta(at.Delta, b, row, sure))
	}
	for row := range before.Cells() {
		if _, left := old[row.place()]; left {
			d.Numbers = append(d.Numbers, delta(row.place().Delta, row, Row{}, sure))
		}
	}
	return d
}

// A place is what names a number whatever the release. Meaning is there for what
// has another meaning under the same name: amounts that were cut to another range,
// and the rest beside other categories.
type place struct {
	Delta
	meaning string
}

func (r *Row) place() place {
	return place{Delta{Segment: r.Segment, Second: r.Second, Kind: r.Kind, By: r.By, Key: r.Key, Unit: r.Unit, Decimals: r.Decimals}, r.meaning}
}

// delta compares two rows of one place; their noise, and that of the difference, is
// within sure standard deviations with 95 %.
func delta(d Delta, before, after Row, sure float64) Delta {
	d.Before, d.After = before.Estimate, after.Estimate
	if before.Status == Withheld || after.Status == Withheld {
		d.Status = Withheld
	}
	if before.Unbiased == nil || after.Unbiased == nil {
		return d
	}
	// The noise of two releases is independent, so variances add up. The
	// unbiased numbers alone carry it as told: estimates were made consistent.
	difference := round1(*after.Unbiased - *before.Unbiased)
	noise := round1(sure * math.Hypot(*before.StdDev, *after.StdDev))
	within := math.Abs(difference) < noise
	d.Difference, d.Noise, d.Within = &difference, &noise, &within
	return d
}

// ChangesSince compares the labels of two releases: what a build puts into its
// draft. A release before that is nil changes nothing.
func ChangesSince(before, now *Release) Changes {
	if before == nil {
		return Changes{}
	}
	c := Changes{Since: before.ID, Date: before.Date}
	for _, s := range now.Segments {
		switch b := before.Segment(s.ID); {
		case b == nil:
			c.Added = append(c.Added, s.ID)
		case b.Version != s.Version:
			c.Changed = append(c.Changed, s.ID)
		}
	}
	for _, s := range before.Segments {
		if now.Segment(s.ID) == nil {
			c.Removed = append(c.Removed, s.ID)
		}
	}
	return c
}

// round1 rounds to one decimal and never returns a negative zero.
func round1(x float64) float64 {
	if y := math.Round(x*10) / 10; y != 0 {
		return y
	}
	return 0
}

func list(ids []string) []string {
	if ids == nil {
		return []string{}
	}
	return ids
}
