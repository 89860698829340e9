// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// A match rate is the mean, over a segment's people, of whether they have a
// visible event on a network: a noised count over a noised count, each with its
// price. It needs no look at the identity map, so that nothing but people's rows
// decides it: who is tied to a key that supplies no event is not there.

// matchShareDecimals is how finely a match rate is told: 0.0001 of its people.
const matchShareDecimals = 4

// matchLet names the value that a match rate is the mean of.
func matchLet(network string) string { return "match_rate_" + network }

// tablesOf returns the events tables of a network.
func (f *File) tablesOf(network string) (tables []string) {
	for i := range f.doc.Data.Events {
		if e := &f.doc.Data.Events[i]; e.Value.Network == network {
			tables = append(tables, e.Key)
		}
	}
	return tables
}

func (f *File) checkMatchRate(b *matchRateItem) {
	d, at := f.places, f.places.at(&b.MatchRate)
	var networks []string
	if i := f.doc.Data.Identities; i != nil {
		networks = i.Networks
	}
	switch {
	case b.MatchRate == "":
	case !slices.Contains(networks, b.MatchRate):
		d.add(at, fmt.Sprintf("unknown network %q", b.MatchRate), d.suggest(b.MatchRate, networks))
	case len(f.tablesOf(b.MatchRate)) == 0:
		d.add(at, fmt.Sprintf("no table of events is of the network %q", b.MatchRate), "say network: "+b.MatchRate+" of the tables that are")
	case f.doc.Let.at(matchLet(b.MatchRate)) >= 0:
		d.add(at, fmt.Sprintf("the let %q has the name that the match rate needs", matchLet(b.MatchRate)), "rename the let")
	}
}

// matchLets returns the values that match rates are means of.
func (f *File) matchLets() (lets []rule.Source) {
	for i := range f.doc.Release {
		b, ok := f.doc.Release[i].Body.(*matchRateItem)
		if !ok || slices.ContainsFunc(lets, func(s rule.Source) bool { return s.Name == matchLet(b.MatchRate) }) {
			continue
		}
		var any []string
		for _, table := range f.tablesOf(b.MatchRate) {
			any = append(any, table+".size() > 0")
		}
		lets = append(lets, rule.Source{Name: matchLet(b.MatchRate), Text: strings.Join(any, " || ") + " ? 1 : 0"})
	}
	return lets
}

func (t *tabler) matchRate(b *matchRateItem, segments []int, at Place) {
	name := matchLet(b.MatchRate)
	a := Amount{Let: name, Max: powers[matchShareDecimals], Decimals: matchShareDecimals, Unit: "share"}
	total := slices.Index(t.plan.Totals, a)
	if total < 0 {
		total = len(t.plan.Totals)
		t.plan.Totals = append(t.plan.Totals, a)
	}
	for _, s := range segments {
		t.table(dp.Table{Kind: dp.Mean, Segments: []int{s}, Amount: total},
			Release{Kind: "mean", Segments: t.ids(s), Of: name, Unit: a.Unit, Decimals: a.Decimals}, at)
	}
}
