// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/release"
)

// other is the label of the cell for all that is declared nowhere.
const other = "(other)"

// An Attribute bands a person-level value: a let with a domain or bins, or the
// bins of a frequency. Its cells are Domain or the bins, in the plan's order,
// then "(other)".
type Attribute struct {
	Let     string
	Unknown bool         // text whose values nobody declared: see Name
	Domain  []rule.Value // nil if Bins
	Bins    []float64    // lower edges, rising; the last is open
	Cells   []string     // labels, "(other)" last; of an Unknown one that alone
}

// Name returns the category that v is in where nobody declared any: the text
// itself, without what must not be printed. Empty, which is other, are null, what
// is longer than a label may be, and what looks like somebody's key. It depends
// on v alone: nobody's value changes another's.
func (a *Attribute) Name(v rule.Value) string {
	s, _ := v.(string)
	s = release.Plain(s)
	if len(s) > dp.MaxName || s == other || strings.ContainsFunc(s, hides) || identifierIn(s) != "" {
		return ""
	}
	return s
}

// Cell returns the number of the cell that v falls in. Null, a value outside
// the domain or below the first bin is the last cell.
func (a *Attribute) Cell(v rule.Value) int {
	last := len(a.Cells) - 1
	if a.Domain != nil {
		if at := slices.Index(a.Domain, v); v != nil && at >= 0 {
			return at
		}
		return last
	}
	var x float64
	switch v := v.(type) {
	case int64:
		// Edges of ints are whole and within 2^53, where this is exact; beyond,
		// rounding keeps the order.
		x = float64(v)
	case float64:
		x = v
	default:
		return last
	}
	at, exact := slices.BinarySearch(a.Bins, x)
	switch {
	case exact:
		return at
	case at == 0:
		return last
	}
	return at - 1
}

// newAttribute returns the attribute of a let with a domain or else bins.
func newAttribute(name string, kind rule.Kind, domain []rule.Value, bins []float64) Attribute {
	a := Attribute{Let: name, Domain: domain, Bins: bins}
	for _, v := range domain {
		a.Cells = append(a.Cells, label(v))
	}
	for i := range bins {
		a.Cells = append(a.Cells, binLabel(bins, i, kind == rule.Int))
	}
	a.Cells = append(a.Cells, other)
	return a
}

// binLabel names bin i: 3-4 for whole numbers, 250-500 for others, whose upper
// edge is outside; 10+ for the last.
func binLabel(bins []float64, i int, whole bool) string {
	from := edge(bins[i])
	if i == len(bins)-1 {
		return from + "+"
	}
	to := bins[i+1]
	if whole {
		to--
	}
	switch {
	case to == bins[i]:
		return from
	case bins[i] < 0 || to < 0:
		return from + " to " + edge(to)
	}
	return from + "-" + edge(to)
}

func edge(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// maxDecimals is how many decimals a sum is exact to: doubles are summed in
// 10^-6 units.
const maxDecimals = 6

// An Amount is a person-level total that is clipped and counted in units of
// 10^-Decimals.
type Amount struct {
	Let      string
	Min, Max int64 // in units
	Decimals int
	Unit     string
}

var powers = [maxDecimals + 1]int64{1, 10, 100, 1000, 10_000, 100_000, 1_000_000}

// Units returns v clipped to [Min, Max] in units, rounded half away from zero.
// v is an int64, or a double whose value is a whole number of 10^-6. Null (an
// overflow) counts as 0, clipped.
func (a *Amount) Units(v rule.Value) int64 {
	switch v := v.(type) {
	case int64:
		return a.clip(scaleInt(v, powers[a.Decimals]))
	case float64:
		return a.clip(roundUnits(micros(v), powers[maxDecimals-a.Decimals]))
	}
	return a.clip(0)
}

func (a *Amount) clip(units int64) int64 { return min(max(units, a.Min), a.Max) }

// scaleInt multiplies by a power of ten, clamped to the range of int64.
func scaleInt(v, by int64) int64 {
	switch {
	case v > math.MaxInt64/by:
		return math.MaxInt64
	case v < math.MinInt64/by:
		return math.MinInt64
	}
	return v * by
}

// micros returns x in 10^-6 units, rounded half away from zero, clamped to the
// range of int64. The product is taken exactly, in two parts: a plain product
// may itself round to a half.
func micros(x float64) int64 {
	p := x * 1e6
	switch {
	case p >= math.MaxInt64:
		return math.MaxInt64
	case p <= math.MinInt64:
		return math.MinInt64
	}
	rest := math.FMA(x, 1e6, -p)
	whole := math.Trunc(p)
	part := p - whole // exact
	n := int64(whole)
	switch half := 0.5; {
	case x >= 0 && (part > half || part == half && rest >= 0):
		n++
	case x < 0 && (part < -half || part == -half && rest <= 0):
		n--
	}
	return n
}

// roundUnits divides by a power of ten, rounded half away from zero.
func roundUnits(n, by int64) int64 {
	q, r := n/by, n%by
	switch {
	case 2*r >= by:
		q++
	case 2*r <= -by:
		q--
	}
	return q
}

// units reads a plain decimal as a whole number of 10^-decimals. False: it has
// more decimals, or does not fit.
func (t number) units(decimals int) (int64, bool) {
	// A number was read as a float64 before, so its exponent is small.
	r, ok := new(big.Rat).SetString(string(t))
	if !ok || !r.Mul(r, big.NewRat(powers[decimals], 1)).IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}
