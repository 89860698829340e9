// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// A curve is the share of an audience with at least so many, bin by bin: drawn
// in a box of 100 by 40, and in words.
type curve struct {
	Line, Band string // points of a polyline and of a polygon around it
	Lines      []line
}

// newCurve draws the tails of a frequency; nil where there are none to draw.
func newCurve(t *release.Table) *curve {
	if len(t.AtLeast) == 0 || !released(&t.AtLeast[0].Cell) {
		return nil
	}
	c := &curve{}
	var middle, upper, lower []string
	for i := range t.AtLeast {
		it := &t.AtLeast[i]
		x := 100 * float64(i) / float64(max(1, len(t.AtLeast)-1))
		point := func(share float64) string { return fmt.Sprintf("%.1f,%.1f", x, 40*(1-share)) }
		middle = append(middle, point(it.Share.Estimate))
		upper = append(upper, point(it.Share.Upper))
		lower = append([]string{point(it.Share.Lower)}, lower...)
		from, _ := t.Edges(i)
		c.Lines = append(c.Lines, line{
			Label:  fmt.Sprintf("\u2265%s%s", thin, release.Number(from)),
			People: ofAll(it.Share.Estimate), Range: ofAll(it.Share.Lower) + "\u2013" + ofAll(it.Share.Upper),
			Rough: !it.Readable, Bar: bar{percent(100 * it.Share.Lower), percent(100 * (it.Share.Upper - it.Share.Lower)), ""},
		})
	}
	c.Line, c.Band = strings.Join(middle, " "), strings.Join(append(upper, lower...), " ")
	return c
}

// ofAll writes a share as a percentage.
func ofAll(share float64) string { return release.Share(int64(share*1000+0.5), 1000) }
