// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"bytes"
	"encoding/json"
)

// Since names, in words, what of a plan is not as it was in another, beside
// audiences, named values and numbers: what whoever reviews it must not overlook.
func (p *Plan) Since(before *Plan) (changed []string) {
	was, now := before.source.canonical(), p.source.canonical()
	for _, x := range []struct {
		what   string
		is, of any
	}{
		{"name: releases of it begin anew", was.Name, now.Name},
		{"account: who pays", before.Privacy.Account, p.Privacy.Account},
		{"min_reach", was.Privacy.MinReach, now.Privacy.MinReach},
		{"max_segments", was.Privacy.MaxSegments, now.Privacy.MaxSegments},
		{"purpose: other choices of people apply", was.Purpose, now.Purpose},
		{"opt_outs: whose choices are read, or how", [2]any{was.OptOuts, was.MoreOuts}, [2]any{now.OptOuts, now.MoreOuts}},
		{"identities: which keys are one person's", was.Identity, now.Identity},
		{"people: who everyone is, or their age", [2]any{was.People, was.Age}, [2]any{now.People, now.Age}},
		{"events: which files, columns or rows are read", was.Tables, now.Tables},
		{"lookback", was.Lookback, now.Lookback},
		{"time_zone", was.Zone, now.Zone},
		{"every: how often it is built", was.Every, now.Every},
	} {
		if !equal(x.is, x.of) {
			changed = append(changed, x.what)
		}
	}
	return changed
}

// equal compares plain data as the digest sees them.
func equal(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && bytes.Equal(x, y)
}
