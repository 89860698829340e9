// SPDX-License-Identifier: Apache-2.0

package export

import "github.com/throng-dp/throng/dp/release"

// A past is an earlier release: the sizes in it that can be compared with this
// one's.
type past struct {
	Release    string     `json:"release"`
	Date       string     `json:"date"`
	Population *size      `json:"population"`
	Segments   []pastSize `json:"segments"`
}

type pastSize struct {
	ID string `json:"id"`
	size
}

type size struct {
	Estimate int64   `json:"estimate"`
	Lower    int64   `json:"lower"`
	Upper    int64   `json:"upper"`
	Unbiased decimal `json:"unbiased"`
	StdDev   decimal `json:"stddev"`
}

func newSize(s *release.Size) *size {
	if s == nil {
		return nil
	}
	return &size{s.Estimate, s.Lower, s.Upper, decimal(s.Unbiased), decimal(s.StdDev)}
}

func newPast(r *release.Release) []past {
	all := []past{}
	for i := range r.Past {
		p := &r.Past[i]
		out := past{Release: p.ID, Date: p.Date, Population: newSize(p.Population), Segments: []pastSize{}}
		for k, s := range p.Reach {
			if s != nil {
				out.Segments = append(out.Segments, pastSize{r.Segments[k].ID, *newSize(s)})
			}
		}
		all = append(all, out)
	}
	return all
}

func (s *size) size() *release.Size {
	if s == nil {
		return nil
	}
	return &release.Size{Estimate: s.Estimate, Lower: s.Lower, Upper: s.Upper, Unbiased: float64(s.Unbiased), StdDev: float64(s.StdDev)}
}

// fillPast puts the past of a catalogue into a release whose segments are there.
func (c *catalog) fillPast(r *release.Release) {
	place := map[string]int{}
	for i := range r.Segments {
		place[r.Segments[i].ID] = i
	}
	for i := range c.Past {
		p := &c.Past[i]
		back := release.Past{ID: p.Release, Date: p.Date, Population: p.Population.size(), Reach: make([]*release.Size, len(r.Segments))}
		for k := range p.Segments {
			if at, ok := place[p.Segments[k].ID]; ok {
				back.Reach[at] = p.Segments[k].size.size()
			}
		}
		r.Past = append(r.Past, back)
	}
}
