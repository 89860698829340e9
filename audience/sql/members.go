// SPDX-License-Identifier: Apache-2.0

package sql

import (
	"fmt"
	"strings"
	"time"
)

// A Membership asks who may be served as a member of which segments.
type Membership struct {
	Query   Query     // without Lets and Segments
	Labels  []Label   // of the segments that are asked for
	Expires time.Time // nobody is a member from then on; zero: never
}

// A Label is what is told of a segment's members.
type Label struct{ Segment, Version, Purpose string }

// Members returns a statement with one row for each person and segment: person,
// segment, version, purpose. It reads the relation throng_allowed (person,
// purpose), and whoever is not in it is no member of anything. After Expires it
// has no rows: who replaces a list by them stops serving it, where an error would
// leave the old one standing.
func (d *Dialect) Members(m *Membership) string {
	q := m.Query
	q.Lets, q.Segments = nil, nil
	for _, l := range m.Labels {
		q.Segments = append(q.Segments, l.Segment)
	}
	steps, answers := d.answers(&q)
	var in, labels []string
	for i, l := range m.Labels {
		answer, _, _ := strings.Cut(answers[i], " AS ")
		in = append(in, fmt.Sprintf("CASE WHEN %s THEN %s END", answer, d.text(l.Segment)))
		labels = append(labels, fmt.Sprintf("(%s, %s, %s)", d.text(l.Segment), d.text(l.Version), d.text(l.Purpose)))
	}
	if len(in) == 0 { // nothing is released: nobody is in anything
		none := fmt.Sprintf("CAST(NULL AS %s)", d.textType)
		in, labels = []string{none}, []string{fmt.Sprintf("(%s, %s, %s)", none, none, none)}
	}
	steps = append(steps,
		step{"throng_labels", "SELECT * FROM (VALUES\n  " + strings.Join(labels, ",\n  ") + "\n) AS l(segment, version, purpose)"},
		step{"throng_members", fmt.Sprintf("SELECT person, %s AS segment FROM %s", d.each(in), last(steps))})
	end := `SELECT m.person, m.segment, l.version, l.purpose
FROM throng_members m JOIN throng_labels l ON l.segment = m.segment
WHERE EXISTS (SELECT 1 FROM throng_allowed a WHERE ` + fmt.Sprintf("CAST(a.person AS %s)", d.textType) + ` = m.person AND a.purpose = l.purpose)`
	if !m.Expires.IsZero() {
		end += fmt.Sprintf("\n  AND %s < %d", d.now, m.Expires.UnixMicro())
	}
	return written(steps, end)
}
