// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/throng-dp/throng/dp/release"
)

// quantiles is one value over all audiences: a row each, a column for every
// quantile.
type quantiles struct {
	Title   string
	Columns []string
	Rows    []quantileRow
	Note    string
}

type quantileRow struct {
	Place  int
	Name   string
	Values []quantile
}

// A quantile is a value, and what its rank is off by.
type quantile struct {
	At, Value, Rank string
	Rough           bool
}

func newQuantiles(x *index) []quantiles {
	tables, order := map[string]map[string]*release.Table{}, []string{}
	for i := range x.r.Tables {
		t := &x.r.Tables[i]
		if t.Kind != release.Quantiles {
			continue
		}
		key := fmt.Sprintf("%q %q %d %v %d", t.Of, t.Unit, t.Decimals, t.Clip, t.Step)
		for i := range t.Cells {
			key += " " + t.Cells[i].Key[0]
		}
		if tables[key] == nil {
			tables[key] = map[string]*release.Table{}
			order = append(order, key)
		}
		tables[key][t.Segments[0]] = t
	}
	var found []quantiles
	for _, key := range order {
		found = append(found, newQuantileTable(x, tables[key]))
	}
	return found
}

func newQuantileTable(x *index, tables map[string]*release.Table) quantiles {
	var q quantiles
	for _, s := range x.order {
		t := tables[s.ID]
		if t == nil {
			continue
		}
		if q.Columns == nil {
			q.Title = release.Plain(t.Of)
			for i := range t.Cells {
				q.Columns = append(q.Columns, quantileName(t.Cells[i].Key[0]))
			}
			q.Note = fmt.Sprintf("Values are rounded to steps of %s %s, from %s to %s. The share of people below a value is off by no more than is written under it, %s sure.",
				short(t.Step, t.Decimals), release.Plain(t.Unit), short(t.Clip.Min, t.Decimals), short(t.Clip.Max, t.Decimals),
				release.Share(int64(1000*x.r.Privacy.Confidence), 1000))
		}
		row := quantileRow{Place: x.place[s.ID], Name: x.name[s.ID]}
		for i := range t.Cells {
			c := &t.Cells[i]
			v := quantile{At: q.Columns[i], Value: dash}
			if released(c) {
				v = quantile{v.At, short(*c.Estimate, t.Decimals), "±" + thin + atMost(*c.RankError), !c.Readable}
			}
			row.Values = append(row.Values, v)
		}
		q.Rows = append(q.Rows, row)
	}
	return q
}

// quantileName says in words what a quantile is.
func quantileName(at string) string {
	share, err := strconv.ParseFloat(at, 64)
	switch {
	case err != nil:
		return release.Plain(at)
	case share == 0.5:
		return "half have less than"
	}
	return strconv.FormatFloat(math.Round(1e4*share)/100, 'f', -1, 64) + thin + "% have less than"
}

// atMost writes a share that is a bound, rounded up.
func atMost(share float64) string {
	return strconv.FormatFloat(math.Ceil(1000*share-1e-6)/10, 'f', -1, 64) + thin + "%"
}
