// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/dp"
	"go.yaml.in/yaml/v4"
)

// A target is how far off a number may be, at 95 %: ±50, or 50.
type target struct{ number }

// largest target: beyond it a number says nothing.
const maxTarget = 1e12

var targetPattern = regexp.MustCompile(`^± ?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func (t *target) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode && targetPattern.MatchString(n.Value) {
		t.number = number(strings.TrimLeft(n.Value, "± "))
		return
	}
	if _, ok := plainFloat(n); !ok {
		d.notNumber(n, what, "how far off a number may be", "write ±50, or 50")
		return
	}
	t.number = number(n.Value)
}

// wanted are the fields of every item: of which segments, and how exact.
type wanted struct {
	Segments globs    `json:"segments" jsonschema_description:"ids of segments, * for any letters; default: all"`
	Weight   *float64 `json:"weight" jsonschema_description:"how much its error counts against the others'; default 1"`
	Target   *target  `json:"target" jsonschema_description:"how far off its numbers may be, at 95 %: ±50 people, or ±500 of a sum's unit; of a mean in an audience of 1,000 people"`
}

func (w *wanted) common() *wanted { return w }

// weight of the tables of an item; 0 for the default.
func (w *wanted) weight() float64 {
	if w == nil || w.Weight == nil {
		return 0
	}
	return *w.Weight
}

// halfWidth is the target in units of 10^-decimals; 0 without one.
func (w *wanted) halfWidth(decimals int) float64 {
	if w == nil || w.Target == nil {
		return 0
	}
	return w.Target.float() * math.Pow10(decimals)
}

func (f *File) checkWanted(w *wanted) {
	d := f.places
	if x := w.Weight; x != nil && f.isNumber(x) && (*x <= 0 || *x > 1e6) {
		d.add(d.at(x), "weight must be above 0 and at most 1000000", "")
	}
	if t := w.Target; t != nil && t.number != "" && !(t.float() > 0 && t.float() <= maxTarget) {
		d.add(d.at(t), fmt.Sprintf("target must be above 0 and at most %g", maxTarget), "how far off a number may be in 19 of 20 cases: ±50")
	}
}

// missedTarget tells, at the target's own place, which ε would do.
func (c *compiler) missedTarget(missed *dp.TargetError) {
	by := c.tables[missed.Table].by
	c.add(c.at(by.Target), fmt.Sprintf("±%s is out of reach at epsilon %g", by.Target.number, c.plan.Privacy.Epsilon),
		fmt.Sprintf("epsilon: %s would do for all targets of the plan, or a larger target, or fewer releases beside it", strconv.FormatFloat(missed.Epsilon, 'f', -1, 64)))
}
