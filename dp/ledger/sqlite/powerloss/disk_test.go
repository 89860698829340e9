// SPDX-License-Identifier: Apache-2.0

//go:build linux && (amd64 || arm64)

package powerloss

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A disk is what files hold for good, and what was done to them since.
type disk struct {
	synced  map[string][]byte // by name; without an entry there is no such file
	pending map[string][]op
}

// diskOf is the disk that a folder is, all of it synced.
func diskOf(t *testing.T, folder string) *disk {
	t.Helper()
	d := &disk{map[string][]byte{}, map[string][]op{}}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if d.synced[f.Name()], err = os.ReadFile(filepath.Join(folder, f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// do takes the next op. It reports whether more than before is on the disk for
// good.
func (d *disk) do(o op) bool {
	d.pending[o.file] = append(d.pending[o.file], o)
	if o.kind != "sync" && o.kind != "delete and sync" {
		return false
	}
	text, there := d.synced[o.file]
	for _, p := range d.pending[o.file] {
		text, there = p.apply(text, there)
	}
	delete(d.synced, o.file)
	if there {
		d.synced[o.file] = text
	}
	delete(d.pending, o.file)
	return true
}

// apply does an op to a copy of a file.
func (o op) apply(text []byte, there bool) ([]byte, bool) {
	switch o.kind {
	case "write":
		text = append([]byte(nil), text...)
		if need := int(o.at) + len(o.data); need > len(text) {
			text = append(text, make([]byte, need-len(text))...)
		}
		copy(text[o.at:], o.data)
		return text, true
	case "truncate":
		text = append([]byte(nil), text...)
		if int(o.at) <= len(text) {
			return text[:o.at], there
		}
		return append(text, make([]byte, int(o.at)-len(text))...), there
	case "delete", "delete and sync":
		return nil, false
	}
	return text, there
}

// A loss is a way of losing what was not synced.
type loss struct {
	name string
	// keep returns what became of the ops that a file has had since its sync.
	keep func(r *rand.Rand, ops []op) []op
}

var losses = []loss{
	{"all of it lost", func(*rand.Rand, []op) []op { return nil }},
	{"none of it lost", func(_ *rand.Rand, ops []op) []op { return ops }},
	{"sectors of 512 bytes lost", func(r *rand.Rand, ops []op) []op { return torn(r, ops, 512) }},
	{"pages of 4096 bytes lost", func(r *rand.Rand, ops []op) []op { return torn(r, ops, 4096) }},
}

// torn cuts writes at the disk's sectors and keeps each piece with a chance of
// a half, in any order: a sector that did not come to be written is what it was,
// zeros, or anything at all where the file is new.
func torn(r *rand.Rand, ops []op, sector int64) []op {
	var kept []op
	for _, o := range ops {
		if o.kind != "write" {
			if r.IntN(2) == 0 {
				kept = append(kept, o)
			}
			continue
		}
		for from := o.at; from < o.at+int64(len(o.data)); {
			to := min((from/sector+1)*sector, o.at+int64(len(o.data)))
			if r.IntN(2) == 0 {
				kept = append(kept, op{"write", o.file, from, o.data[from-o.at : to-o.at]})
			}
			from = to
		}
	}
	r.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
	return kept
}

// write makes a folder as the disk may be after a power cut.
func (d *disk) write(t *testing.T, folder string, l loss, r *rand.Rand) {
	t.Helper()
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	names := slices.Collect(maps.Keys(d.synced))
	for name := range d.pending {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.HasSuffix(name, "-shm") { // rebuilt from the log after a restart
			continue
		}
		text, there := d.synced[name]
		for _, o := range l.keep(r, d.pending[name]) {
			text, there = o.apply(text, there)
		}
		if !there {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
