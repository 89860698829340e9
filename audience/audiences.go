// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
)

// A Sized is an audience whose size is released, and how far off that is.
type Sized struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	HalfWidth float64 `json:"half_width"`    // people, at 95 %
	Readable  int     `json:"readable_from"` // people, from which on its size is readable
	SafeFrom  int     `json:"safe_from"`     // people, from which on it is released with 95 %; 0: min_reach withholds none
}

// audiences are those of a plan whose sizes it releases, in its order.
func (e *Explanation) audiences(p *plan.Plan, s *dp.Strategy) {
	e.Audiences = []Sized{}
	names := map[string]string{}
	for i := range p.Segments {
		names[p.Segments[i].ID] = p.Segments[i].Name
	}
	for t := range p.Releases {
		r := &p.Releases[t]
		if r.Kind != "reach" {
			continue
		}
		x := Sized{ID: r.Segments[0], Name: names[r.Segments[0]], HalfWidth: s.HalfWidth(t, 0)}
		x.Readable = smallestReadable(x.HalfWidth)
		if p.Privacy.MinReach > 0 {
			x.SafeFrom = safeFrom(p.Privacy.MinReach, s.StdDev(t, 0))
		}
		e.Audiences = append(e.Audiences, x)
	}
}
