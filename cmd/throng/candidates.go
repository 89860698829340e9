// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// argument completes an argument, by what the help text calls it.
func (c *completer) argument() {
	kinds := strings.Fields(c.leaf.ArgsUsage)
	n := len(c.arguments)
	if n >= len(kinds) {
		return
	}
	switch kind := strings.Trim(kinds[n], "[]"); {
	case kind == "PLAN":
		c.shell = wantsPlans
	case kind == "RELEASE", kind == "BEFORE", kind == "AFTER":
		c.shell = wantsFolders
		c.references()
	case kind == "DIR":
		c.shell = wantsFolders
	case kind == "ACCOUNT", strings.HasPrefix(kind, "NAME/"), strings.HasPrefix(kind, "NAME[/"):
		c.accounts()
	case c.leaf.Name == "schema":
		c.words(schemaNames()...)
	case strings.Contains(kind, "|"):
		c.words(strings.Split(kind, "|")...)
	default:
		c.shell = wantsFiles
	}
}

func (c *completer) words(words ...string) {
	for _, word := range words {
		c.add(word, "")
	}
}

// value completes the value of a flag. before is what of the word stands before
// it: --segments= or nothing.
func (c *completer) value(f cli.Flag, before, value string) {
	// A list is completed at its last item.
	kept := before + value[:strings.LastIndexByte(value, ',')+1]
	list := func(items []string) {
		for _, item := range items {
			if !slices.Contains(strings.Split(value, ","), item) {
				c.add(kept+item, "")
			}
		}
	}
	one := func(items ...string) {
		for _, item := range items {
			c.add(before+item, "")
		}
	}
	switch name := f.Names()[0]; {
	case name == "segments" || name == "together":
		list(c.segments())
	case name == "type":
		list(entryTypes)
	case name == "family":
		one(c.families()...)
	case name == "period":
		one(ledger.Calendars...)
	case name == "ledger":
		one("sqlite:", "postgres://")
	case alternatives(f) != nil:
		one(alternatives(f)...)
	case name == "data" || name == "out":
		c.shell = wantsFolders
	case name == "since" && c.leaf.Name == "explain", name == "plan" && pathFlag(f):
		c.shell = wantsPlans
	case pathFlag(f):
		c.shell = wantsFiles
	}
}

func pathFlag(f cli.Flag) bool {
	_, ok := f.(*cli.PathFlag)
	return ok
}

// alternatives are the words that a flag's help text lists: `text|json`.
func alternatives(f cli.Flag) []string {
	_, text, _ := strings.Cut(f.(cli.DocGenerationFlag).GetUsage(), "`")
	text, _, ok := strings.Cut(text, "`")
	if !ok || strings.ToLower(text) != text {
		return nil
	}
	return strings.Split(text, "|")
}

// session is a command at work on what was typed so far. It says nothing.
func (c *completer) session() *session {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	for _, name := range []string{"ledger", "key-file", "data"} {
		set.String(name, c.given[name], "")
	}
	t, _ := newTalk(io.Discard, "text", true) // it has no other way to fail
	return &session{Context: cli.NewContext(nil, set, nil), ctx: c.ctx, out: io.Discard, talk: t}
}

// ledger opens the ledger in reach, if that takes no network.
func (c *completer) ledger() *ledger.Ledger {
	s := c.session()
	p, err := s.findLedger(".")
	if err != nil || p == nil || p.file == "" {
		return nil
	}
	l, err := s.openLedger(".")
	if err != nil {
		return nil
	}
	return l
}

// references are names of releases, newest first; of each plan the latest too.
func (c *completer) references() {
	l := c.ledger()
	if l == nil {
		return
	}
	defer l.Close()
	all, err := l.Releases(c.ctx)
	if err != nil {
		return
	}
	seen := map[string]bool{}
	add := func(ref, about string) {
		if !seen[ref] {
			seen[ref] = true
			c.add(ref, about)
		}
	}
	for _, p := range slices.Backward(all) {
		if statusOf(&p) == "stands" {
			add(p.Plan+"@latest", "the newest release")
			add(p.Plan+"@"+p.Date, "release "+p.ID)
		}
	}
}

func (c *completer) accounts() {
	l := c.ledger()
	if l == nil {
		return
	}
	defer l.Close()
	all, err := l.Accounts(c.ctx)
	if err != nil {
		return
	}
	for i := range all {
		c.add(all[i].Name, "data of "+all[i].Lineage)
	}
}

// segments are the ids of the audiences of the release or the plan that was
// typed; before one was, of the plans in this folder.
func (c *completer) segments() (ids []string) {
	if len(c.arguments) > 0 {
		ref := c.arguments[0]
		if isPlan(ref) {
			return planSegments(ref)
		}
		if rel := c.release(ref); rel != nil {
			for i := range rel.Segments {
				ids = append(ids, rel.Segments[i].ID)
			}
		}
		return ids
	}
	files, _ := filepath.Glob("*.y*ml") // the pattern is well formed
	for _, file := range files {
		for _, id := range planSegments(file) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// release finds a release, if that takes no network.
func (c *completer) release(ref string) *release.Release {
	s := c.session()
	if p, err := s.findLedger("."); !isFolder(ref) && (err != nil || p == nil || p.file == "") {
		return nil
	}
	f, err := s.find(ref)
	if err != nil {
		return nil
	}
	return f.rel
}

func isPlan(path string) bool {
	ext := filepath.Ext(path)
	return (ext == ".yaml" || ext == ".yml") && !isFolder(path)
}

func planSegments(path string) []string {
	file, err := planAt(path)
	if err != nil {
		return nil
	}
	return file.Head().Segments
}

// families are the kinds of numbers of the plan that was typed.
func (c *completer) families() (names []string) {
	if len(c.arguments) == 0 {
		return nil
	}
	file, err := planAt(c.arguments[0])
	if err != nil {
		return nil
	}
	p, err := audience.Compile(c.ctx, file, local.Engine{}, c.session().dataRoot(file.Head().Home), nil)
	if err != nil {
		return nil
	}
	for i := range p.Releases {
		if name := p.Releases[i].Family(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
