// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
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

// find resolves a reference to a release.
func (s *session) find(ref string) (*found, error) {
	if info, err := os.Stat(ref); err == nil && info.IsDir() {
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

// posted finds a release in the ledger.
func (s *session) posted(l *ledger.Ledger, ref string) (*ledger.Posted, error) {
	name, date, dated := strings.Cut(ref, "@")
	if !dated {
		if strings.ContainsAny(ref, "/\\.") {
			return nil, noRelease(ref, "there is no such folder")
		}
		posted, err := l.Get(s.ctx, ref)
		if err != nil {
			return nil, audience.Fault(err)
		}
		return posted, nil
	}
	all, err := l.Releases(s.ctx)
	if err != nil {
		return nil, err
	}
	var best *ledger.Posted
	for i := range all {
		p := &all[i]
		if p.Plan != name || p.Superseded || p.Retracted != "" || date != "latest" && p.Date != date {
			continue
		}
		if best != nil && best.Account != p.Account {
			return nil, noRelease(ref, "plans of two accounts have this name: name the release by its id")
		}
		if best == nil || p.Date > best.Date {
			best = p
		}
	}
	if best == nil {
		return nil, noRelease(ref, "`throng releases` lists what there is")
	}
	return l.Get(s.ctx, best.ID)
}

func noRelease(ref, hint string) error {
	return &fault.Error{Kind: fault.Usage, Code: "usage.no-release", Where: ref, Msg: "no such release", Hint: hint}
}
