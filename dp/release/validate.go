// SPDX-License-Identifier: Apache-2.0

package release

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Validate checks the shape of a release: that labels, tables and cells fit
// each other, that nothing is told of a withheld segment, and that every number
// is one that may be printed. It names a table's place, never a number.
func (r *Release) Validate() error {
	if r.Throng != 1 {
		return fmt.Errorf("release: format version %d, want 1", r.Throng)
	}
	status, err := r.statuses()
	if err != nil {
		return err
	}
	seen, place := make(map[name]bool, len(r.Tables)), make(map[string]int, len(r.Segments))
	for i := range r.Segments {
		place[r.Segments[i].ID] = i + 1
	}
	for i := range r.Tables {
		t := &r.Tables[i]
		if err := t.validate(status); err != nil {
			return fmt.Errorf("release: table %d (%s): %w", i, t.Kind, err)
		}
		n := t.name(place)
		if seen[n] {
			return fmt.Errorf("release: table %d (%s) is there twice", i, t.Kind)
		}
		seen[n] = true
	}
	if err := r.validatePast(); err != nil {
		return err
	}
	return r.Privacy.validate()
}

// statuses returns the status of every segment by id.
func (r *Release) statuses() (map[string]string, error) {
	status := make(map[string]string, len(r.Segments))
	for i, s := range r.Segments {
		switch {
		case s.ID == "":
			return nil, fmt.Errorf("release: segment %d has no id", i)
		case status[s.ID] != "":
			return nil, fmt.Errorf("release: segment %q is there twice", s.ID)
		case s.Status != Released && s.Status != Withheld:
			return nil, fmt.Errorf("release: segment %q has no known status", s.ID)
		case s.Status == Withheld && len(s.AtLeast) > 0:
			return nil, fmt.Errorf("release: segment %q is withheld and tells chances", s.ID)
		}
		for at, p := range s.AtLeast {
			if _, err := strconv.ParseInt(at, 10, 64); err != nil || !(p >= 0 && p <= 1) || negativeZero(p) {
				return nil, fmt.Errorf("release: segment %q: at_least holds what is no chance", s.ID)
			}
		}
		status[s.ID] = s.Status
	}
	return status, nil
}

// segmentsOf is how many segments a table of each kind speaks of.
var segmentsOf = map[string]int{
	Population: 0, Reach: 1, Breakdown: 1, Frequency: 1, Sum: 1, Mean: 1, Overlap: 2, Top: 1, Quantiles: 1,
	PeopleOver: 0, Dropped: 0,
}

func (t *Table) validate(status map[string]string) error {
	n, known := segmentsOf[t.Kind]
	if !known {
		return errors.New("unknown kind")
	}
	if t.Kind == Overlap && len(t.Segments) == 3 {
		n = 3
	}
	if len(t.Segments) != n {
		return fmt.Errorf("speaks of %d segments, want %d", len(t.Segments), n)
	}
	withheld := false
	for _, id := range t.Segments {
		switch status[id] {
		case "":
			return fmt.Errorf("unknown segment %q", id)
		case Withheld:
			withheld = true
		}
	}
	for i, id := range t.Segments { // three at most
		if slices.Contains(t.Segments[:i], id) {
			return errors.New("a segment with itself")
		}
	}
	if err := t.validateShape(); err != nil {
		return err
	}
	if err := t.validateFound(withheld); err != nil {
		return err
	}
	for i := range t.Cells {
		if t.Kind == Top && (withheld || t.Picked) {
			continue // see validateTop
		}
		validate := t.Cells[i].validate
		if t.Kind == Quantiles {
			validate = t.Cells[i].validateQuantile
		}
		if err := validate(t.width(), withheld); err != nil {
			return fmt.Errorf("cell %d: %w", i, err)
		}
	}
	return t.validateTails(withheld)
}

// validateTails checks the tails of a frequency: one for each bin, or none; no
// larger than the one before.
func (t *Table) validateTails(withheld bool) error {
	if n := len(t.AtLeast); n > 0 && (t.Kind != Frequency || n != len(t.Bins)) {
		return errors.New("bins and at_least do not match")
	}
	keys := map[string]bool{}
	for i := range t.AtLeast {
		c := &t.AtLeast[i]
		err := c.Cell.validate(t.width(), withheld)
		switch {
		case err != nil:
		case keys[c.Key[0]]:
			err = errors.New("two of one key")
		case (c.Share == nil) != (c.Status == Withheld):
			err = errors.New("its share and its status do not match")
		case c.Share != nil && !c.Share.valid():
			err = errors.New("its share is none")
		case c.Share != nil && i > 0 && t.AtLeast[i-1].Share != nil && *c.Estimate > *t.AtLeast[i-1].Estimate:
			err = errors.New("more people than have fewer")
		}
		if err != nil {
			return fmt.Errorf("at_least %d: %w", i, err)
		}
		keys[c.Key[0]] = true
	}
	return nil
}

// valid tells whether a fraction is one that may be printed: three decimals.
func (f *Fraction) valid() bool {
	for _, x := range []float64{f.Lower, f.Estimate, f.Upper} {
		if !(x >= 0 && x <= 1) || negativeZero(x) || math.Round(x*1000)/1000 != x {
			return false
		}
	}
	return f.Lower <= f.Estimate && f.Estimate <= f.Upper
}

func (t *Table) validateShape() error {
	switch {
	case len(t.Cells) == 0:
		return errors.New("no cells")
	case t.width() == 0 && len(t.Cells) != 1:
		return errors.New("more than one cell and no key")
	case t.Kind == Breakdown && len(t.By) == 0, t.Kind == Top && len(t.By) != 1:
		return errors.New("broken down by nothing")
	case (t.Kind == Frequency || t.Kind == Sum || t.Kind == Mean || t.Kind == Quantiles) && t.Of == "":
		return errors.New("of nothing")
	case t.Share != nil && (t.Kind != PeopleOver && t.Kind != Dropped || !t.Share.valid()):
		return errors.New("a share that is none")
	case t.Decimals < 0 || t.Decimals > 18:
		return errors.New("decimals out of range")
	case t.Clip != nil && t.Clip.Min > t.Clip.Max:
		return errors.New("clipped to an empty range")
	case t.Kind == Quantiles && (t.Clip == nil || t.Step < 1), t.Kind != Quantiles && t.Step != 0:
		return errors.New("a step, and no quantiles on a grid")
	case t.Kind == Frequency && len(t.Bins) != len(t.Cells)-1:
		return errors.New("bins and cells do not match")
	}
	if t.repeats() {
		return errors.New("two cells of one key")
	}
	if !slices.IsSorted(t.Bins) || slices.ContainsFunc(t.Bins, notFinite) {
		return errors.New("bins do not rise")
	}
	return nil
}

// repeats tells whether two cells have one key, but for cells of tops that are
// withheld, which have none.
func (t *Table) repeats() bool {
	if len(t.Cells) == 1 {
		return false
	}
	keys := make(map[string]bool, len(t.Cells))
	for i := range t.Cells {
		c := &t.Cells[i]
		key := strings.Join(c.Key, "\x00")
		if keys[key] && !(t.Kind == Top && c.Status == Withheld) {
			return true
		}
		keys[key] = true
	}
	return false
}

// Other is the label of the cell for all that no other cell of a table is about.
const Other = "(other)"

// validateFound checks what is special about categories that were found or
// chosen: that they say nothing of a withheld segment, and end with the others.
func (t *Table) validateFound(withheld bool) error {
	if t.Kind == Top {
		return t.validateTop(withheld)
	}
	f := t.Found
	switch last := &t.Cells[len(t.Cells)-1]; {
	case t.Among != nil || t.Picked:
		return errors.New("chosen among categories, and not the commonest")
	case f == nil:
		return nil
	case t.Kind != Breakdown || len(t.By) != 1:
		return errors.New("categories were found of what has none")
	case !slices.Contains([]string{Threshold, Optimal, Normal}, f.Rule):
		return errors.New("found by an unknown rule")
	case f.EvenFrom < 0 || !oneDecimal(f.Threshold) || !(f.Epsilon >= 0) || !(f.Delta >= 0) || notFinite(f.Epsilon) || notFinite(f.Delta):
		return errors.New("found by a rule that is none")
	case len(last.Key) != 1 || last.Key[0] != Other:
		return errors.New("found categories without others")
	case withheld && len(t.Cells) > 1:
		return errors.New("tells categories of a withheld segment")
	}
	for _, c := range t.Cells[:len(t.Cells)-1] {
		if len(c.Key) == 1 && (c.Key[0] == "" || c.Key[0] != Plain(c.Key[0])) {
			return errors.New("a found category that may not be printed")
		}
	}
	return nil
}

// validateTop checks the commonest categories: without keys where they are
// withheld, without numbers where they were picked.
func (t *Table) validateTop(withheld bool) error {
	if t.Found != nil {
		return errors.New("the commonest of categories that were found")
	}
	for i, c := range t.Cells {
		bare := c.Estimate == nil && c.Lower == nil && c.Upper == nil && c.Unbiased == nil && c.StdDev == nil && !c.Readable
		switch {
		case withheld && (c.Status != Withheld || !bare || len(c.Key) > 0):
			return fmt.Errorf("cell %d tells of a withheld segment", i)
		case withheld:
		case len(c.Key) != 1 || !slices.Contains(t.Among, c.Key[0]):
			return fmt.Errorf("cell %d is not among the categories", i)
		case t.Picked && (c.Status != Named || !bare):
			return fmt.Errorf("cell %d was picked, and has numbers", i)
		}
	}
	return nil
}

// width returns how many labels the key of each cell has.
func (t *Table) width() int {
	switch t.Kind {
	case Breakdown, Top:
		return len(t.By)
	case Frequency, Quantiles:
		return 1
	}
	return 0
}

// A name tells tables of one release apart.
type name struct {
	kind     string
	segments [3]int // their places, from 1
	rest     string // of what is no more than its segments: empty
}

func (t *Table) name(place map[string]int) name {
	n := name{kind: t.Kind}
	for i, id := range t.Segments { // three at most: see validate
		n.segments[i] = place[id]
	}
	if len(t.By) == 0 && t.Of == "" && len(t.Bins) == 0 && t.Clip == nil && t.Decimals == 0 && t.Step == 0 && t.Kind != Top {
		return n
	}
	clip := Clip{}
	if t.Clip != nil {
		clip = *t.Clip
	}
	most := 0
	if t.Kind == Top {
		most = len(t.Cells)
	}
	n.rest = fmt.Sprintf("%q %q %v %v %d %d %d", t.By, t.Of, t.Bins, clip, t.Decimals, most, t.Step)
	return n
}

func (c *Cell) validate(width int, withheld bool) error {
	switch {
	case len(c.Key) != width:
		return fmt.Errorf("key of %d labels, want %d", len(c.Key), width)
	case c.Status == Withheld:
		if c.RankError != nil || c.Estimate != nil || c.Lower != nil || c.Upper != nil || c.Unbiased != nil || c.StdDev != nil || c.Readable {
			return errors.New("withheld, and has numbers")
		}
		return nil
	case c.Status != Released:
		return errors.New("no known status")
	case withheld:
		return errors.New("released of a withheld segment")
	case c.Estimate == nil || c.Lower == nil || c.Upper == nil || c.Unbiased == nil || c.StdDev == nil:
		return errors.New("released, and a number is missing")
	case *c.Lower > *c.Upper:
		return errors.New("its interval is upside down")
	case !oneDecimal(*c.Unbiased) || !oneDecimal(*c.StdDev):
		return errors.New("a real that is not of one decimal")
	case *c.StdDev < 0:
		return errors.New("negative standard deviation")
	case c.RankError != nil:
		return errors.New("a rank error of no quantile")
	}
	return nil
}

// validateQuantile checks a cell of quantiles, whose only numbers are its value
// and its rank error.
func (c *Cell) validateQuantile(width int, withheld bool) error {
	switch {
	case len(c.Key) != width:
		return fmt.Errorf("key of %d labels, want %d", len(c.Key), width)
	case c.Lower != nil || c.Upper != nil || c.Unbiased != nil || c.StdDev != nil:
		return errors.New("a quantile with a range in its own unit")
	case c.Status == Withheld:
		if c.Estimate != nil || c.RankError != nil || c.Readable {
			return errors.New("withheld, and has numbers")
		}
		return nil
	case c.Status != Released:
		return errors.New("no known status")
	case withheld:
		return errors.New("released of a withheld segment")
	case c.Estimate == nil || c.RankError == nil:
		return errors.New("released, and a number is missing")
	}
	if e := *c.RankError; !(e >= 0 && e <= 1) || negativeZero(e) || math.Abs(e*1e4-math.Round(e*1e4)) > 1e-6 {
		return errors.New("a rank error that is no share of four decimals")
	}
	return nil
}

func (p *Privacy) validate() error {
	reals := []float64{p.Epsilon, p.Delta, p.Mu, p.Confidence, p.PureEpsilon, p.PureDelta,
		p.Lifetime.Epsilon, p.Lifetime.Delta, p.Lifetime.Ceiling}
	if p.Period != nil {
		reals = append(reals, p.Period.Epsilon, p.Period.Delta)
	}
	for _, f := range p.Families {
		reals = append(reals, f.StdDev, f.HalfWidth)
	}
	for _, m := range p.Mechanisms {
		reals = append(reals, m.Epsilon, m.Delta)
	}
	for _, x := range reals {
		if notFinite(x) || x < 0 || negativeZero(x) {
			return errors.New("release: privacy holds a real that is negative or not finite")
		}
	}
	return nil
}

func notFinite(x float64) bool    { return math.IsNaN(x) || math.IsInf(x, 0) }
func negativeZero(x float64) bool { return x == 0 && math.Signbit(x) }

// oneDecimal reports whether x is a number that one decimal writes exactly:
// more digits would print the low bits of the noise.
func oneDecimal(x float64) bool {
	if notFinite(x) || negativeZero(x) {
		return false
	}
	if math.Abs(x) < 1e14 {
		// A quotient is rounded to the nearest float64, which is what a text of
		// the same digits is read as.
		return math.Round(x*10)/10 == x
	}
	_, digits, _ := strings.Cut(strconv.FormatFloat(x, 'f', -1, 64), ".")
	return len(digits) <= 1
}
