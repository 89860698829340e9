// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

var brace = regexp.MustCompile(`\{([^{}]*)\}`)

// expand makes the segments that the entries stand for, in the plan's order:
// one for each combination of an entry's values, the last key running fastest.
func (f *File) expand() {
	d := f.places
	if d.emptyList(&f.doc.Segments, len(f.doc.Segments)) && f.doc.Use == "" {
		d.add(d.at(&f.doc.Segments), "segments is empty", "an audience is an id and a rule: - {id: regulars, rule: orders.size() >= 3}")
	}
	first := map[string]Place{}
	for i := range f.doc.Segments {
		s := &f.doc.Segments[i]
		f.checkTaxonomy(s.Taxonomy)
		if s.ID == "" || !f.checkEach(s) {
			continue
		}
		f.expandOne(s, first)
	}
	if f.base != nil {
		f.segments = f.asked()
	}
}

// checkEach checks the keys and values of each, and the braces that use them.
func (f *File) checkEach(s *segment) bool {
	d, ok := f.places, true
	fault := func(at Place, msg, hint string) {
		ok = false
		d.add(at, msg, hint)
	}
	most := 1
	for i := range s.Each {
		e := &s.Each[i]
		f.checkWord(&e.Key, "key of each")
		if len(e.Value) == 0 {
			fault(d.at(&e.Value, &e.Key), fmt.Sprintf("each.%s has no values", e.Key), "")
		}
		most = min(most*max(1, len(e.Value)), maxSegmentsOfAPlan+1)
		f.checkSameKind(e.Value, fault)
	}
	if most > maxSegmentsOfAPlan {
		fault(d.at(&s.Each), fmt.Sprintf("more than %d segments by one entry", maxSegmentsOfAPlan), "")
	}
	for _, text := range []*string{&s.ID, &s.Name, &s.Description} {
		for _, m := range brace.FindAllStringSubmatch(*text, -1) {
			if s.Each.at(m[1]) < 0 {
				hint := d.suggest(m[1], s.Each.keys())
				if len(s.Each) == 0 {
					hint = fmt.Sprintf("give the segment each: {%s: [a, b]}", m[1])
				}
				fault(d.at(text), fmt.Sprintf("%s is no key of each", m[0]), hint)
			}
		}
	}
	return ok
}

func (f *File) checkSameKind(values []scalar, fault func(Place, string, string)) {
	d, seen := f.places, map[rule.Value]bool{}
	for i := range values {
		v := values[i].Value
		switch {
		case v == nil:
			fault(d.at(&values[i]), "a value of each is empty", "")
		case fmt.Sprintf("%T", v) != fmt.Sprintf("%T", values[0].Value):
			fault(d.at(&values[i]), "values of different types", "all text, all whole numbers, or all decimals")
		case seen[v]:
			fault(d.at(&values[i]), fmt.Sprintf("%s is given twice", label(v)), "")
		}
		seen[v] = true
	}
}

func (f *File) expandOne(s *segment, first map[string]Place) {
	d := f.places
	values := make([]int, len(s.Each))
	for {
		x := expanded{segment: s, each: map[string]rule.Value{}}
		for k, v := range values {
			x.each[s.Each[k].Key] = s.Each[k].Value[v].Value
		}
		// Ids are lower case: a value such as GB becomes gb there.
		x.id = strings.ToLower(fill(s.ID, x.each))
		if len(s.Each) == 0 {
			x.id = s.ID
		}
		x.name, x.description = oneLine(fill(s.Name, x.each)), oneLine(fill(s.Description, x.each))
		if x.name == "" {
			x.name = x.id
		}
		at := d.at(&s.ID)
		fold := strings.ToLower(x.id)
		if !idPattern.MatchString(x.id) {
			d.add(at, fmt.Sprintf("id %q", x.id), idHint)
		} else if other, twice := first[fold]; twice {
			d.add(at, fmt.Sprintf("two segments with the id %q", x.id), fmt.Sprintf("the first is in line %d", other.Line))
		}
		if _, there := first[fold]; !there {
			first[fold] = at
		}
		f.segments = append(f.segments, x)
		if !next(values, s.Each) {
			return
		}
	}
}

// next counts up, the last key fastest; false at the end.
func next(values []int, each entries[[]scalar]) bool {
	for k := len(values) - 1; k >= 0; k-- {
		if values[k]++; values[k] < len(each[k].Value) {
			return true
		}
		values[k] = 0
	}
	return false
}

// fill puts values in the place of their keys.
func fill(text string, each map[string]rule.Value) string {
	return brace.ReplaceAllStringFunc(text, func(m string) string {
		if v, ok := each[m[1:len(m)-1]]; ok {
			return label(v)
		}
		return m
	})
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// label is a value in words, as released files print it.
func label(v rule.Value) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
