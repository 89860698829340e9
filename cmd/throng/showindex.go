// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// An indexJSON compares a share of one audience with the same share of everyone,
// for programs: 100 where both are alike.
type indexJSON struct {
	Segment string   `json:"segment"`
	Second  string   `json:"second,omitempty"` // another audience: which share of these are in it
	By      []string `json:"by,omitempty"`     // or named values: which share of these have the key
	Key     []string `json:"key,omitempty"`
	Index   int64    `json:"index"`
	Lower   int64    `json:"lower"` // at 95 %
	Upper   int64    `json:"upper"`
	Differs bool     `json:"differs"` // from 100: the range does not hold it
}

// showIndex compares audiences with everyone, by whatever was released of both.
func (s *session) showIndex(rel *release.Release, ids []string) error {
	if s.IsSet("at-least") {
		return usage("--index stands alone")
	}
	list := []indexJSON{}
	wanted := func(id string) bool {
		for _, w := range ids {
			if w == id {
				return true
			}
		}
		return len(ids) == 0
	}
	for i := range rel.Segments {
		if id := rel.Segments[i].ID; wanted(id) {
			list = append(list, pairIndexes(rel, id)...)
			list = append(list, cellIndexes(rel, id)...)
		}
	}
	if len(list) == 0 {
		s.talk.say("nothing can be compared: that takes overlaps, or a breakdown that an audience of everyone (rule: \"true\") has too, and large enough numbers")
	}
	return s.print(list, func(w io.Writer) { writeIndexes(w, list) })
}

// pairIndexes tell how much likelier people of an audience are in another one
// than anybody is.
func pairIndexes(rel *release.Release, id string) (list []indexJSON) {
	for i := range rel.Segments {
		other := rel.Segments[i].ID
		c := rel.Overlap(id, other)
		if other == id || c == nil || !c.Readable {
			continue
		}
		if x := rel.Index(c, rel.Reach(id), rel.Reach(other), rel.Population()); x != nil {
			list = append(list, indexJSON{Segment: id, Second: other, Index: x.Estimate, Lower: x.Lower, Upper: x.Upper, Differs: x.Differs() != 0})
		}
	}
	return list
}

// cellIndexes tell how much likelier people of an audience have a value than
// people of the audience that everyone is in.
func cellIndexes(rel *release.Release, id string) (list []indexJSON) {
	everyone := rel.Everyone()
	if everyone == "" || everyone == id {
		return nil
	}
	for _, t := range rel.TablesOf(id) {
		of := sameTable(rel, everyone, t)
		if of == nil {
			continue
		}
		by := t.By
		if t.Of != "" {
			by = []string{t.Of}
		}
		for i := range t.Cells {
			if !t.Cells[i].Readable {
				continue
			}
			if x := rel.Index(&t.Cells[i], rel.Reach(id), of.Like(t, i), rel.Reach(everyone)); x != nil {
				list = append(list, indexJSON{Segment: id, By: by, Key: t.Cells[i].Key, Index: x.Estimate, Lower: x.Lower, Upper: x.Upper, Differs: x.Differs() != 0})
			}
		}
	}
	return list
}

// sameTable finds the table of another audience that is of the same values.
func sameTable(rel *release.Release, id string, t *release.Table) *release.Table {
	if t.Kind != release.Breakdown && t.Kind != release.Frequency {
		return nil
	}
	for _, o := range rel.TablesOf(id) {
		if o.Kind == t.Kind && o.Family() == t.Family() {
			return o
		}
	}
	return nil
}

func writeIndexes(w io.Writer, list []indexJSON) {
	if len(list) == 0 {
		return
	}
	var rows [][]string
	for _, x := range list {
		what := "in " + x.Second
		if x.Second == "" {
			what = strings.Join(x.By, " and ") + ": " + strings.Join(x.Key, " and ")
		}
		note := "as everyone"
		switch {
		case x.Lower > 100:
			note = "more than everyone"
		case x.Upper < 100:
			note = "less than everyone"
		}
		rows = append(rows, []string{x.Segment, what, grouped(x.Index), grouped(x.Lower) + "\u2013" + grouped(x.Upper), note})
	}
	writeTable(w, []column{left("audience"), left("people who are"), right("index"), right("95 % sure"), left("which is")}, rows)
	fmt.Fprintf(w, "\n100: as often as among everyone; 200: twice as often\n")
}
