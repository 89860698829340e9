// SPDX-License-Identifier: Apache-2.0

package plan

import (
	_ "embed" // of sensitive.yaml
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

//go:embed sensitive.yaml
var sensitiveYAML []byte

// A taxonomy is what is known of the IAB Audience Taxonomy 1.1, and which
// audiences are sensitive.
type taxonomy struct {
	exists     map[string]bool
	extensions map[string]extension
	classes    []class
	any        *regexp.Regexp // the words of all classes
	byID       map[string]int // place in classes
}

// An extension is a row that means nothing without a value.
type extension struct {
	What string `yaml:"what"`
	Form string `yaml:"form"`
	form *regexp.Regexp
}

// A class is a kind of audience that law or platforms keep out of profiling ads.
type class struct {
	name, law string
	words     *regexp.Regexp
}

// known is read once, when the first plan asks for it.
var known = sync.OnceValue(func() *taxonomy {
	t, err := readTaxonomy(sensitiveYAML)
	if err != nil {
		panic("plan: sensitive.yaml: " + err.Error()) // embedded and tested
	}
	return t
})

func readTaxonomy(text []byte) (*taxonomy, error) {
	var file struct {
		IDs        []string             `yaml:"ids"`
		Extensions map[string]extension `yaml:"extensions"`
		Classes    map[string]struct {
			Law   string            `yaml:"law"`
			IDs   map[string]string `yaml:"ids"`
			Words []string          `yaml:"words"`
			Other []string          `yaml:"elsewhere"`
		} `yaml:"classes"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	t := &taxonomy{exists: map[string]bool{}, extensions: file.Extensions, byID: map[string]int{}}
	for _, r := range file.IDs {
		var first, last int
		if _, err := fmt.Sscanf(r, "%d-%d", &first, &last); err != nil {
			return nil, fmt.Errorf("range %q: %w", r, err)
		}
		for id := first; id <= last; id++ {
			t.exists[strconv.Itoa(id)] = true
		}
	}
	for id, e := range t.extensions {
		e.form = regexp.MustCompile("^(" + e.Form + ")$")
		t.extensions[id] = e
	}
	var words []string
	for name, c := range file.Classes {
		of := slices.Concat(c.Words, c.Other)
		t.classes = append(t.classes, class{name, c.Law, wordsOf(of)})
		words = append(words, of...)
	}
	t.any = wordsOf(words)
	slices.SortFunc(t.classes, func(a, b class) int { return strings.Compare(a.name, b.name) })
	for name, c := range file.Classes {
		at := slices.IndexFunc(t.classes, func(k class) bool { return k.name == name })
		for id := range c.IDs {
			if _, twice := t.byID[id]; twice || !t.exists[id] {
				return nil, fmt.Errorf("id %s of %s: unknown, or of two classes", id, name)
			}
			t.byID[id] = at
		}
	}
	return t, nil
}

// unmarked matches letters with marks also as they are written without them.
var unmarked = strings.NewReplacer(`\w*`, "[^_]*", `\w?`, "[^_]?", "ä", "(?:ä|ae?)", "ö", "(?:ö|oe?)", "ü", "(?:ü|ue?)",
	"é", "[ée]", "è", "[èée]", "ê", "[êe]", "á", "[áa]", "à", "[àa]", "â", "[âa]", "ã", "[ãa]", "í", "[íi]", "ó", "[óo]", "ô", "[ôo]", "õ", "[õo]", "ç", "[çc]")

// wordsOf matches one of the words among others that are joined by _.
func wordsOf(words []string) *regexp.Regexp {
	text := unmarked.Replace(strings.Join(words, "|"))
	return regexp.MustCompile(`(?:^|_)(` + text + `)(?:_|$)`)
}

// SensitiveClasses are the words of a policy's `sensitive`.
func SensitiveClasses() []string {
	var names []string
	for _, c := range known().classes {
		names = append(names, c.name)
	}
	return names
}

// checkTaxonomy refuses ids that the taxonomy does not have, rows that lack
// their value, and values of rows that take none.
func (f *File) checkTaxonomy(ids []string) {
	t := known()
	for i := range ids {
		id, value, given := strings.Cut(ids[i], "=")
		at := func(msg, hint string) { f.places.add(f.places.at(&ids[i]), msg, hint) }
		e, extends := t.extensions[id]
		switch {
		case ids[i] == "":
		case !t.exists[id]:
			at(fmt.Sprintf("no id of the IAB Audience Taxonomy 1.1: %q", id), `an id of its table, as text: "1105"; not every number from 1 to 1679 is one`)
		case extends && !given:
			at(fmt.Sprintf("taxonomy %s means nothing without a value", id), fmt.Sprintf(`write "%s=…": %s`, id, e.What))
		case extends && !e.form.MatchString(value):
			at(fmt.Sprintf("taxonomy %s: %q is no value of it", id, value), e.What)
		case given && !extends:
			at(fmt.Sprintf("taxonomy %s takes no value", id), fmt.Sprintf("write %q", id))
		case slices.ContainsFunc(ids[:i], func(other string) bool { o, _, _ := strings.Cut(other, "="); return o == id }):
			at(fmt.Sprintf("taxonomy %s is named twice", id), "a segment has one value of it at the most: what buyers read has room for no other")
		}
	}
}
