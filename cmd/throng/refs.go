// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

const refHelp = `A RELEASE is named as gift-shop@2011-12-09, gift-shop@latest, by its id or the
first six letters of it, or as the folder that holds its files (no ledger is
needed then).`

// A found is a release that a reference names; posted is nil where it was read
// from a folder.
type found struct {
	rel    *release.Release
	posted *ledger.Posted
	folder string
}

// named finds the release that is a command's argument.
func (s *session) named() (*found, error) {
	ref, err := s.argument("RELEASE")
	if err != nil {
		return nil, err
	}
	return s.find(ref)
}

// find resolves a reference to a release.
func (s *session) find(ref string) (*found, error) {
	if isFolder(ref) {
		folder := audience.FolderOf(ref)
		rel, err := audience.ReadFolder(folder)
		return &found{rel: rel, folder: folder}, err
	}
	l, err := s.openLedger(".")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	posted, err := s.posted(l, ref)
	if err != nil {
		return nil, err
	}
	rel, err := audience.Decode(posted)
	return &found{rel: rel, posted: posted}, err
}

// posted finds a release in the ledger that stands.
func (s *session) posted(l *ledger.Ledger, ref string) (*ledger.Posted, error) {
	p, err := s.ever(l, ref)
	if err == nil && p.Retracted != "" && strings.Contains(ref, "@") {
		return nil, &fault.Error{Kind: fault.Usage, Code: "usage.retracted", Where: ref, Msg: "was retracted: " + p.Retracted,
			Hint: "its numbers can still be seen by its id: " + p.ID}
	}
	return p, err
}

// ever finds a release in the ledger: one that stands if there is one, else one
// that was taken back.
func (s *session) ever(l *ledger.Ledger, ref string) (*ledger.Posted, error) {
	name, date, dated := strings.Cut(ref, "@")
	if !dated && strings.ContainsAny(ref, "/\\.") {
		return nil, noRelease(ref, "there is no such folder")
	}
	all, err := l.Releases(s.ctx)
	if err != nil {
		return nil, err
	}
	if !dated {
		if slices.ContainsFunc(all, func(p ledger.Posted) bool { return p.Plan == ref }) {
			return nil, noRelease(ref, "did you mean "+ref+"@latest?")
		}
		p, err := l.Get(s.ctx, ref)
		if near := meant(ref, all); errors.Is(err, ledger.ErrNotFound) && strings.HasSuffix(near, "?") {
			return nil, noRelease(ref, near)
		}
		return p, err
	}
	var best, gone *ledger.Posted
	for i := range all {
		p := &all[i]
		switch {
		case p.Plan != name || p.Superseded || date != "latest" && p.Date != date:
			continue
		case p.Retracted != "":
			gone = p
			continue
		}
		if best != nil && best.Account != p.Account {
			return nil, noRelease(ref, "plans of two accounts have this name: name the release by its id")
		}
		if best == nil || p.Date > best.Date {
			best = p
		}
	}
	switch {
	case best != nil:
		return l.Get(s.ctx, best.ID)
	case gone != nil:
		return l.Get(s.ctx, gone.ID)
	}
	return nil, noRelease(ref, meant(ref, all))
}

// meant is a hint at what a reference was likely meant to name.
func meant(ref string, all []ledger.Posted) string {
	name, date, _ := strings.Cut(ref, "@")
	newest := map[string]string{}
	for i := range all {
		if p := &all[i]; statusOf(p) == "stands" {
			newest[p.Plan] = max(newest[p.Plan], p.Date)
		}
	}
	if day := newest[name]; day != "" {
		return "its newest release is of " + day + "; `throng releases` lists all"
	}
	if near := nearest(name, slices.Sorted(maps.Keys(newest))); near != "" {
		return "did you mean " + near + "@" + cmp.Or(date, "latest") + "?"
	}
	return "`throng releases` lists what there is"
}

func noRelease(ref, hint string) error {
	return &fault.Error{Kind: fault.Usage, Code: "usage.no-release", Where: ref, Msg: "no such release", Hint: hint}
}

// inFolder finds the release whose files a folder holds, and the folder of
// releases that it is in.
func (s *session) inFolder(l *ledger.Ledger, ref string) (posted *ledger.Posted, out string, err error) {
	folder := audience.FolderOf(ref)
	rel, err := audience.ReadFolder(folder)
	if err != nil {
		return nil, "", err
	}
	posted, err = l.Get(s.ctx, rel.ID)
	return posted, filepath.Join(folder, "..", "..", ".."), err // OUT/PLAN/date=D/release
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
