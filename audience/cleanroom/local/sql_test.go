// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"strings"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/sql"
)

// A question is what a plan's rules ask of everyone, in DuckDB's SQL: an
// implementation of their meaning that shares nothing with the kernels. Its
// answer has a row a person: key, lets, segments.
type question struct {
	plan  *plan.Plan
	cal   *rule.Calendar
	files map[string][]string         // Parquet files of each source
	who   func(s *plan.Source) string // whose a row is, where it is not the column of persons that says so
}

func (q *question) sql(lets []string) string {
	query := &sql.Query{Rules: q.plan.Rules, Calendar: q.cal, Lets: lets}
	for i, t := range q.plan.Rules.Schema.Tables {
		query.Tables = append(query.Tables, *q.source(&q.plan.Tables[i], t.Columns))
	}
	if q.plan.People != nil {
		query.People = q.source(q.plan.People, q.plan.Rules.Schema.Person)
	}
	for _, s := range q.plan.Rules.Segments {
		query.Segments = append(query.Segments, s.Segment)
	}
	return sql.DuckDB.Answers(query)
}

func (q *question) source(s *plan.Source, columns []rule.Column) *sql.Source {
	out := &sql.Source{From: parquetFiles(q.files[s.Name]), Person: ident(s.Person), Time: ident(s.Time), Columns: map[string]string{}}
	if q.who != nil {
		out.Person = q.who(s)
	}
	if s.ID != "" {
		out.ID = ident(s.ID)
	}
	for _, c := range columns {
		out.Columns[c.Name] = ident(fileName(s, c.Name))
	}
	return out
}

func parquetFiles(files []string) string {
	var quoted []string
	for _, f := range files {
		quoted = append(quoted, text(f))
	}
	return fmt.Sprintf("read_parquet([%s], union_by_name = true)", strings.Join(quoted, ", "))
}

func ident(name string) string { return sql.DuckDB.Name(name) }

func text(s string) string { return sql.DuckDB.Text(s) }
