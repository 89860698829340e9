// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A decoder fills the structs of document.go from a YAML tree, strictly, and
// goes on after a fault. Names and demands of fields stand in the tags that
// the JSON Schema is made from too.
type decoder struct {
	*faults
	// nodes are the places: for the address of every field and element that
	// the file gives, where it stands.
	nodes map[any]*yaml.Node
}

// A fromNode decodes itself: what has more than one form in the file.
type fromNode interface {
	fromNode(d *decoder, n *yaml.Node, what string)
}

// value decodes n into v, which must be addressable. what names it in
// messages.
func (d *decoder) value(v reflect.Value, n *yaml.Node, what string) {
	if n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0 {
		return // reported already
	}
	d.nodes[v.Addr().Interface()] = n
	if own, ok := v.Addr().Interface().(fromNode); ok {
		own.fromNode(d, n, what)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(v, n, what)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(v.Elem(), n, what)
	case reflect.Slice:
		d.sequence(v, n, what)
	case reflect.String:
		d.text(v, n, what)
	case reflect.Int, reflect.Int64:
		d.integer(v, n, what)
	case reflect.Float64:
		d.float(v, n, what)
	case reflect.Bool:
		if b, ok := plainBool(n); ok {
			v.SetBool(b)
		} else {
			d.add(placeOf(n), what+" must be true or false", "")
		}
	default:
		panic("plan: no decoder for " + v.Type().String())
	}
}

// mapping decodes the fields of a struct.
func (d *decoder) mapping(v reflect.Value, n *yaml.Node, what string) {
	if n.Kind != yaml.MappingNode {
		d.add(placeOf(n), what+" must have fields", suggestFields(v.Type()))
		return
	}
	known := fieldsOf(v.Type())
	given := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(known, func(f field) bool { return f.name == key.Value })
		if at < 0 {
			d.unknownField(n, key, names(known))
			continue
		}
		if given[key.Value] {
			continue // reported already
		}
		given[key.Value] = true
		f := known[at]
		d.value(v.FieldByIndex(f.index), val, f.name)
		d.checkEnum(v.FieldByIndex(f.index), f, val)
	}
	for _, f := range known {
		// What `use` brings is not asked for here.
		if f.required && !given[f.name] && !given["use"] {
			d.add(placeOf(n), fmt.Sprintf("%s needs %q", what, f.name), f.about)
		}
	}
}

func (d *decoder) unknownField(n, key *yaml.Node, known []string) {
	if key.Kind != yaml.ScalarNode || key.Value == "<<" && isPlain(key) {
		return // reported already
	}
	hint := d.suggest(key.Value, known)
	if n.Style&yaml.FlowStyle != 0 && strings.ContainsAny(key.Value, "()=<>&|. ") {
		hint = "within braces a comma ends a value: " + quoteRule
	}
	d.add(placeOf(key), fmt.Sprintf("unknown field %q", key.Value), hint)
}

func (d *decoder) checkEnum(v reflect.Value, f field, n *yaml.Node) {
	if len(f.enum) == 0 || n.Kind != yaml.ScalarNode || v.Kind() != reflect.String || v.Len() == 0 {
		return
	}
	if !slices.Contains(f.enum, v.String()) {
		d.add(placeOf(n), fmt.Sprintf("unknown %s %q", f.name, v.String()), d.suggest(v.String(), f.enum))
	}
}

// sequence decodes a list.
func (d *decoder) sequence(v reflect.Value, n *yaml.Node, what string) {
	if n.Kind != yaml.SequenceNode {
		hint := "begin each entry with `- `"
		if isPlain(n) && n.Value != "" {
			hint = fmt.Sprintf("write [%s]", n.Value)
		}
		d.add(placeOf(n), what+" must be a list", hint)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, c := range n.Content {
		d.value(v.Index(i), c, "an entry of "+what)
	}
}

// emptyList tells whether a field is given as a list of nothing.
func (d *decoder) emptyList(field any, entries int) bool {
	n := d.nodes[field]
	return n != nil && n.Kind == yaml.SequenceNode && entries == 0
}

// A field is one field of a struct as the file writes it.
type field struct {
	index    []int
	name     string
	about    string
	required bool
	enum     []string
}

// fieldsOf reads the tags of a struct, those of embedded ones included.
func fieldsOf(t reflect.Type) []field {
	var fs []field
	for _, sf := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		f := field{index: sf.Index, name: name, about: sf.Tag.Get("jsonschema_description")}
		for _, word := range strings.Split(sf.Tag.Get("jsonschema"), ",") {
			if word == "required" {
				f.required = true
			}
			if e, ok := strings.CutPrefix(word, "enum="); ok {
				f.enum = append(f.enum, e)
			}
		}
		fs = append(fs, f)
	}
	return fs
}

func names(fs []field) []string {
	s := make([]string, len(fs))
	for i, f := range fs {
		s[i] = f.name
	}
	return s
}

func suggestFields(t reflect.Type) string {
	return "its fields: " + strings.Join(names(fieldsOf(t)), ", ")
}

// entries is a mapping whose keys the author chooses, in the file's order.
type entries[T any] []entry[T]

type entry[T any] struct {
	Key   string
	Value T
}

func (es *entries[T]) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.MappingNode {
		d.add(placeOf(n), what+" must have fields", "write `name: value` for each")
		return
	}
	*es = make(entries[T], 0, len(n.Content)/2)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			continue // reported already
		}
		seen[key.Value] = true
		*es = append(*es, entry[T]{Key: key.Value})
		e := &(*es)[len(*es)-1] // the capacity is enough: addresses stay
		d.nodes[&e.Key] = key
		d.value(reflect.ValueOf(&e.Value).Elem(), val, key.Value)
	}
}

// at returns the index of a key, or -1.
func (es entries[T]) at(key string) int {
	return slices.IndexFunc(es, func(e entry[T]) bool { return e.Key == key })
}

func (es entries[T]) keys() []string {
	s := make([]string, len(es))
	for i := range es {
		s[i] = es[i].Key
	}
	return s
}

// at returns the place of a field or element by its address; of the nearest
// one given that is there, in order.
func (d *decoder) at(addresses ...any) Place {
	for _, a := range addresses {
		if n := d.nodes[a]; n != nil {
			return placeOf(n)
		}
	}
	return Place{1, 1}
}
