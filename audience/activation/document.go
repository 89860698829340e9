// SPDX-License-Identifier: Apache-2.0

// Package activation writes a release's rules for the platform's own ads system:
// as rules.json, which package match reads, and as SQL. The rule travels, people
// do not. What it writes is for operators and for that system alone: an
// advertiser gets labels and noised numbers, never a rule.
package activation

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp/release"
)

// A MismatchError says that a plan is not the one that was released.
type MismatchError struct{ What string }

func (e *MismatchError) Error() string { return "the plan is not the one that was released: " + e.What }

// Document returns the rules of a plan's segments, as they were released. The
// plan has to be the one that was released, by its digest and its segments'
// versions; labels may differ.
func Document(p *plan.Plan, r *release.Release) (*match.Document, error) {
	if err := same(p, r); err != nil {
		return nil, err
	}
	lets, segments, where := p.RuleTexts()
	d := &match.Document{Throng: 1, Release: r.ID, Plan: r.Plan, PlanDigest: r.PlanDigest, Date: r.Date, AsOf: r.AsOf, TimeZone: r.TimeZone,
		LookbackDays: r.LookbackDays, Issued: r.Issued, Obligations: obligations(p, r), Stop: slices.Concat([]string{}, r.Changes.Removed, r.Retracted())}
	for _, t := range p.Rules.Schema.Tables {
		table := match.Table{Name: t.Name, Time: p.TimeOf(t.Name), Columns: columns(t.Columns)}
		if at := slices.IndexFunc(where, func(s rule.Source) bool { return s.Name == t.Name }); at >= 0 {
			table.Where = where[at].Text
		}
		d.Tables = append(d.Tables, table)
	}
	if p.Rules.Schema.HasPeople {
		people := columns(p.Rules.Schema.Person)
		d.People = &people
	}
	d.Lets = []match.Let{}
	for _, l := range lets {
		d.Lets = append(d.Lets, match.Let{Name: l.Name, Rule: l.Text})
	}
	for _, s := range segments {
		label := r.Segment(s.Name)
		one := match.SegmentRule{ID: s.Name, Version: label.Version, Purpose: label.Purpose, Status: label.Status, Rule: s.Text}
		if label.Reason != "" {
			one.Reason = &label.Reason
		}
		for name, v := range s.Each {
			if one.Each == nil {
				one.Each = map[string]any{}
			}
			one.Each[name] = match.Constant(v)
		}
		d.Segments = append(d.Segments, one)
	}
	var err error
	d.Vectors, err = vectors(p)
	return d, err
}

// same tells that a release is of a plan.
func same(p *plan.Plan, r *release.Release) error {
	if got := hex.EncodeToString(p.Digest[:]); got != r.PlanDigest {
		return &MismatchError{fmt.Sprintf("its digest is %.12s…, and %.12s… was released", got, r.PlanDigest)}
	}
	for _, s := range p.Segments {
		if label := r.Segment(s.ID); label == nil || label.Version != s.Version {
			return &MismatchError{"another rule of " + s.ID}
		}
	}
	return nil
}

func obligations(p *plan.Plan, r *release.Release) match.Obligations {
	o := match.Obligations{MinAge: r.Privacy.MinAge, MinAudience: r.MinReach, Covers: r.Privacy.Covers,
		OptOuts: "at each match, ask the source of choices for the person, under all keys, and the segment's purpose; whoever has opted out, or cannot be asked about, is not matched"}
	if r.ValidUntil != "" {
		o.Expires = &r.ValidUntil
	}
	if p.Age != "" {
		o.Age = &p.Age
	}
	return o
}

func columns(from []rule.Column) []match.Column {
	out := []match.Column{}
	for _, c := range from {
		out = append(out, match.Column{Name: c.Name, Type: match.TypeName(c.Kind), Key: c.Key})
	}
	return out
}

// Write writes rules.json: the same plan and release give the same bytes.
func Write(w io.Writer, d *match.Document) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // rules are full of < and &&
	e.SetIndent("", "  ")
	return e.Encode(d)
}
