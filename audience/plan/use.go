// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ParseUsing parses a plan that may use another one, which open reads: what it
// names is a path that is relative to the plan's own folder. Faults of the other
// plan are told in its own file.
func ParseUsing(name string, text []byte, open func(path string) ([]byte, error)) (*File, error) {
	fs := &faults{file: name}
	root := readYAML(text, fs)
	if root == nil {
		return nil, fs.err()
	}
	if hasField(root, "lineage") && !hasField(root, "throng") {
		fs.add(placeOf(root), "a policy, not a plan", "a plan begins with throng: 1; a policy goes to an account: throng ledger account NAME --policy "+name)
		return nil, fs.err()
	}
	f := &File{name: name, text: text, lines: splitLines(text)}
	f.places = &decoder{faults: fs, nodes: map[any]*yaml.Node{}}
	f.places.value(reflect.ValueOf(&f.doc).Elem(), root, "the plan")
	if f.places.nodes[&f.doc.Use] != nil {
		if err := f.use(open); err != nil {
			return nil, err
		}
	}
	if f.doc.Use == "" || f.base != nil {
		f.checkForms()
	}
	if err := fs.err(); err != nil {
		return nil, err
	}
	return f, nil
}

// use takes data, named values and audiences from the plan that this one uses.
// Its error is of that plan; faults of this one are added to the others.
func (f *File) use(open func(string) ([]byte, error)) error {
	d, doc := f.places, &f.doc
	fault := func(msg, hint string) error { d.add(d.at(&doc.Use), msg, hint); return nil }
	for _, own := range []struct {
		field any
		name  string
	}{{&doc.Data, "data"}, {&doc.Purpose, "purpose"}, {&doc.Lookback, "lookback"}, {&doc.Let, "let"}, {&doc.Segments, "segments"}, {&doc.Tests, "tests"}} {
		if d.nodes[own.field] != nil {
			d.add(d.at(own.field), own.name+": that of the plan that is used", "leave it out; what it says is said there")
		}
	}
	at := filepath.Join(filepath.Dir(f.name), filepath.FromSlash(doc.Use))
	switch {
	case doc.Use == "":
		return fault("use is empty", "the path of a plan, such as ../gift-shop.yaml")
	case schemePrefix.MatchString(doc.Use), path.IsAbs(doc.Use), filepath.IsAbs(doc.Use), strings.Contains(doc.Use, `\`):
		return fault(fmt.Sprintf("use: %q is no path from this plan's folder", doc.Use), "name a plan beside this one, such as ../gift-shop.yaml")
	case at == filepath.Clean(f.name):
		return fault("use: the plan uses itself", "name another plan")
	case open == nil:
		return fault("use: a plan that is used cannot use another one", "name that one here")
	case len(d.list) > 0:
		return nil
	}
	text, err := open(at)
	if err != nil {
		return fault(fmt.Sprintf("use: %s cannot be read", at), "the path is relative to this plan's folder")
	}
	base, err := Parse(at, text)
	if err != nil {
		var of Errors
		if errors.As(err, &of) {
			return of
		}
		return err
	}
	f.take(base)
	return nil
}

// take makes the other plan's half of a request this one's. Where an audience is
// wanted, those that its rule asks for come with it; all others stay out: what
// the request does not ask about is no business of its readers.
func (f *File) take(base *File) {
	d, doc := f.places, &f.doc
	f.base = base
	maps.Copy(d.nodes, base.places.nodes)
	doc.Data, doc.Purpose, doc.Lookback, doc.Let, doc.Segments = base.doc.Data, base.doc.Purpose, base.doc.Lookback, base.doc.Let, base.doc.Segments
	d.moved(reflect.ValueOf(&doc.Data).Elem(), reflect.ValueOf(&base.doc.Data).Elem())
	for to, from := range map[any]any{&doc.Purpose: &base.doc.Purpose, &doc.Lookback: &base.doc.Lookback, &doc.Let: &base.doc.Let, &doc.Segments: &base.doc.Segments} {
		d.nodes[to] = base.places.nodes[from]
	}
	if d.nodes[&doc.About] == nil {
		doc.About = base.doc.About
	}
	if d.nodes[&doc.Every] == nil {
		doc.Every = base.doc.Every
	}
	own, theirs := &doc.Privacy, &base.doc.Privacy
	if d.nodes[&own.MinReach] == nil {
		own.MinReach = theirs.MinReach
	}
	if own.MaxSegments == nil {
		own.MaxSegments = theirs.MaxSegments
	}
	whole, _, _ := strings.Cut(own.Account, "/")
	if of, _, _ := strings.Cut(theirs.Account, "/"); whole != of && own.Account != "" {
		d.add(d.at(&own.Account), fmt.Sprintf("account %q does not pay for the data of %s", own.Account, base.name),
			fmt.Sprintf("data have one account, which may be divided: %s, or %s/NAME for a part of it", of, of))
	}
}

// moved tells where the fields of a struct that was copied stand.
func (d *decoder) moved(to, from reflect.Value) {
	if n := d.nodes[from.Addr().Interface()]; n != nil {
		d.nodes[to.Addr().Interface()] = n
	}
	if to.Kind() != reflect.Struct {
		return
	}
	for i := range to.NumField() {
		if to.Type().Field(i).IsExported() {
			d.moved(to.Field(i), from.Field(i))
		}
	}
}

// asked are the audiences that a request is about, with those that their rules
// ask for, in the plan's order.
func (f *File) asked() []expanded {
	wanted := make([]bool, len(f.segments))
	var want func(i int)
	refer := func(text string) {
		ts := tokens(text)
		for i := 2; i < len(ts); i++ {
			if ts[i-2] != "in_segment" || len(ts[i]) < 2 {
				continue
			}
			id := ts[i][1 : len(ts[i])-1]
			if at := slices.IndexFunc(f.segments, func(s expanded) bool { return s.id == id }); at >= 0 {
				want(at)
			}
		}
	}
	want = func(i int) {
		if !wanted[i] {
			wanted[i] = true
			refer(string(f.segments[i].Rule))
		}
	}
	for i := range f.doc.Release {
		it := &f.doc.Release[i]
		for _, at := range f.about(it) {
			want(at)
		}
		if o, ok := it.Body.(*overlapItem); ok {
			o.Overlap.chosen = nil // it has the numbers of audiences that may go
		}
	}
	for i := range f.doc.Let {
		refer(string(f.doc.Let[i].Value.Of))
	}
	var kept []expanded
	for i := range f.segments {
		if wanted[i] {
			kept = append(kept, f.segments[i])
		}
	}
	return kept
}

// Uses tells whether the plan is a request on top of another one, whose
// audiences are not its own to change.
func (p *Plan) Uses() bool { return p.source != nil && p.source.base != nil }

// home is the file that audiences and data are written in.
func (f *File) home() string {
	if f.base != nil {
		return f.base.name
	}
	return f.name
}

// allText is the plan as it was read, with the one that it uses after it.
func (f *File) allText() []byte {
	if f.base == nil {
		return f.text
	}
	return slices.Concat(f.text, []byte("\n---\n# "+f.base.name+"\n"), f.base.text)
}

// Home is the folder that the paths of the plan's data are relative to.
func (p *Plan) Home() string { return filepath.Dir(p.source.home()) }
