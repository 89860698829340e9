// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"
)

const (
	mostNetworks    = 16
	defaultMostKeys = 3
	mostMostKeys    = 100
	hmacSHA256      = "hmac-sha256"
)

var regionPattern = regexp.MustCompile(`^[A-Z]{2}$`)

// public returns the column as a compiled plan has it.
func (t *phone) public() Phone {
	if t.Column == "" {
		return Phone{}
	}
	return Phone{Column: t.Column, Holds: cmp.Or(t.Holds, "text")}
}

// canonical is what a digest says of the column's form: nothing of the usual one.
func (p Phone) canonical() string {
	if p.Holds == "text" {
		return ""
	}
	return p.Holds
}

// network returns the number of a network by its name; 0 if there is none.
func (f *File) network(name string) int {
	if i := f.doc.Data.Identities; i != nil {
		return max(0, slices.Index(i.Networks, name))
	}
	return 0
}

// optOuts returns the sources of choices.
func (f *File) optOuts() (all []OptOuts) {
	for i := range f.doc.Data.OptOuts.Sources {
		o := &f.doc.Data.OptOuts.Sources[i]
		all = append(all, OptOuts{
			Files: o.Files, Person: o.Person, Phone: o.Phone.public(), Network: f.network(o.Network), Purpose: o.Purpose,
			From: o.From, Until: o.Until, Snapshot: o.Snapshot, Place: f.places.at(o),
			Choice: o.Choice, Cohort: o.Cohort, Accepted: o.Accepted, Windows: o.windows(), Signals: o.Signals.public(),
		})
	}
	return all
}

// identity returns what the plan says of identities; nil if nothing.
func (f *File) identity() *Identities {
	i := f.doc.Data.Identities
	if i == nil {
		return nil
	}
	p := &Identities{Networks: slices.Clone(i.Networks), Region: i.Region, Hash: cmp.Or(i.Hash, hmacSHA256), MostKeys: defaultMostKeys}
	if len(p.Networks) == 0 {
		p.Networks = []string{""}
	}
	if i.MostKeys != nil {
		p.MostKeys = *i.MostKeys
	}
	if l := i.Links; l != nil {
		p.Links = &Links{Files: l.Files, Person: make([]string, len(p.Networks)), Phone: l.Phone.public(), Place: f.places.at(l)}
		p.Links.Person[0] = l.Person.Column
		for _, c := range l.Person.Columns {
			p.Links.Person[f.network(c.Key)] = c.Value
		}
	}
	return p
}

// checkIdentities checks how keys are tied.
func (f *File) checkIdentities() {
	d, i := f.places, f.doc.Data.Identities
	if i == nil {
		return
	}
	seen := map[string]bool{}
	for n := range i.Networks {
		f.checkWord(&i.Networks[n], "network")
		if seen[i.Networks[n]] {
			d.add(d.at(&i.Networks[n]), fmt.Sprintf("network %q is named twice", i.Networks[n]), "")
		}
		seen[i.Networks[n]] = true
	}
	if len(i.Networks) > mostNetworks {
		d.add(d.at(&i.Networks), fmt.Sprintf("more than %d networks", mostNetworks), "")
	}
	if i.Region != "" && !regionPattern.MatchString(i.Region) {
		d.add(d.at(&i.Region), fmt.Sprintf("region %q", i.Region), "two capital letters of ISO 3166: GB")
	}
	if i.MostKeys != nil && (*i.MostKeys < 1 || *i.MostKeys > mostMostKeys) && intPattern.MatchString(d.nodes[i.MostKeys].Value) {
		d.add(d.at(i.MostKeys), fmt.Sprintf("most_keys must be 1 to %d", mostMostKeys), "3 is usual: a private number, one at work, an old one")
	}
	if i.Links != nil {
		f.checkFiles(i.Links.Files)
		f.checkLinks(i.Links)
	}
}

// checkLinks demands columns of two kinds of keys: fewer tie nothing.
func (f *File) checkLinks(l *links) {
	d, networks := f.places, f.doc.Data.Identities.Networks
	columns := map[string]int{}
	if l.Person.Column != "" {
		if columns[l.Person.Column]++; len(networks) > 1 {
			d.add(d.at(&l.Person), "a person's key of which network?", fmt.Sprintf("write {%s: %s}", networks[0], l.Person.Column))
		}
	}
	for i := range l.Person.Columns {
		c := &l.Person.Columns[i]
		columns[c.Value]++
		if !slices.Contains(networks, c.Key) {
			d.add(d.at(&c.Key), fmt.Sprintf("unknown network %q", c.Key), d.suggest(c.Key, networks))
		}
	}
	if l.Phone.Column != "" {
		columns[l.Phone.Column]++
	}
	if len(columns) < 2 {
		d.add(d.at(l), "links tie keys of two kinds", "name two columns at least: links: {files: links.parquet, person: user_id, phone: msisdn}")
	}
	for name, n := range columns {
		if n > 1 {
			d.add(d.at(l), fmt.Sprintf("links name the column %q twice", name), "each kind of key has a column of its own")
		}
	}
}

// checkKey demands that a table says whose its rows are, and, where there are
// several networks, of which one.
func (f *File) checkKey(table any, person *string, number *phone, network *string, what string) {
	d, ids := f.places, f.doc.Data.Identities
	n := d.nodes[table]
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	switch {
	case d.nodes[person] == nil && d.nodes[number] == nil:
		d.add(placeOf(n), what+` needs "person"`, "the column that holds the person's key")
	case number.Column != "" && ids == nil:
		d.add(d.at(number), "phone numbers need data.identities", "data: {identities: {region: GB}}: where numbers without a country code are dialled")
	case number.Column != "" && number.Column == *person:
		d.add(d.at(number), fmt.Sprintf("column %q is the person's key and the phone number", *person), "name it once")
	}
	var networks []string
	if ids != nil {
		networks = ids.Networks
	}
	switch {
	case *network != "" && len(networks) == 0:
		d.add(d.at(network), "no networks are declared", fmt.Sprintf("data: {identities: {networks: [%s]}}", *network))
	case *network != "" && !slices.Contains(networks, *network):
		d.add(d.at(network), fmt.Sprintf("unknown network %q", *network), d.suggest(*network, networks))
	case *network == "" && *person != "" && len(networks) > 1:
		d.add(d.at(person), what+" has keys of which network?", "say network: "+networks[0])
	}
}

// ownPurpose returns the segment's purpose if it is not the plan's.
func (s *expanded) ownPurpose(plans string) string {
	if s.Purpose == plans {
		return ""
	}
	return s.Purpose
}

// checkPurposes refuses a rule that asks for a segment of another purpose: who
// opted out of one purpose would be looked at for it all the same.
func (c *compiler) checkPurposes() {
	purpose := map[string]string{}
	for i := range c.segments {
		purpose[c.segments[i].id] = c.segments[i].ownPurpose(c.doc.Purpose)
	}
	for i := range c.segments {
		s := &c.segments[i]
		for _, id := range inSegments(tokens(string(s.Rule))) {
			if purpose[id] != purpose[s.id] {
				c.add(c.at(&s.Rule), fmt.Sprintf("segment %q is for another purpose than %q, which it asks for", s.id, id),
					"a choice applies to its own purpose alone: write the shared condition as a let and use that in both")
			}
		}
	}
}

// inSegments returns the ids that a rule asks for with in_segment.
func inSegments(ts []string) (ids []string) {
	for i := 2; i < len(ts); i++ {
		if ts[i-2] == "in_segment" && len(ts[i]) > 2 {
			ids = append(ids, ts[i][1:len(ts[i])-1])
		}
	}
	return ids
}
