// SPDX-License-Identifier: Apache-2.0

package activation

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/sql"
	"github.com/throng-dp/throng/dp/release"
)

// PersonColumn is the column of persons' keys where a plan ties several: whoever
// runs the statement has resolved them.
const PersonColumn = "throng_person"

// WriteSQL writes a statement that finds who is in which released segment: of
// relations that are called like the plan's tables and have their files' columns,
// and of throng_allowed. What is withheld is not in it; of the others, the ones
// that are named, or all if none are.
func WriteSQL(w io.Writer, p *plan.Plan, r *release.Release, d *sql.Dialect, segments []string) error {
	m, err := membership(p, r, d, segments)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, heading(m, p, r, d)+d.Members(m)+";\n")
	return err
}

func membership(p *plan.Plan, r *release.Release, d *sql.Dialect, segments []string) (*sql.Membership, error) {
	if err := same(p, r); err != nil {
		return nil, err
	}
	cal, err := rule.NewCalendar(p.Zone, r.Date, p.Lookback)
	if err != nil {
		return nil, err
	}
	m := &sql.Membership{Query: sql.Query{Rules: p.Rules, Calendar: cal, Age: p.Age, MinAge: r.Privacy.MinAge}}
	if r.ValidUntil != "" {
		if m.Expires, err = time.Parse(time.RFC3339, r.ValidUntil); err != nil {
			return nil, err
		}
	}
	for i, t := range p.Rules.Schema.Tables {
		m.Query.Tables = append(m.Query.Tables, source(p, &p.Tables[i], t.Columns, d))
	}
	if p.People != nil {
		people := source(p, p.People, p.Rules.Schema.Person, d)
		m.Query.People = &people
	}
	for _, s := range r.Segments {
		if s.Status == release.Released && (len(segments) == 0 || slices.Contains(segments, s.ID)) {
			m.Labels = append(m.Labels, sql.Label{Segment: s.ID, Version: s.Version, Purpose: s.Purpose})
		}
	}
	return m, nil
}

func source(p *plan.Plan, s *plan.Source, columns []rule.Column, d *sql.Dialect) sql.Source {
	out := sql.Source{From: d.Name(s.Name), Person: d.Name(s.Person), Columns: map[string]string{}}
	if p.Identity != nil {
		out.Person = d.Name(PersonColumn)
	}
	if s.Time != "" {
		out.Time = d.Name(s.Time)
	}
	if s.ID != "" {
		out.ID = d.Name(s.ID)
	}
	for _, c := range columns {
		name := c.Name
		for _, renamed := range s.Columns {
			if renamed.Name == c.Name && renamed.Is != "" {
				name = renamed.Is
			}
		}
		out.Columns[c.Name] = d.Name(name)
	}
	return out
}

// heading tells whoever runs the statement what it needs and what it binds to. It
// holds names that the plan's grammar keeps to letters, digits and dashes, and no
// others: a name with a line break would end the comment.
func heading(m *sql.Membership, p *plan.Plan, r *release.Release, d *sql.Dialect) string {
	var b strings.Builder
	say := func(format string, a ...any) {
		b.WriteString(strings.TrimRight(fmt.Sprintf("-- "+format, a...), " ") + "\n")
	}
	say("%s@%s, release %s: who is in which segment, as of %s (%s).", r.Plan, r.Date, r.ID, r.AsOf, d.ID)
	say("For the platform's own ads system; not for advertisers, and no list of it leaves the platform.")
	say("")
	say("It reads relations with the columns of the plan's files; times are instants, not local times:")
	for i := range p.Tables {
		say("  %s", p.Tables[i].Name)
	}
	if p.People != nil {
		say("  people")
	}
	if p.Identity != nil {
		say("Each has the column %s: one key for all of a person's keys, null for nobody.", PersonColumn)
	}
	say("It needs a relation throng_allowed (person, purpose): whom the source of choices allows to be matched,")
	say("under all their keys, at the moment that this runs. Whoever is not in it is not matched.")
	say("")
	if m.Expires.IsZero() {
		say("The release was made once: it does not expire.")
	} else {
		say("From %s on nobody is matched.", m.Expires.UTC().Format(time.RFC3339))
	}
	if m.Query.MinAge > 0 {
		say("Nobody under %d, or of an age that nobody knows, is matched.", m.Query.MinAge)
	}
	for _, l := range m.Labels {
		say("segment %s, version %s, for %s", l.Segment, l.Version, l.Purpose)
	}
	for _, s := range r.Segments {
		if s.Status != release.Released {
			say("withheld, not in here: %s", s.ID)
		}
	}
	return b.String() + "\n"
}
