// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
	"go.yaml.in/yaml/v4"
)

// Numbers are plain decimals: YAML's other ways to write one (octal, hex,
// underscores, infinities) read differently in different programs.
var (
	intPattern   = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	floatPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	daysPattern  = regexp.MustCompile(`^([1-9][0-9]{0,4})d$`)
	// looksTyped is plain text that YAML programs may take for something else.
	looksTyped = regexp.MustCompile(`^([-+.]?[0-9][0-9_,.]*([eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F_]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|true|True|TRUE|false|False|FALSE|null|Null|NULL|~|)$`)
)

func isPlain(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Style == 0 }

func plainBool(n *yaml.Node) (value, ok bool) {
	return n.Value == "true", isPlain(n) && (n.Value == "true" || n.Value == "false")
}

// text decodes a string. Plain text that reads as a number, a bool or null
// must be quoted: the author may have meant either.
func (d *decoder) text(v reflect.Value, n *yaml.Node, what string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.add(placeOf(n), what+" must be text", "")
	case isPlain(n) && (n.Value == "" || n.Value == "~" || strings.EqualFold(n.Value, "null")):
		d.add(placeOf(n), what+" is empty", "")
	case isPlain(n) && looksTyped.MatchString(n.Value):
		d.add(placeOf(n), what+" must be text", fmt.Sprintf("quote it: %q", n.Value))
	case strings.TrimSpace(n.Value) == "":
		d.add(placeOf(n), what+" is empty", "")
	default:
		v.SetString(n.Value)
	}
}

func (d *decoder) integer(v reflect.Value, n *yaml.Node, what string) {
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if !isPlain(n) || !intPattern.MatchString(n.Value) || err != nil {
		d.notNumber(n, what, "a whole number", "write it in plain digits, such as 100")
		return
	}
	v.SetInt(i)
}

func (d *decoder) float(v reflect.Value, n *yaml.Node, what string) {
	if f, ok := plainFloat(n); ok {
		v.SetFloat(f)
		return
	}
	d.notNumber(n, what, "a number", "write it as a plain decimal, such as 0.5 or 1e-8")
}

func plainFloat(n *yaml.Node) (float64, bool) {
	if !isPlain(n) || !floatPattern.MatchString(n.Value) {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	return f + 0, err == nil && !math.IsInf(f, 0)
}

func (d *decoder) notNumber(n *yaml.Node, what, want, hint string) {
	if n.Kind == yaml.ScalarNode && n.Style != 0 && floatPattern.MatchString(n.Value) {
		hint = "leave out the quotes"
	}
	d.add(placeOf(n), fmt.Sprintf("%s must be %s", what, want), hint)
}

// days is a number of days, written 400d.
type days int

func (t *days) fromNode(d *decoder, n *yaml.Node, what string) {
	m := daysPattern.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || m == nil {
		d.add(placeOf(n), what+" must be a number of days", "write 400d")
		return
	}
	i, _ := strconv.Atoi(m[1]) // five digits at most
	*t = days(i)
}

// A number is a plain decimal, kept as it was written: what is released must
// not depend on binary rounding.
type number string

func (t *number) fromNode(d *decoder, n *yaml.Node, what string) {
	if _, ok := plainFloat(n); !ok {
		d.notNumber(n, what, "a number", "write it as a plain decimal, such as 0.5")
		return
	}
	*t = number(n.Value)
}

func (t number) float() float64 {
	f, _ := strconv.ParseFloat(string(t), 64) // checked when it was read
	return f + 0
}

// A scalar is a value whose type the file decides: quoted is text, plain is
// true, false, a number, or else text.
type scalar struct{ Value rule.Value }

func (t *scalar) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.ScalarNode {
		d.add(placeOf(n), what+" must be one value", "")
		return
	}
	if !isPlain(n) {
		t.Value = n.Value
		return
	}
	if b, ok := plainBool(n); ok {
		t.Value = b
		return
	}
	if intPattern.MatchString(n.Value) {
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			t.Value = i
			return
		}
	}
	if f, ok := plainFloat(n); ok {
		t.Value = f
		return
	}
	switch {
	case n.Value == "" || n.Value == "null" || n.Value == "~":
		t.Value = nil
	case looksTyped.MatchString(n.Value):
		d.add(placeOf(n), fmt.Sprintf("%s: not a plain value", what), fmt.Sprintf("quote it, %q, or write a plain decimal", n.Value))
	default:
		t.Value = n.Value
	}
}

// ruleText is a rule in its author's words.
type ruleText string

func (t *ruleText) fromNode(d *decoder, n *yaml.Node, what string) {
	switch {
	case n.Kind == yaml.SequenceNode, n.Kind == yaml.MappingNode:
		d.add(placeOf(n), what+" must be a rule", quoteRule)
	case strings.TrimSpace(n.Value) == "":
		d.add(placeOf(n), what+" is empty", "")
	default:
		*t = ruleText(n.Value)
	}
}

// words is one string or a list of them.
type words []string

func (t *words) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.ScalarNode {
		v := reflect.ValueOf((*[]string)(t)).Elem()
		d.sequence(v, n, what)
		if n.Kind == yaml.SequenceNode && len(*t) == 0 {
			d.add(placeOf(n), what+" is empty", "")
		}
		return
	}
	*t = make(words, 1)
	d.value(reflect.ValueOf(&(*t)[0]).Elem(), n, what)
}
