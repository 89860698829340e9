// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"math"
	"slices"

	"github.com/throng-dp/throng/audience/rule"
)

func (c *compiler) letNamed(name string) *let { return &c.doc.Let[c.doc.Let.at(name)].Value }

// valueLet returns a let of one value that is never null, of one of the kinds.
func (t *tabler) valueLet(name *string, word string, kinds ...rule.Kind) *rule.Let {
	l := t.lets[*name]
	if l == nil {
		return nil // reported
	}
	at := t.at(name)
	switch {
	case l.Expr == nil:
		t.add(at, fmt.Sprintf("%s needs a number; %q is a list of events", word, *name), fmt.Sprintf("count it in a let: %s.size()", *name))
	case !slices.Contains(kinds, l.Type.Kind):
		want := "an int"
		if len(kinds) > 1 {
			want = "an int or a double"
		}
		t.add(at, fmt.Sprintf("%s needs %s; %q is %s", word, want, *name, kindName[l.Type.Kind]), "")
	case t.canBeNull(l.Expr):
		t.add(at, fmt.Sprintf("%s needs a number for everybody; %q can be null", word, *name), "count, sum and distinct are never null; min, max, latest and person.x can be")
	default:
		return l
	}
	return nil
}

// checkBands checks the values of all lets, whether they are released or not.
func (t *tabler) checkBands() {
	for i := range t.doc.Let {
		doc := &t.doc.Let[i]
		l := t.lets[doc.Key]
		switch v := &doc.Value; {
		case l == nil || !v.Domain.given() && len(v.Bins) == 0:
		case l.Expr == nil:
			t.add(t.at(&v.Domain, &v.Bins, &doc.Key), fmt.Sprintf("%q is a list of events: it has no domain and no bins", doc.Key), "")
		case l.Key != "":
			t.add(t.at(&v.Domain, &v.Bins, &doc.Key), fmt.Sprintf("%q was taken from the key %s: its values would single people out", doc.Key, l.Key),
				"band a count or a sum; if it is no key, clear it under columns with role: category")
		case v.Domain.Unknown:
			t.unknown(doc.Key, &v.Domain, l)
		case v.Domain.given():
			t.domain(v.Domain.Values, l.Type.Kind)
		default:
			t.edges(&v.Bins, l.Type.Kind)
		}
	}
}

// bandsOf returns the attribute of a let that a breakdown names.
func (t *tabler) bandsOf(name *string) (int, bool) {
	l := t.lets[*name]
	if l == nil {
		return 0, false // reported
	}
	at, doc := t.at(name), t.letNamed(*name)
	kind := l.Type.Kind
	switch {
	case l.Expr == nil:
		t.add(at, fmt.Sprintf("a breakdown needs values; %q is a list of events", *name), "")
	case doc.Domain.Unknown:
		return t.attributeIf(t.unknown(*name, &doc.Domain, l), Attribute{Let: *name, Unknown: true, Cells: []string{other}})
	case doc.Domain.given():
		values, ok := t.domain(doc.Domain.Values, kind)
		return t.attributeIf(ok, newAttribute(*name, kind, values, nil))
	case len(doc.Bins) > 0:
		edges, ok := t.edges(&doc.Bins, kind)
		return t.attributeIf(ok, newAttribute(*name, kind, nil, edges))
	case kind == rule.Bool:
		return t.attribute(newAttribute(*name, kind, []rule.Value{true, false}, nil)), true
	default:
		t.add(at, fmt.Sprintf("%q has no domain and no bins", *name), fmt.Sprintf("%s: {of: …, domain: [a, b]} or {of: …, bins: [0, 10]}", *name))
	}
	return 0, false
}

func (t *tabler) attributeIf(ok bool, a Attribute) (int, bool) {
	if !ok {
		return 0, false
	}
	return t.attribute(a), true
}

// topOf returns the attribute of a let whose commonest values are asked for.
func (t *tabler) topOf(b *topItem) (int, bool) {
	a, ok := t.bandsOf(&b.Of)
	if !ok {
		return 0, false
	}
	switch n := len(t.plan.Bands[a].Cells) - 1; {
	case t.plan.Bands[a].Unknown:
		t.add(t.at(&b.Of), fmt.Sprintf("top of %q, whose values are not declared", b.Of), "release a breakdown: it has the largest first")
	case b.Top < 1:
		t.add(t.at(&b.Top), "top must be at least 1", "")
	case b.Top >= n:
		t.add(t.at(&b.Top), fmt.Sprintf("top %d of %d values", b.Top, n), fmt.Sprintf("release a breakdown: {breakdown: [%s]}", b.Of))
	default:
		return a, true
	}
	return 0, false
}

// attribute returns the number of an attribute, which is new or there already.
func (t *tabler) attribute(a Attribute) int {
	at := slices.IndexFunc(t.plan.Bands, func(b Attribute) bool {
		return a.Let == b.Let && a.Unknown == b.Unknown && slices.Equal(a.Domain, b.Domain) && slices.Equal(a.Bins, b.Bins)
	})
	if at >= 0 {
		return at
	}
	t.plan.Bands = append(t.plan.Bands, a)
	return len(t.plan.Bands) - 1
}

// unknown checks a let whose values nobody declared.
func (c *compiler) unknown(name string, domain *domain, l *rule.Let) bool {
	if kind := l.Type.Kind; kind != rule.String {
		c.add(c.at(domain), fmt.Sprintf("an unknown domain is of text; %q is %s", name, kindName[kind]), "declare the values, or give bins")
		return false
	}
	return true
}

// domain returns the values of a domain in the let's own kind.
func (c *compiler) domain(values []scalar, kind rule.Kind) (out []rule.Value, ok bool) {
	ok = true
	seen := map[rule.Value]bool{}
	for i := range values {
		v, fits := ofKind(values[i].Value, kind)
		at := c.at(&values[i])
		switch {
		case values[i].Value == nil:
			c.add(at, "null in a domain", "null is always in "+other)
		case !fits:
			c.add(at, fmt.Sprintf("%s is no %s", label(values[i].Value), kindName[kind]), domainHint(kind))
		case label(v) == other:
			c.add(at, other+" in a domain", "it is there always, for all that is not listed")
		case seen[v]:
			c.add(at, fmt.Sprintf("%s is given twice", label(v)), "")
		default:
			out, seen[v] = append(out, v), true
			continue
		}
		ok = false
	}
	return out, ok
}

func domainHint(kind rule.Kind) string {
	switch kind {
	case rule.String:
		return "quote it"
	case rule.Int:
		return "write a whole number, not quoted"
	case rule.Double:
		return "write a number, not quoted"
	case rule.Bool:
		return "true and false"
	}
	return "a domain is of text, numbers, or true and false"
}

// ofKind returns a value of the file as one of a kind; whole numbers are
// doubles too.
func ofKind(v rule.Value, kind rule.Kind) (rule.Value, bool) {
	switch v := v.(type) {
	case string:
		return v, kind == rule.String
	case bool:
		return v, kind == rule.Bool
	case int64:
		if kind == rule.Double {
			return float64(v), true
		}
		return v, kind == rule.Int
	case float64:
		return v, kind == rule.Double
	}
	return nil, false
}

// edges returns bins as numbers, for values of a kind.
func (c *compiler) edges(bins *[]number, kind rule.Kind) (out []float64, ok bool) {
	if kind != rule.Int && kind != rule.Double {
		c.add(c.at(bins), "bins of "+kindName[kind], "bins are for numbers; give a domain")
		return nil, false
	}
	ok = true
	for i := range *bins {
		x := (*bins)[i].float()
		if kind == rule.Int && x != math.Trunc(x) {
			c.add(c.at(&(*bins)[i]), fmt.Sprintf("%s is no whole number", (*bins)[i]), "the value is an int")
			ok = false
		}
		out = append(out, x)
	}
	return out, ok
}
