// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

func canonicalRule(text ruleText) string { return strings.Join(tokens(string(text)), " ") }

// canonical is what a plan's digest is made of: all that decides what is
// counted and what it costs, and nothing of how it is said.
type canonical struct {
	Throng   int
	Name     string
	Every    string
	Zone     string
	Tables   []canonicalTable
	People   *canonicalTable `json:",omitempty"`
	Age      string
	OptOuts  *canonicalChoices  `json:",omitempty"`
	MoreOuts []canonicalChoices `json:",omitempty"`
	Identity *Identities        `json:",omitempty"`
	Purpose  string
	Lookback int
	Privacy  privacy
	Lets     []canonicalLet
	Segments []canonicalSegment
	Release  []item
}

type canonicalTable struct {
	Name                          string
	Files                         []string
	Person, Phone, Time, ID, Days string
	Holds                         string `json:",omitempty"`
	Network                       int    `json:",omitempty"`
	Columns                       []column
	Names                         []string
	Where                         string
}

type canonicalChoices struct {
	Files   words  `json:"files"`
	Person  string `json:"person"`
	Phone   string `json:"phone"`
	Purpose string `json:"purpose"`
	From    string `json:"from"`
	Until   string `json:"until"`

	Snapshot string `json:"snapshot,omitempty"`

	Holds   string `json:"holds,omitempty"`
	Network int    `json:"network,omitempty"`

	Choice   string   `json:"choice,omitempty"`
	Cohort   string   `json:"cohort,omitempty"`
	Accepted string   `json:"accepted,omitempty"`
	Windows  []Window `json:"windows,omitempty"`
	Signals  *Signals `json:"signals,omitempty"`
}

type canonicalLet struct {
	Name, Of string
	Domain   []rule.Value
	Bins     []float64
	Unknown  bool `json:",omitempty"`
}

type canonicalSegment struct {
	ID, Rule string
	Each     map[string]rule.Value
	Purpose  string `json:",omitempty"` // where it is not the plan's
}

// digest is the SHA-256 of the canonical plan: without comments, spacing,
// tests, about, and the names, descriptions and taxonomy of segments. Of a
// sub-account only the account that it divides is in it: who asks changes
// neither what is counted nor what it costs the people, and one answer serves
// everybody who asks the same.
func (f *File) digest() [32]byte {
	text, err := json.Marshal(f.canonical())
	if err != nil {
		panic("plan: digest: " + err.Error()) // plain data: it cannot fail
	}
	return sha256.Sum256(text)
}

func (f *File) canonical() canonical {
	doc := &f.doc
	privacy := doc.Privacy
	privacy.Account, _, _ = strings.Cut(privacy.Account, "/")
	c := canonical{
		Throng: doc.Throng, Name: doc.Name, Every: doc.Every, Zone: f.zone.String(), Purpose: doc.Purpose,
		Lookback: int(doc.Lookback), Privacy: privacy, Release: doc.Release,
	}
	for i := range doc.Data.Events {
		t := &doc.Data.Events[i].Value
		c.Tables = append(c.Tables, canonicalSource(f.eventsSource(i), canonicalRule(t.Where)))
	}
	if p := doc.Data.People; p != nil {
		t := canonicalSource(f.peopleSource(), "")
		c.People, c.Age = &t, p.Age
	}
	for _, o := range f.optOuts() {
		one := canonicalChoices{o.Files, o.Person, o.Phone.Column, o.Purpose, o.From, o.Until, o.Snapshot, o.Phone.canonical(), o.Network,
			o.Choice, o.Cohort, o.Accepted, o.Windows, nil}
		if o.Signals != (Signals{}) {
			one.Signals = &o.Signals
		}
		if c.OptOuts == nil {
			c.OptOuts = &one
		} else {
			c.MoreOuts = append(c.MoreOuts, one)
		}
	}
	if c.Identity = f.identity(); c.Identity != nil && c.Identity.Links != nil {
		c.Identity.Links.Place = Place{}
	}
	for i := range doc.Let {
		l := &doc.Let[i]
		c.Lets = append(c.Lets, canonicalLet{l.Key, canonicalRule(l.Value.Of), valuesOf(l.Value.Domain.Values), floatsOf(l.Value.Bins), l.Value.Domain.Unknown})
	}
	for i := range f.segments {
		s := &f.segments[i]
		c.Segments = append(c.Segments, canonicalSegment{s.id, canonicalRule(s.Rule), s.each, s.ownPurpose(doc.Purpose)})
	}
	return c
}

func canonicalSource(s *Source, where string) canonicalTable {
	t := canonicalTable{
		Name: s.Name, Files: s.Files, Person: s.Person, Phone: s.Phone.Column, Time: s.Time, ID: s.ID, Days: s.Days, Where: where,
		Holds: s.Phone.canonical(), Network: s.Network,
	}
	for _, c := range s.Columns {
		t.Names = append(t.Names, c.Name)
		t.Columns = append(t.Columns, column{Is: c.Is, Type: kindName[c.Kind], Role: c.Role})
	}
	return t
}

func valuesOf(ss []scalar) []rule.Value {
	var vs []rule.Value
	for i := range ss {
		vs = append(vs, ss[i].Value)
	}
	return vs
}

func floatsOf(ns []number) []float64 {
	var fs []float64
	for _, n := range ns {
		fs = append(fs, n.float())
	}
	return fs
}

// versions returns a short hash for each segment that changes only when its
// rule does, with the lets, segments and tables' conditions that it refers to.
func (f *File) versions() []string {
	v := &versions{File: f, lets: map[string]string{}, segments: map[string]string{}}
	out := make([]string, len(f.segments))
	for i := range f.segments {
		out[i] = v.segment(i)
	}
	return out
}

type versions struct {
	*File
	lets, segments map[string]string
}

func (v *versions) segment(i int) string {
	s := &v.File.segments[i]
	if h, ok := v.segments[s.id]; ok {
		return h
	}
	v.segments[s.id] = "" // rules have no cycles: Check has seen to it
	each, _ := json.Marshal(s.each)
	h := v.hash(string(s.Rule), string(each))
	v.segments[s.id] = h
	return h
}

// hash is that of a rule's tokens, names replaced by what they stand for.
func (v *versions) hash(text, each string) string {
	ts := tokens(text)
	for i, t := range ts {
		if i > 0 && ts[i-1] == "." {
			continue
		}
		if at := v.doc.Let.at(t); at >= 0 {
			if _, ok := v.lets[t]; !ok {
				v.lets[t] = ""
				v.lets[t] = v.hash(string(v.doc.Let[at].Value.Of), "")
			}
			ts[i] = v.lets[t]
		}
		if at := v.doc.Data.Events.at(t); at >= 0 {
			ts[i] += "(" + canonicalRule(v.doc.Data.Events[at].Value.Where) + ")"
		}
		if i > 1 && ts[i-2] == "in_segment" && len(t) > 2 {
			id := t[1 : len(t)-1]
			if at := slices.IndexFunc(v.File.segments, func(s expanded) bool { return s.id == id }); at >= 0 {
				ts[i] = v.segment(at)
			}
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(ts, " ") + "\n" + each + "\n" + v.zone.String()))
	return hex.EncodeToString(sum[:6])
}
