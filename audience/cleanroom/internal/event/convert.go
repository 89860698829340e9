// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/throng-dp/throng/audience/rule"
)

const (
	day      = int64(24 * time.Hour / time.Microsecond)
	firstDay = -719162 // 0001-01-01, in days since 1970
	lastDay  = 2932896 // 9999-12-31
	julian   = 2440588 // 1970-01-01 as INT96 counts days
)

// A converter turns raw values of one column into what rules see. What rules
// cannot see becomes null here, at the door, and stays null everywhere: NaN,
// infinities, invalid UTF-8, times outside the years 1-9999.
type converter struct {
	leaf *leaf
	kind rule.Kind
	zone *zone // of times without one
}

// values are converted values without nulls' places: null[i] says that value i
// is none for a rule.
type values struct {
	null    []bool // as long as the values, or nil: none is null
	ints    []int64
	doubles []float64
	texts   []string
}

// convert turns r into values; it may use r's memory for them.
func (c *converter) convert(r *raw) values {
	v := values{}
	switch c.kind {
	case rule.Double:
		if len(r.doubles) == 0 {
			r.doubles, v.null = c.decimals(r)
		}
		v.doubles = r.doubles
		for i, x := range v.doubles {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				v.setNull(i, len(v.doubles))
			} else if x == 0 {
				v.doubles[i] = 0 // -0 is 0
			}
		}
	case rule.String:
		v.texts = r.texts
		for i, s := range v.texts {
			if c.leaf.physical == physFixed {
				v.texts[i] = uuid(s)
			} else if !utf8.ValidString(s) {
				v.texts[i] = ""
				v.setNull(i, len(v.texts))
			}
		}
	case rule.Timestamp:
		c.times(r, &v)
	default:
		v.ints = r.ints
		if _, signed, _ := c.leaf.integer(); !signed && c.leaf.physical == physInt32 {
			for i, x := range v.ints {
				v.ints[i] = int64(uint32(x))
			}
		}
	}
	return v
}

func (v *values) setNull(i, n int) {
	if v.null == nil {
		v.null = make([]bool, n)
	}
	v.null[i] = true
}

// decimals returns the values of a DECIMAL column. One that is beyond its 18
// digits is null.
func (c *converter) decimals(r *raw) (out []float64, null []bool) {
	scale, _ := c.leaf.decimal()
	ints := r.ints
	if c.leaf.physical == physBytes || c.leaf.physical == physFixed {
		for i, s := range r.texts {
			n, ok := bigEndian(s)
			if !ok {
				if null == nil {
					null = make([]bool, len(r.texts))
				}
				null[i] = true
			}
			ints = append(ints, n)
		}
	}
	by := math.Pow10(int(scale))
	out = make([]float64, len(ints))
	for i, n := range ints {
		// The double nearest to n / 10^scale: a quotient of two exact doubles is;
		// beyond 2^53 the text is asked.
		if n > -1<<53 && n < 1<<53 {
			out[i] = float64(n) / by
		} else {
			out[i], _ = strconv.ParseFloat(strconv.FormatInt(n, 10)+"e-"+strconv.Itoa(int(scale)), 64)
		}
	}
	return out, null
}

// bigEndian reads a two's complement number that must fit 64 bits.
func bigEndian(s string) (n int64, ok bool) {
	if s == "" {
		return 0, false
	}
	n = int64(int8(s[0])) >> 7
	for i := range len(s) {
		if n>>55 != 0 && n>>55 != -1 {
			return 0, false
		}
		n = n<<8 | int64(s[i])
	}
	return n, true
}

// uuid writes 16 bytes as RFC 9562 does, in lower case.
func uuid(s string) string {
	const hex = "0123456789abcdef"
	out := make([]byte, 0, 36)
	for i := range len(s) {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, hex[s[i]>>4], hex[s[i]&15])
	}
	return string(out)
}

// times turns a column's values into microseconds since 1970.
func (c *converter) times(r *raw, v *values) {
	v.ints = r.ints
	if c.leaf.physical == physInt96 {
		for i, s := range r.texts {
			t, ok := int96(s)
			if !ok {
				v.setNull(i, len(r.texts))
			}
			v.ints = append(v.ints, t)
		}
	}
	unit, local := c.timeUnit()
	for i, t := range v.ints {
		t, ok := scaled(t, unit)
		if ok && local {
			t = c.zone.instant(t)
		}
		if ok = ok && t >= firstDay*day && t < (lastDay+1)*day; !ok {
			t = 0
			v.setNull(i, len(v.ints))
		}
		v.ints[i] = t
	}
}

// timeUnit returns how many microseconds one is, negative: how many of them a
// microsecond is, and whether the column's times lack a zone. INT96 has none on
// paper; whoever writes it today means instants.
func (c *converter) timeUnit() (unit int64, local bool) {
	l := c.leaf
	switch {
	case l.physical == physInt96:
		return 1, false
	case l.physical == physInt32:
		return day, true
	case l.logical.field == logicalTimestamp:
		return [...]int64{1: 1000, 2: 1, 3: -1000}[l.logical.unit], !l.logical.utc
	case l.converted == 9:
		return 1000, false
	}
	return 1, false
}

// scaled turns t into microseconds, cutting off towards the past.
func scaled(t, unit int64) (int64, bool) {
	if unit < 0 {
		q := t / -unit
		if t%unit < 0 {
			q--
		}
		return q, true
	}
	if t > math.MaxInt64/unit || t < math.MinInt64/unit {
		return 0, false
	}
	return t * unit, true
}

// int96 reads nanoseconds of a day and the day.
func int96(s string) (int64, bool) {
	b := []byte(s)
	d := int64(binary.LittleEndian.Uint32(b[8:])) - julian
	nanos := int64(binary.LittleEndian.Uint64(b))
	if d < firstDay || d > lastDay || nanos < 0 || nanos >= day*1000 {
		return 0, false
	}
	return d*day + nanos/1000, true
}
