// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"

	"github.com/throng-dp/throng/dp/release"
)

// A change is what became of an audience's size since the release before.
type change struct{ Figure, Note string }

// newChange tells it as far as it can be told: a difference that noise alone
// makes one time in twenty or more is no change.
func newChange(x *index, s *release.Segment) change {
	c, was := x.reach[s.ID], x.before(s.ID)
	switch {
	case !released(c):
		return change{Figure: dash}
	case was == nil && badge(x.r, s.ID) != "":
		return change{Figure: badge(x.r, s.ID)}
	case was == nil:
		return change{Figure: dash, Note: "not comparable"}
	}
	difference, noise := x.r.Change(c, was)
	off := "±" + thin + release.Number(int64(math.Ceil(noise)))
	if math.Abs(difference) < noise {
		return change{"within noise", off}
	}
	return change{signed(difference), off}
}

// before is an audience's size in the release before, if it can be compared.
func (x *index) before(id string) *release.Size {
	if len(x.r.Past) == 0 || x.r.Past[0].ID != x.r.Changes.Since {
		return nil
	}
	return x.r.Past[0].Reach[x.segment[id]]
}

func signed(difference float64) string {
	n := int64(math.Round(difference))
	if n > 0 {
		return "+" + release.Number(n)
	}
	return release.Number(n)
}

// changesNote says how far the column of changes is to be trusted.
func changesNote(x *index) string {
	compared := 0
	for _, s := range x.order {
		if released(x.reach[s.ID]) && x.before(s.ID) != nil {
			compared++
		}
	}
	say := "Changes are since " + release.Day(x.r.Changes.Date) + "."
	if compared == 0 {
		return say
	}
	return say + fmt.Sprintf(" A difference that noise alone makes one time in twenty or more is “within noise”: if nothing had changed, %s of these %s would be told as a change all the same.",
		release.Misses(compared, 0.95), release.Number(int64(compared)))
}
