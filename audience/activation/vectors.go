// SPDX-License-Identifier: Apache-2.0

package activation

import (
	"context"
	"fmt"
	"time"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// invented people have chosen nothing.
type invented struct{}

func (invented) Allows(context.Context, string, string, time.Time) (bool, error) { return true, nil }

// vectors are the plan's tests, with all that the reference says of them.
func vectors(p *plan.Plan) ([]match.Vector, error) {
	all := []match.Vector{}
	for _, c := range p.Cases() {
		v, err := vector(p, &c)
		if err != nil {
			return nil, fmt.Errorf("test %q: %w", c.Name, err)
		}
		all = append(all, *v)
	}
	return all, nil
}

func vector(p *plan.Plan, c *plan.Case) (*match.Vector, error) {
	cal, err := rule.NewCalendar(p.Zone, c.Date, p.Lookback)
	if err != nil {
		return nil, err
	}
	m, err := match.Load(p.Rules, cal, invented{})
	if err != nil {
		return nil, err
	}
	answer, err := m.Match(context.Background(), c.Person, "")
	if err != nil {
		return nil, err
	}
	v := &match.Vector{Name: c.Name, Date: c.Date, Person: plain(c.Person.Fields), Events: map[string][]map[string]any{},
		Lets: map[string]any{}, Segments: map[string]*bool{}}
	for table, events := range c.Person.Events {
		for _, e := range events {
			v.Events[table] = append(v.Events[table], plain(e.Fields))
		}
	}
	for name, value := range answer.Lets {
		v.Lets[name] = match.Plain(value)
	}
	for i, s := range p.Rules.Segments {
		v.Segments[s.Segment] = nil
		if in, known := answer.Segments[i].(bool); known {
			v.Segments[s.Segment] = &in
		}
	}
	return v, nil
}

func plain(fields map[string]rule.Value) map[string]any {
	out := map[string]any{}
	for name, v := range fields {
		if v != nil {
			out[name] = match.Plain(v)
		}
	}
	return out
}
