// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// An auditedJSON is one of many releases that were verified, for programs.
type auditedJSON struct {
	Release string   `json:"release"` // empty: its files do not tell
	Plan    string   `json:"plan"`
	Date    string   `json:"date"`
	Account string   `json:"account"`                                                                     // empty: no ledger in reach knows it
	Status  string   `json:"status" jsonschema:"enum=stands,enum=superseded,enum=retracted,enum=unknown"` // unknown: no ledger in reach knows it
	Files   string   `json:"files"`                                                                       // the folder that they are in; empty: in none of these
	OK      bool     `json:"ok"`
	Wrong   []string `json:"wrong"` // in words
}

// many reports whether verify is asked about a range of releases.
func (s *session) many() bool {
	return s.Bool("all") || s.String("since") != "" || s.String("until") != ""
}

// An auditor verifies the releases of some days, in a ledger and in a folder.
type auditor struct {
	*session
	since, until string // days; empty: no end
	out          string
	there        map[identity]*published
	rows         []auditedJSON
	elsewhere    []int // of rows: those whose folder holds the files of another release
	damaged      error // what is wrong with the ledger first
	ledgers      bool  // one is in reach
}

// An identity is where files of a release are.
type identity struct{ plan, date string }

// A published is what a folder of releases holds of a plan and day.
type published struct {
	folder string
	rel    *release.Release
	err    error
	known  bool // its release is in the ledger
	stands bool // and stands there
}

func verifyMany(s *session) error {
	a, err := newAuditor(s)
	if err != nil {
		return err
	}
	if err := a.read(); err != nil {
		return err
	}
	if err := a.ofLedger(); err != nil {
		return err
	}
	a.moved()
	a.strays()
	slices.SortStableFunc(a.rows, func(x, y auditedJSON) int {
		return cmp.Or(strings.Compare(x.Date, y.Date), strings.Compare(x.Plan, y.Plan))
	})
	if len(a.rows) == 0 {
		s.talk.say("nothing was released of these days")
		a.rows = []auditedJSON{}
	}
	if err := s.print(a.rows, func(w io.Writer) { writeAudit(w, a.rows) }); err != nil {
		return err
	}
	return a.verdict()
}

func newAuditor(s *session) (*auditor, error) {
	a := &auditor{session: s, out: s.Path("out"), there: map[identity]*published{}}
	folder, err := s.optional("FOLDER")
	if err != nil {
		return nil, err
	}
	if folder != "" {
		if !isFolder(folder) {
			return nil, &fault.Error{Kind: fault.Usage, Code: "usage.no-release", Where: folder, Msg: "no such folder",
				Hint: "with --since, --until or --all the argument is a folder of releases, such as " + s.Path("out")}
		}
		a.out = folder
	}
	since, err := s.dayAsked("since")
	if err != nil {
		return nil, err
	}
	until, err := s.dayAsked("until")
	if err != nil {
		return nil, err
	}
	if !until.IsZero() && until.Before(since) {
		return nil, usage("--until is before --since")
	}
	a.since, a.until = dayOf(since), dayOf(until)
	return a, nil
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (a *auditor) asked(date string) bool {
	return date >= a.since && (a.until == "" || date <= a.until)
}

// read finds the folders of the days, and reads each as a stranger would.
func (a *auditor) read() error {
	folders, err := filepath.Glob(filepath.Join(literal(a.out), "*", "date=*", "release"))
	if err != nil {
		return err
	}
	for _, folder := range folders {
		day := filepath.Dir(folder)
		id := identity{filepath.Base(filepath.Dir(day)), strings.TrimPrefix(filepath.Base(day), "date=")}
		if !a.asked(id.date) {
			continue
		}
		p := &published{folder: folder}
		p.rel, p.err = audience.ReadFolder(folder)
		a.there[id] = p
	}
	return nil
}

// literal is a path in which a pattern means itself.
func literal(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// ofLedger verifies what the ledger holds of the days, and the files of it.
func (a *auditor) ofLedger() error {
	place, err := a.findLedger(".")
	if err != nil {
		return err
	}
	if place == nil {
		a.talk.warn("no ledger is in reach: whether these files were paid for, and which are missing, cannot be told")
		return nil
	}
	l, err := a.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	a.ledgers = true
	return l.Audit(a.ctx, func(p *ledger.Posted) bool { return a.asked(p.Date) }, a.take)
}

// take verifies one release of the ledger.
func (a *auditor) take(p *ledger.Posted, wrong error) error {
	row := auditedJSON{Release: p.ID, Plan: p.Plan, Date: p.Date, Account: p.Account, Status: statusOf(p), Wrong: []string{}}
	var rel *release.Release
	if wrong == nil {
		rel, wrong = audience.Decode(p)
	}
	if wrong != nil {
		a.damaged = cmp.Or(a.damaged, wrong)
		row.Wrong = append(row.Wrong, wrong.Error())
		if at := a.there[identity{row.Plan, row.Date}]; at != nil && at.rel != nil && at.rel.ID == row.Release {
			at.known, row.Files = true, at.folder
		}
	} else {
		row.Wrong = append(row.Wrong, audience.Verify(rel)...)
		if err := a.files(&row, rel); err != nil {
			return err
		}
	}
	if row.OK = len(row.Wrong) == 0; !row.OK || row.Status == "stands" || a.Bool("all") {
		a.rows = append(a.rows, row)
	}
	return nil
}

// files compares the files of a release, which are where it stands and nowhere
// else.
func (a *auditor) files(row *auditedJSON, rel *release.Release) error {
	at := a.there[identity{row.Plan, row.Date}]
	stands := row.Status == "stands"
	switch {
	case at == nil && stands && isFolder(a.out):
		row.Wrong = append(row.Wrong, "its files are missing")
	case at == nil:
	case at.rel != nil && at.rel.ID != row.Release:
		if stands {
			a.elsewhere = append(a.elsewhere, len(a.rows))
		}
	case stands:
		at.known, at.stands, row.Files = true, true, at.folder
		differ, err := audience.Differ(at.folder, rel)
		row.Wrong = append(row.Wrong, differ...)
		return err
	case at.rel != nil:
		at.known, row.Files = true, at.folder
		row.Wrong = append(row.Wrong, "it was "+row.Status+", and its files still stand in "+at.folder)
	}
	return nil
}

// moved judges the releases whose folder holds another one: plans of two accounts
// may have one name, and are written to two places then.
func (a *auditor) moved() {
	for _, i := range a.elsewhere {
		if at := a.there[identity{a.rows[i].Plan, a.rows[i].Date}]; !at.stands {
			a.rows[i].OK = false
			a.rows[i].Wrong = append(a.rows[i].Wrong, "its files are missing: "+at.folder+" holds those of another release")
		}
	}
}

// strays verifies the folders that no release of the ledger is in.
func (a *auditor) strays() {
	for id, p := range a.there {
		if p.known {
			continue
		}
		row := auditedJSON{Plan: id.plan, Date: id.date, Status: "unknown", Files: p.folder, Wrong: []string{}}
		if p.err != nil {
			row.Wrong = append(row.Wrong, p.err.Error())
		} else {
			row.Release = p.rel.ID
			if own := (identity{p.rel.Plan, p.rel.Date}); own != id {
				row.Wrong = append(row.Wrong, "it is of "+own.plan+"@"+own.date)
			}
			if a.ledgers {
				row.Wrong = append(row.Wrong, "the ledger has no such release of this day: it was not paid for there")
			} else {
				row.Wrong = append(row.Wrong, alone(p)...)
			}
		}
		row.OK = len(row.Wrong) == 0
		a.rows = append(a.rows, row)
	}
}

// alone tells what is wrong with files by themselves.
func alone(p *published) (wrong []string) {
	wrong = audience.Verify(p.rel)
	differ, err := audience.Differ(p.folder, p.rel)
	if err != nil {
		return append(wrong, err.Error())
	}
	wrong = append(wrong, differ...)
	if of := p.rel.Ledger; of.Checkpoint != "" {
		if err := ledger.CheckpointSigned(of.Checkpoint, of.Verifier); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return wrong
}

// verdict is the worst outcome as an error: that of the ledger before that of
// files.
func (a *auditor) verdict() error {
	var bad []string
	for i := range a.rows {
		if r := &a.rows[i]; !r.OK {
			bad = append(bad, r.Plan+"@"+r.Date)
		}
	}
	switch {
	case len(bad) == 0:
		return nil
	case a.damaged != nil:
		return a.damaged
	}
	which := strings.Join(bad[:min(len(bad), 3)], ", ")
	if len(bad) > 3 {
		which += ", …"
	}
	return &fault.Error{Kind: fault.Output, Code: "output.not-the-release", Where: which,
		Msg:  fmt.Sprintf("%d of %s not what was released", len(bad), count(len(a.rows), "release")),
		Hint: "do not use these files; `throng build` of the same plan and day writes those of a release that stands again, free of charge, and `throng retract` moves those of one that was taken back aside"}
}

func writeAudit(w io.Writer, rows []auditedJSON) {
	var cells [][]string
	for i := range rows {
		r := &rows[i]
		outcome := "ok"
		switch {
		case !r.OK:
			outcome = strings.Join(r.Wrong, "; ")
		case r.Files == "":
			outcome = "ok: the ledger's copy; no files of it here"
		}
		cells = append(cells, []string{r.Plan + "@" + r.Date, r.Release, r.Status, outcome})
	}
	if len(cells) > 0 {
		writeTable(w, []column{left("release"), left("id"), left("status"), left("outcome")}, cells)
	}
}
