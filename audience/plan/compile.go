// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// A Schemas tells the columns of a table as its files have them, in the
// file's own names and rule's kinds; columns that rules cannot see (nested,
// 38-digit decimals) have none, or are left out. It is asked only for tables whose columns
// the plan does not all type itself. It reads footers' schemas, never rows.
type Schemas func(s *Source) ([]rule.Column, error)

// Compile checks rules and releases against the schemas and returns the plan,
// or all faults at once as Errors. An error of schemas itself is returned as
// it is.
func (f *File) Compile(schemas Schemas) (*Plan, error) {
	if f.base != nil { // so that faults of its rules are told in its own file
		if _, err := f.base.Compile(schemas); err != nil {
			return nil, err
		}
	}
	c := &compiler{File: f, decoder: &decoder{faults: &faults{file: f.name}, nodes: f.places.nodes}, schemas: schemas}
	c.plan = &Plan{
		File: f.name, Text: f.allText(), Name: f.doc.Name, About: About(f.doc.About), Every: f.doc.Every, Zone: f.zone,
		Purpose: f.doc.Purpose, Lookback: int(f.doc.Lookback), source: f,
	}
	if c.refuseUnbuilt(); len(c.list) > 0 {
		return nil, c.err()
	}
	c.sources()
	if err := c.rules(); err != nil {
		return nil, err
	}
	if c.plan.Rules != nil {
		c.checkPurposes()
		c.segmentsAndPrivacy()
		c.workload()
		c.checkTestValues()
		c.plan.Findings = c.sensitive()
	}
	if len(c.list) == 0 {
		c.plan.Digest = f.digest()
		c.checkPrice()
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return c.plan, nil
}

// A compiler turns one file into a plan.
type compiler struct {
	*File
	*decoder
	schemas Schemas
	plan    *Plan
	views   map[string]view // by table
	lets    map[string]*rule.Let
	tables  []tablePlace // parallel to the workload's tables
}

// A tablePlace tells which item of release a table comes from.
type tablePlace struct {
	at Place
	by *wanted // nil for what no item asks for
}

// refuseUnbuilt names what the format has and this version does not build.
func (c *compiler) refuseUnbuilt() {
	refuse := func(address any, what string) { c.add(c.at(address), what+": not built yet", "leave it out") }
	data := &c.doc.Data
	for i := range data.Events {
		t := &data.Events[i].Value
		c.refuseSource(t.Files, refuse)
	}
	if p := data.People; p != nil {
		c.refuseSource(p.Files, refuse)
	}
	for i := range data.OptOuts.Sources {
		c.refuseSource(data.OptOuts.Sources[i].Files, refuse)
	}
	if data.Identities != nil && data.Identities.Links != nil {
		c.refuseSource(data.Identities.Links.Files, refuse)
	}
}

func (c *compiler) refuseSource(files words, refuse func(any, string)) {
	for i := range files {
		if m := schemePrefix.FindStringSubmatch(files[i]); m != nil && slices.Contains(objectStores, m[1]) {
			refuse(&files[i], "files of object stores")
		}
	}
}

func (c *compiler) sources() {
	for _, s := range c.Sources() {
		if s.Name == "people" {
			c.plan.People = s
			c.plan.Age = strings.TrimPrefix(c.doc.Data.People.Age, "person.")
			continue
		}
		c.plan.Tables = append(c.plan.Tables, *s)
	}
	c.plan.OptOuts, c.plan.Identity = c.optOuts(), c.identity()
}

// rules checks the rules. Tables that the plan types in full are asked for
// only if something is amiss without: a plan may type one column and use
// another. If their files are not there, what was found without them stands.
func (c *compiler) rules() error {
	if err := c.checkRules(false); err != nil {
		return err
	}
	if len(c.list) == 0 || !slices.ContainsFunc(c.Sources(), fullyTyped) {
		return nil
	}
	found := c.faults
	c.faults = &faults{file: c.name}
	if err := c.checkRules(true); err != nil {
		c.faults, c.plan.Rules = found, nil
	}
	return nil
}

// checkRules checks the rules against what is known; ask tells whether to ask
// for tables that the plan types in full, too.
func (c *compiler) checkRules(ask bool) (err error) {
	var schema rule.Schema
	c.views, c.plan.Cleared = map[string]view{}, nil
	for _, s := range c.Sources() {
		given, known := typed(s), false
		if ask || !fullyTyped(s) {
			if given, err = c.schemas(s); err != nil {
				return err
			}
			known = true
		}
		v := c.see(s, given, c.columnsOf(s), known)
		c.plan.Cleared = append(c.plan.Cleared, v.cleared...)
		c.views[s.Name] = v
		if s.Name == "people" {
			schema.HasPeople, schema.Person = true, v.columns
			c.checkAge(v)
			continue
		}
		schema.Tables = append(schema.Tables, rule.Table{Name: s.Name, Columns: v.columns})
	}
	lets, segments, where, tables := c.ruleSources()
	set, faults := rule.Check(schema, lets, segments, where)
	for _, ft := range faults {
		c.ruleFault(ft, tables)
	}
	c.plan.Rules, c.lets = set, map[string]*rule.Let{}
	if set != nil {
		for i := range set.Lets {
			c.lets[set.Lets[i].Name] = &set.Lets[i]
		}
	}
	return nil
}

func (c *compiler) columnsOf(s *Source) entries[column] {
	if s.Name == "people" {
		return c.doc.Data.People.Columns
	}
	return c.doc.Data.Events[c.doc.Data.Events.at(s.Name)].Value.Columns
}

func (c *compiler) checkAge(v view) {
	age := c.plan.Age
	if age == "" {
		return
	}
	at := slices.IndexFunc(v.columns, func(col rule.Column) bool { return col.Name == age })
	switch {
	case at < 0:
		c.add(c.at(&c.doc.Data.People.Age), fmt.Sprintf("people has no column %q", age), c.suggest(age, columnsByName(v.columns)))
	case v.columns[at].Kind != rule.Int && v.columns[at].Kind != rule.Double:
		c.add(c.at(&c.doc.Data.People.Age), fmt.Sprintf("age is %s", kindName[v.columns[at].Kind]), "years, as a number")
	}
}

func columnsByName(cs []rule.Column) []string {
	s := make([]string, len(cs))
	for i := range cs {
		s[i] = cs[i].Name
	}
	return s
}

// ruleSources returns the rules; tables are those that where's belong to.
func (f *File) ruleSources() (lets, segments, where []rule.Source, tables []int) {
	for i := range f.doc.Let {
		lets = append(lets, rule.Source{Name: f.doc.Let[i].Key, Text: string(f.doc.Let[i].Value.Of)})
	}
	lets = append(lets, f.matchLets()...)
	for i := range f.segments {
		s := &f.segments[i]
		segments = append(segments, rule.Source{Name: s.id, Text: string(s.Rule), Each: s.each})
	}
	for i := range f.doc.Data.Events {
		if w := f.doc.Data.Events[i].Value.Where; w != "" {
			where = append(where, rule.Source{Name: f.doc.Data.Events[i].Key, Text: string(w)})
			tables = append(tables, i)
		}
	}
	return lets, segments, where, tables
}

// segmentsAndPrivacy fills what needs no more checks.
func (c *compiler) segmentsAndPrivacy() {
	p := &c.doc.Privacy
	c.plan.Privacy = Privacy{Account: p.Account, Epsilon: p.Epsilon, Delta: p.Delta,
		PureEpsilon: p.PureEpsilon, PureDelta: p.PureDelta, MinReach: p.MinReach, MaxSegments: len(c.segments)}
	if p.MaxSegments != nil {
		c.plan.Privacy.MaxSegments = min(*p.MaxSegments, len(c.segments))
	}
	for i, version := range c.versions() {
		s := &c.segments[i]
		c.plan.Segments = append(c.plan.Segments, Segment{
			ID: s.id, Name: s.name, Description: s.description, Taxonomy: s.Taxonomy, Purpose: cmp.Or(s.Purpose, c.doc.Purpose), Version: version,
			Everyone: strings.TrimSpace(string(s.Rule)) == "true",
		})
	}
}
