// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

// A File is a parsed plan in its author's words, with places. Its fields are
// not exported: Compile reads it.
type File struct {
	name      string
	text      []byte
	doc       document
	places    *decoder // of the document's fields, by their addresses
	lines     []string
	zone      *time.Location
	segments  []expanded
	base      *File    // that it uses; nil: none
	forbidden []string // columns, by the owner's policy
}

// An expanded segment is one of those that an entry of segments stands for.
type expanded struct {
	*segment
	id, name, description string
	each                  map[string]rule.Value
}

// Parse reads the text of a plan that uses no other one. In a well-formed
// document it reports every fault of form at once, as Errors.
func Parse(name string, text []byte) (*File, error) { return ParseUsing(name, text, nil) }

// Sources returns the tables that the file names: events tables first, people
// last if any. For readers that want schemas before Compile.
func (f *File) Sources() []*Source {
	var s []*Source
	for i := range f.doc.Data.Events {
		s = append(s, f.eventsSource(i))
	}
	if f.doc.Data.People != nil {
		s = append(s, f.peopleSource())
	}
	return s
}

// eventsSource returns events table i.
func (f *File) eventsSource(i int) *Source {
	e := &f.doc.Data.Events[i]
	t := &e.Value
	return &Source{
		Name: e.Key, Files: t.Files, Person: t.Person, Phone: t.Phone.public(), Network: f.network(t.Network), Time: t.Time, ID: t.ID, Days: t.Days,
		Columns: columnsOf(t.Columns), Place: f.places.at(&e.Key),
	}
}

func (f *File) peopleSource() *Source {
	p := f.doc.Data.People
	return &Source{
		Name: "people", Files: p.Files, Person: p.Person, Phone: p.Phone.public(), Network: f.network(p.Network),
		Columns: columnsOf(p.Columns), Place: f.places.at(&f.doc.Data.People),
	}
}

func columnsOf(given entries[column]) []Column {
	var cs []Column
	for i := range given {
		c := Column{Name: given[i].Key, Is: given[i].Value.Is, Kind: kindOf[given[i].Value.Type], Role: given[i].Value.Role}
		if c.Is == "" {
			c.Is = c.Name
		}
		cs = append(cs, c)
	}
	return cs
}

var kindOf = map[string]rule.Kind{
	"bool": rule.Bool, "int": rule.Int, "double": rule.Double, "string": rule.String, "timestamp": rule.Timestamp,
}

var kindName = map[rule.Kind]string{
	rule.Bool: "bool", rule.Int: "int", rule.Double: "double", rule.String: "string",
	rule.Timestamp: "timestamp", rule.Duration: "duration",
}
