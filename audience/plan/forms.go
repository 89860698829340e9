// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// What has more than one form in the file: a let, the opt-outs, a release.

// let is a rule, or a rule with the values that it is broken down by.
type let struct {
	Of     ruleText `json:"of" jsonschema:"required" jsonschema_description:"the value, one a person"`
	Domain domain   `json:"domain" jsonschema_description:"the values it is broken down by; all else is other. unknown: text whose values nobody declared; those of enough people are released"`
	Bins   []number `json:"bins" jsonschema_description:"lower edges, rising; the last bin is open, what lies below the first is other"`
}

func (t *let) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.MappingNode {
		d.mapping(reflect.ValueOf(t).Elem(), n, what)
		if d.nodes[&t.Domain] != nil && d.nodes[&t.Bins] != nil {
			d.add(d.at(&t.Bins), what+" has both domain and bins", "keep one")
		}
		return
	}
	d.value(reflect.ValueOf(&t.Of).Elem(), n, what)
}

// domain is a list of values, or the word unknown.
type domain struct {
	Unknown bool
	Values  []scalar
}

func (t *domain) fromNode(d *decoder, n *yaml.Node, what string) {
	if isPlain(n) && n.Value == "unknown" {
		t.Unknown = true
		return
	}
	if n.Kind == yaml.ScalarNode {
		d.add(placeOf(n), what+" must be a list, or the word unknown", fmt.Sprintf("write [%s]", n.Value))
		return
	}
	d.sequence(reflect.ValueOf(&t.Values).Elem(), n, what)
}

// given tells whether there is any.
func (t *domain) given() bool { return t.Unknown || len(t.Values) > 0 }

// optOuts is a source of choices, a list of them, or the word none.
type optOuts struct {
	None    bool
	Sources []choices
}

func (t *optOuts) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode {
		t.None = isPlain(n) && n.Value == "none"
		if !t.None {
			d.add(placeOf(n), what+" must be a source of choices, or none", "opt_outs: {files: opt_outs.csv, person: user_id}")
		}
		return
	}
	if n.Kind == yaml.SequenceNode {
		if d.sequence(reflect.ValueOf(&t.Sources).Elem(), n, what); len(t.Sources) == 0 {
			d.add(placeOf(n), what+" is empty", "write opt_outs: none where nobody can opt out")
		}
		return
	}
	t.Sources = make([]choices, 1)
	d.value(reflect.ValueOf(&t.Sources[0]).Elem(), n, what)
}

// phone is a column of phone numbers, or one that says what form they have.
type phone struct {
	Column string `json:"column" jsonschema:"required" jsonschema_description:"the column"`
	Holds  string `json:"holds" jsonschema:"enum=text,enum=msisdn,enum=hash,default=text" jsonschema_description:"text: numbers in any usual spelling; msisdn: digits with the country code and no sign; hash: hashed as data.identities.hash says"`
}

func (t *phone) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.MappingNode {
		d.mapping(reflect.ValueOf(t).Elem(), n, what)
		return
	}
	d.value(reflect.ValueOf(&t.Column).Elem(), n, what)
}

// personOfLink is a column of keys, or one for each network.
type personOfLink struct {
	Column  string
	Columns entries[string]
}

func (t *personOfLink) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.MappingNode {
		d.value(reflect.ValueOf(&t.Columns).Elem(), n, what)
		return
	}
	d.value(reflect.ValueOf(&t.Column).Elem(), n, what)
}

// item is one entry of release: one word, or fields of which the first says
// what is released.
type item struct {
	Kind string
	// Body points to the kind's struct; nil if the kind is unknown.
	Body itemBody
}

// An itemBody holds the fields of one kind of item.
type itemBody interface{ common() *wanted }

// selection is the word all, or ids of segments with * for any letters.
type selection struct {
	All   bool
	Globs globs
}

// globs are ids of segments with * for any letters.
type globs []string

func (t *globs) fromNode(d *decoder, n *yaml.Node, what string) {
	d.sequence(reflect.ValueOf((*[]string)(t)).Elem(), n, what)
	if n.Kind == yaml.SequenceNode && len(*t) == 0 {
		d.add(placeOf(n), what+" is empty", "name segments, or leave it out for all")
	}
}

func (t *selection) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode {
		t.All = isPlain(n) && n.Value == "all"
		if !t.All {
			d.add(placeOf(n), what+" must be all, or a list of segments", fmt.Sprintf("write [%s]", n.Value))
		}
		return
	}
	t.Globs.fromNode(d, n, what)
}

type reachItem struct {
	Reach selection `json:"reach" jsonschema:"required" jsonschema_description:"how many people are in each segment: all, or a list of ids with * for any letters"`
	wanted
}

type overlapItem struct {
	Overlap overlaps `json:"overlap" jsonschema:"required" jsonschema_description:"how many people are in both: all pairs of all segments, or of a list of ids with * for any letters; or a list of pairs and triples, [[a, b], [a, b, c]]"`
	wanted
}

type breakdownItem struct {
	Breakdown []string `json:"breakdown" jsonschema:"required" jsonschema_description:"lets with domain or bins: people by the crossing of their values"`
	wanted
}

type frequencyItem struct {
	Frequency string   `json:"frequency" jsonschema:"required" jsonschema_description:"an int let: people by its value"`
	Bins      []number `json:"bins" jsonschema_description:"lower edges, rising, the last bin open; default: the let's own"`
	wanted
}

type sumItem struct {
	Sum string `json:"sum" jsonschema:"required" jsonschema_description:"an int or double let: its total over people"`
	clipped
}

type meanItem struct {
	Mean string `json:"mean" jsonschema:"required" jsonschema_description:"an int or double let: its mean over people"`
	clipped
}

// clipped are the fields of sum and mean.
type clipped struct {
	Min      number `json:"min" jsonschema:"required" jsonschema_description:"a person's value counts at least this"`
	Max      number `json:"max" jsonschema:"required" jsonschema_description:"a person's value counts at most this"`
	Decimals *int   `json:"decimals" jsonschema_description:"0 to 6; default 2 for double, 0 for int"`
	Unit     string `json:"unit" jsonschema_description:"of the number, such as GBP"`
	wanted
}

type matchRateItem struct {
	MatchRate string `json:"match_rate" jsonschema:"required" jsonschema_description:"one of data.identities.networks: the share of each segment's people who have a visible event there"`
	wanted
}

type quantilesItem struct {
	Quantiles string   `json:"quantiles" jsonschema:"required" jsonschema_description:"an int or double let: its value below which a share of people are"`
	At        []number `json:"at" jsonschema:"required" jsonschema_description:"which quantiles, rising, between 0 and 1, up to 4 decimals: [0.5, 0.9]"`
	Min       number   `json:"min" jsonschema:"required" jsonschema_description:"a person's value counts at least this"`
	Max       number   `json:"max" jsonschema:"required" jsonschema_description:"a person's value counts at most this"`
	Step      number   `json:"step" jsonschema_description:"of the answer: values are rounded to min, min + step and so on; default: a thousandth of the range"`
	Unit      string   `json:"unit" jsonschema_description:"of the number, such as GBP"`
	wanted
}

type topItem struct {
	Top int    `json:"top" jsonschema:"required" jsonschema_description:"how many of the commonest values"`
	Of  string `json:"of" jsonschema:"required" jsonschema_description:"a let with a domain or bins"`
	wanted
}

// kinds of release items, with a new body for each.
var kinds = []struct {
	name string
	body func() itemBody
}{
	{"reach", func() itemBody { return new(reachItem) }},
	{"breakdown", func() itemBody { return new(breakdownItem) }},
	{"overlap", func() itemBody { return new(overlapItem) }},
	{"frequency", func() itemBody { return new(frequencyItem) }},
	{"sum", func() itemBody { return new(sumItem) }},
	{"mean", func() itemBody { return new(meanItem) }},
	{"quantiles", func() itemBody { return new(quantilesItem) }},
	{"top", func() itemBody { return new(topItem) }},
	{"match_rate", func() itemBody { return new(matchRateItem) }},
}

func kindNames() []string {
	s := make([]string, len(kinds))
	for i, k := range kinds {
		s[i] = k.name
	}
	return s
}

func (t *item) fromNode(d *decoder, n *yaml.Node, what string) {
	switch n.Kind {
	case yaml.ScalarNode:
		t.fromWord(d, n)
	case yaml.MappingNode:
		t.fromFields(d, n)
	default:
		d.add(placeOf(n), what+" must be a word or have fields", "- reach, or - {breakdown: [home]}")
	}
}

func (t *item) fromWord(d *decoder, n *yaml.Node) {
	switch n.Value {
	case "reach":
		t.Kind, t.Body = n.Value, &reachItem{Reach: selection{All: true}}
	case "overlap":
		t.Kind, t.Body = n.Value, &overlapItem{Overlap: overlaps{selection: selection{All: true}}}
	default:
		if slices.Contains(kindNames(), n.Value) {
			d.add(placeOf(n), fmt.Sprintf("%s needs to know of what", n.Value), fmt.Sprintf("- {%s: …}", n.Value))
			return
		}
		d.add(placeOf(n), fmt.Sprintf("unknown release %q", n.Value), d.suggest(n.Value, kindNames()))
	}
}

func (t *item) fromFields(d *decoder, n *yaml.Node) {
	var found []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := slices.Index(kindNames(), n.Content[i].Value)
		if at < 0 || slices.Contains(found, kinds[at].name) {
			continue
		}
		if found = append(found, kinds[at].name); len(found) > 1 {
			d.add(placeOf(n.Content[i]), "two kinds of release in one entry: "+strings.Join(found, ", "), "write one entry for each")
			return
		}
		t.Kind, t.Body = kinds[at].name, kinds[at].body()
	}
	if t.Body == nil {
		hint := "one of " + strings.Join(kindNames(), ", ")
		if len(n.Content) > 0 {
			hint = d.suggest(n.Content[0].Value, kindNames())
		}
		d.add(placeOf(n), "an entry of release does not say what is released", hint)
		return
	}
	d.mapping(reflect.ValueOf(t.Body).Elem(), n, t.Kind)
}
