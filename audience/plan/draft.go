// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/release"
)

// Draft returns the release of a run without its numbers: labels and shape,
// one table for each of the workload's, every cell in order. What the ledger,
// the policy and package dp know is left for them: id, time, price, ages.
func (p *Plan) Draft(cal *rule.Calendar, date string) *release.Release {
	r := &release.Release{
		Throng: 1, Account: p.Privacy.Account, Plan: p.Name, PlanDigest: hex.EncodeToString(p.Digest[:]),
		Date: date, AsOf: cal.AsOf.In(p.Zone).Format(time.RFC3339), TimeZone: p.Zone.String(), LookbackDays: p.Lookback,
		Every: p.Every, ValidUntil: p.validUntil(date), Publisher: p.About.Publisher, Owner: p.About.Owner,
		Purpose: p.Purpose, Who: p.who(), MinReach: p.Privacy.MinReach, Cleared: p.Cleared,
	}
	bounded := 0
	if p.Privacy.MaxSegments < len(p.Segments) {
		bounded = p.Privacy.MaxSegments
	}
	for _, s := range p.Segments {
		r.Segments = append(r.Segments, release.Segment{
			ID: s.ID, Version: s.Version, Name: s.Name, Description: s.Description, Taxonomy: s.Taxonomy,
			Purpose: s.Purpose, BoundedBy: bounded, Everyone: s.Everyone,
		})
	}
	r.Tables = make([]release.Table, 0, len(p.Releases))
	for i := range p.Releases {
		t := draftTable(&p.Releases[i])
		if w := &p.Workload.Tables[i]; w.Kind == dp.Sum || w.Kind == dp.Mean {
			a := p.Workload.Amounts[w.Amount]
			t.Clip = &release.Clip{Min: a.Min, Max: a.Max}
		}
		if w := &p.Workload.Tables[i]; w.Kind == dp.Quantiles {
			g := &p.Grids[w.Grid]
			t.Clip, t.Step = &release.Clip{Min: g.Min, Max: g.Max}, g.Step
		}
		r.Tables = append(r.Tables, t)
	}
	r.Privacy.MaxSegments = p.Privacy.MaxSegments
	if p.Identity != nil {
		r.Privacy.MostKeys = p.Identity.MostKeys
	}
	r.Privacy.OptOuts = "applied"
	if p.OptOuts == nil {
		r.Privacy.OptOuts = "none"
	}
	return r
}

func draftTable(l *Release) release.Table {
	t := release.Table{
		Kind: l.Kind, Segments: l.Segments, By: l.By, Of: l.Of, Bins: l.Bins, Unit: l.Unit, Decimals: l.Decimals, Among: l.Among,
		Cells: make([]release.Cell, max(1, len(l.Keys))),
	}
	for c, key := range l.Keys {
		t.Cells[c].Key = key
	}
	if l.Kind == release.Frequency {
		for i := range l.Bins {
			from, _ := t.Edges(i)
			t.AtLeast = append(t.AtLeast, release.Tail{Cell: release.Cell{Key: []string{fmt.Sprintf("%d+", from)}}})
		}
	}
	return t
}

// validUntil is the end of the day on which the next release is due.
func (p *Plan) validUntil(date string) string {
	day, err := time.ParseInLocation(time.DateOnly, date, p.Zone)
	if err != nil {
		return ""
	}
	due := day.AddDate(0, 0, 1)
	switch p.Every {
	case "day":
		due = due.AddDate(0, 0, 1)
	case "week":
		due = due.AddDate(0, 0, 7)
	case "month":
		due = due.AddDate(0, 1, 0)
	default:
		return ""
	}
	return due.Format(time.RFC3339)
}

// who says in words who the population is; a policy's age is added by those
// who know it.
func (p *Plan) who() string {
	s := fmt.Sprintf("people with an event in %d days", p.Lookback)
	if p.People != nil {
		s = "people listed"
	}
	if p.OptOuts != nil {
		var words []string
		for _, purpose := range p.Purposes() {
			words = append(words, purposeWords[purpose])
		}
		s += ", not opted out of " + strings.Join(words, " and ")
	}
	return s
}

var purposeWords = map[string]string{
	"ads": "ads", "friend_suggestions": "friend suggestions", "marketing_messages": "marketing messages", "measurement": "measurement",
}
