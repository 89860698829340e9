// SPDX-License-Identifier: Apache-2.0

package match

import (
	"math"
	"math/big"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/throng-dp/throng/audience/rule"
)

// never is the answer of days_since over no events.
const never = 1 << 62

var runtime = &rule.Runtime{
	Call:  func(overload string) func(args ...ref.Val) ref.Val { return functions[overload] },
	Field: field,
}

// functions are what the helpers of macros and the arithmetic of rules do. What
// cannot be computed is null.
var functions = map[string]func(args ...ref.Val) ref.Val{
	"@true": func(a ...ref.Val) ref.Val {
		if types.IsError(a[0]) {
			return a[0] // ours, never the rule's: let it be heard
		}
		return types.Bool(a[0] == types.True)
	},
	"@known": func(a ...ref.Val) ref.Val {
		if types.IsError(a[0]) {
			return a[0]
		}
		return types.Bool(!types.IsUnknown(a[0]))
	},

	"@sum_int":       func(a ...ref.Val) ref.Val { return types.Int(sum(elements(a[0]), asInt)) },
	"@sum_double":    func(a ...ref.Val) ref.Val { return types.Double(float64(sum(elements(a[0]), micros)) / 1e6) },
	"@min_int":       least,
	"@min_double":    least,
	"@min_string":    least,
	"@min_timestamp": least,
	"@max_int":       greatest,
	"@max_double":    greatest,
	"@max_string":    greatest,
	"@max_timestamp": greatest,
	"@latest":        latest,
	"@distinct":      distinct,
	"@days_since":    daysSince,

	"@add_list":                    func(a ...ref.Val) ref.Val { return a[0].(traits.Adder).Add(a[1]) },
	"@add_int":                     func(a ...ref.Val) ref.Val { return ints(a, (*big.Int).Add) },
	"@subtract_int":                func(a ...ref.Val) ref.Val { return ints(a, (*big.Int).Sub) },
	"@multiply_int":                func(a ...ref.Val) ref.Val { return ints(a, (*big.Int).Mul) },
	"@modulo_int":                  modulo,
	"@negate_int":                  func(a ...ref.Val) ref.Val { return ints([]ref.Val{types.IntZero, a[0]}, (*big.Int).Sub) },
	"@add_double":                  func(a ...ref.Val) ref.Val { return double(number(a[0]) + number(a[1])) },
	"@subtract_double":             func(a ...ref.Val) ref.Val { return double(number(a[0]) - number(a[1])) },
	"@multiply_double":             func(a ...ref.Val) ref.Val { return double(number(a[0]) * number(a[1])) },
	"@multiply_int_double":         func(a ...ref.Val) ref.Val { return double(number(a[0]) * number(a[1])) },
	"@multiply_double_int":         func(a ...ref.Val) ref.Val { return double(number(a[0]) * number(a[1])) },
	"@divide_double":               func(a ...ref.Val) ref.Val { return double(number(a[0]) / number(a[1])) },
	"@negate_double":               func(a ...ref.Val) ref.Val { return double(-number(a[0])) },
	"@add_timestamp_duration":      func(a ...ref.Val) ref.Val { return shift(a[0], a[1], 1) },
	"@add_duration_timestamp":      func(a ...ref.Val) ref.Val { return shift(a[1], a[0], 1) },
	"@subtract_timestamp_duration": func(a ...ref.Val) ref.Val { return shift(a[0], a[1], -1) },
}

func elements(list ref.Val) []ref.Val {
	var all []ref.Val
	for it := list.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		all = append(all, it.Next())
	}
	return all
}

// ints computes without overflow and then asks whether the result is an int64.
func ints(a []ref.Val, op func(z, x, y *big.Int) *big.Int) ref.Val {
	z := op(new(big.Int), big.NewInt(int64(a[0].(types.Int))), big.NewInt(int64(a[1].(types.Int))))
	if !z.IsInt64() {
		return null
	}
	return types.Int(z.Int64())
}

// modulo is null where the quotient does not fit, as CEL has it.
func modulo(a ...ref.Val) ref.Val {
	if types.IsUnknown(ints(a, (*big.Int).Quo)) {
		return null
	}
	return ints(a, (*big.Int).Rem)
}

func number(v ref.Val) float64 {
	if i, ok := v.(types.Int); ok {
		return float64(i)
	}
	return float64(v.(types.Double))
}

func double(x float64) ref.Val {
	if v := finite(x); v != nil {
		return v
	}
	return null
}

func shift(t, d ref.Val, sign time.Duration) ref.Val {
	moved, ok := normalTime(t.(types.Timestamp).Time.Add(sign * d.(types.Duration).Duration))
	if !ok {
		return null
	}
	return types.Timestamp{Time: moved}
}

// sum adds exactly and clamps only the total, so that order never matters.
func sum(values []ref.Val, units func(ref.Val) (int64, bool)) int64 {
	total := new(big.Int)
	for _, v := range values {
		if u, ok := units(v); ok {
			total.Add(total, big.NewInt(u))
		}
	}
	switch {
	case total.IsInt64():
		return total.Int64()
	case total.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

func asInt(v ref.Val) (int64, bool) { return int64(v.(types.Int)), true }

// micros is a double in units of 10^-6; it is not ok, and so null, beyond 2^53
// units.
func micros(v ref.Val) (int64, bool) {
	u := math.Round(float64(v.(types.Double)) * 1e6)
	if math.Abs(u) > 1<<53 {
		return 0, false
	}
	return int64(u), true
}

// larger orders values of one kind: strings by bytes, false before true.
func larger(x, y ref.Val) bool {
	switch x := x.(type) {
	case types.Bool:
		return x == types.True && y == types.False
	case types.Timestamp:
		return x.After(y.(types.Timestamp).Time)
	}
	return x.(traits.Comparer).Compare(y) == types.IntOne
}

func least(a ...ref.Val) ref.Val {
	return choose(elements(a[0]), func(best, v ref.Val) bool { return larger(best, v) })
}

func greatest(a ...ref.Val) ref.Val {
	return choose(elements(a[0]), func(best, v ref.Val) bool { return larger(v, best) })
}

func choose(values []ref.Val, better func(best, v ref.Val) bool) ref.Val {
	var best ref.Val = null
	for i, v := range values {
		if i == 0 || better(best, v) {
			best = v
		}
	}
	return best
}

// latest is the value at the newest time; of several, the larger one.
func latest(a ...ref.Val) ref.Val {
	var best ref.Val = null
	var at time.Time
	times := elements(a[1])
	for i, v := range elements(a[0]) {
		t := times[i].(types.Timestamp).Time
		if i == 0 || t.After(at) || t.Equal(at) && larger(v, best) {
			best, at = v, t
		}
	}
	return best
}

func distinct(a ...ref.Val) ref.Val {
	seen := map[any]bool{}
	for _, v := range elements(a[0]) {
		seen[key(v)] = true
	}
	return types.Int(len(seen))
}

// key is equal for equal values; Go's times are not.
func key(v ref.Val) any {
	if t, ok := v.(types.Timestamp); ok {
		return t.UnixMicro()
	}
	return v
}

func daysSince(a ...ref.Val) ref.Val {
	days := ref.Val(types.Int(never))
	for _, d := range elements(a[0]) {
		if larger(days, d) {
			days = d
		}
	}
	return days
}
