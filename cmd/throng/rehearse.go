// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rehearsal"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// rehearsalMark is the file that says what a folder of rehearsals is.
const rehearsalMark = "REHEARSAL.txt"

const rehearsalText = "rehearsal, synthetic: nothing in this folder is about real people, and nothing was charged for it\n"

func rehearseCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "rehearse",
		Usage:     "the whole build of a plan, on invented people; spends nothing",
		ArgsUsage: "PLAN",
		Description: `Invents data from the plan and the schemas of its files, counts and releases them
with the code that builds use, and writes marked files to rehearsal/ beside the
plan. Your ledger is not opened, no row of your data is read, and the audiences
are as large as invention makes them. Paths of data must be below the data's folder.`,
		Flags: []cli.Flag{
			dataFlag(),
			&cli.StringFlag{Name: "date", Usage: "as a build of `DAY` (default: yesterday in the plan's zone)"},
			&cli.PathFlag{Name: "out", Usage: "the folder `DIR` of rehearsals (default: rehearsal beside the plan)"},
		},
	}, rehearse)
}

// A rehearsedJSON is a rehearsal for programs.
type rehearsedJSON struct {
	Rehearsal bool   `json:"rehearsal" jsonschema:"enum=true"`
	Plan      string `json:"plan"`
	Date      string `json:"date"`
	Path      string `json:"path"`   // of the marked files
	People    int    `json:"people"` // that were invented
	Segments  int    `json:"segments"`
}

func rehearse(s *session) error {
	file, path, err := s.readPlan()
	if err != nil {
		return err
	}
	out := s.Path("out")
	if out == "" {
		out = filepath.Join(filepath.Dir(path), "rehearsal")
	}
	if err := markedFolder(out); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "throng-rehearsal-")
	if err != nil {
		return cannotWrite(os.TempDir(), err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	rel, err := s.rehearsed(dir, file)
	if err != nil {
		return err
	}
	to := filepath.Join(out, rel.Release.Plan, "date="+rel.Release.Date)
	if err := os.RemoveAll(to); err != nil {
		return cannotWrite(to, err)
	}
	if err := os.CopyFS(to, os.DirFS(filepath.Dir(rel.Path))); err != nil {
		return cannotWrite(to, err)
	}
	j := rehearsedJSON{true, rel.Release.Plan, rel.Release.Date, filepath.Join(to, filepath.Base(rel.Path)), rehearsal.People, len(rel.Release.Segments)}
	if err := s.print(j, func(w io.Writer) {
		fmt.Fprintln(w, "REHEARSAL, SYNTHETIC: these people are invented")
		s.writeCatalog(w, rel.Release)
	}); err != nil {
		return err
	}
	s.talk.say("%s@%s: rehearsed on %d invented people; nothing charged, no row read", j.Plan, j.Date, j.People)
	s.talk.say("report: %s", filepath.Join(j.Path, "report.html"))
	return nil
}

// markedFolder makes the folder of rehearsals, or takes one that is marked: a
// folder of releases is never written into.
func markedFolder(out string) error {
	mark := filepath.Join(out, rehearsalMark)
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		return &fault.Error{Kind: fault.Usage, Code: "usage.not-empty", Where: out, Msg: "holds other things than rehearsals",
			Hint: "name a new folder with --out DIR"}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return cannotWrite(out, err)
	}
	if err := os.WriteFile(mark, []byte(rehearsalText), 0o644); err != nil {
		return cannotWrite(mark, err)
	}
	return nil
}

// rehearsed builds a plan on invented data below a folder, with a ledger there.
func (s *session) rehearsed(dir string, file *plan.File) (*audience.Result, error) {
	real := s.dataRoot(file.Head().Home)
	p, err := audience.Compile(s.ctx, file, local.Engine{}, real, nil) // schemas alone
	if err != nil {
		return nil, err
	}
	day, err := s.rehearsalDay(p.Zone)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	schema := func(src *plan.Source) ([]rule.Column, error) {
		columns, err := local.Engine{}.Columns(s.ctx, real, src, nil)
		if err != nil { // the plan types all columns that it uses
			for _, c := range src.Columns {
				columns = append(columns, rule.Column{Name: c.Is, Kind: c.Kind})
			}
		}
		return columns, nil
	}
	key := make([]byte, identityKeyBytes)
	_, _ = rand.Read(key) // it does not fail
	if err := rehearsal.Data(data, p, schema, day, key); err != nil {
		if errors.Is(err, rehearsal.ErrPath) {
			return nil, &fault.Error{Kind: fault.Usage, Code: "usage.rehearsal", Where: file.Head().File, Msg: "cannot be rehearsed", Err: err}
		}
		return nil, cannotWrite(data, err)
	}
	l, err := s.throwAwayLedger(dir, p)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	s.talk.say("counting %d invented people", rehearsal.People)
	return audience.Build(s.ctx, audience.Job{Plan: file, Date: day.Format(time.DateOnly), Engine: local.Engine{}, Ledger: l, Root: data,
		Out: filepath.Join(dir, "releases"), Phones: cleanroom.PhoneKeys{key}, Version: version(), Log: slog.New(slog.DiscardHandler), Now: now, Rehearsal: true})
}

func (s *session) rehearsalDay(zone *time.Location) (time.Time, error) {
	if text := s.String("date"); text != "" {
		day, err := time.ParseInLocation(time.DateOnly, text, zone)
		if err != nil {
			return day, usage("--date is a day such as 2011-12-09, not %s", quote(text))
		}
		return day, nil
	}
	y, m, d := now().In(zone).AddDate(0, 0, -1).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone), nil
}

// throwAwayLedger makes a ledger with the plan's account, wide enough for one
// build, that is gone afterwards.
func (s *session) throwAwayLedger(dir string, p *plan.Plan) (*ledger.Ledger, error) {
	l, err := sqlite.Create(s.ctx, filepath.Join(dir, "rehearsal.db"), sqlite.Options{Now: now})
	if err != nil {
		return nil, err
	}
	pr := p.Privacy
	lines := ledger.Lines{Epsilon: max(8, 2*pr.Epsilon), Delta: max(1e-7, 2*pr.Delta)}
	if pr.PureEpsilon > 0 || slices.ContainsFunc(p.Bands, func(b plan.Attribute) bool { return b.Unknown }) || hasKind(p, "quantiles", "top") {
		lines.PureEpsilon, lines.PureDelta = max(8, 2*pr.PureEpsilon), max(1e-7, 2*pr.PureDelta)
	}
	var sensitive []string
	for i := range p.Findings {
		sensitive = append(sensitive, p.Findings[i].Class)
	}
	whole, _, part := strings.Cut(pr.Account, "/")
	a := ledger.Account{Name: whole, Lineage: "rehearsal", Lines: lines, Period: 364,
		Policy: ledger.Policy{Lineage: "rehearsal", Least: ledger.Least{}, Sensitive: sensitive}}
	err = l.OpenAccount(s.ctx, a)
	if err == nil && part {
		err = l.OpenAccount(s.ctx, ledger.Account{Name: pr.Account, Lines: lines})
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func hasKind(p *plan.Plan, kinds ...string) bool {
	for i := range p.Releases {
		for _, k := range kinds {
			if p.Releases[i].Kind == k {
				return true
			}
		}
	}
	return false
}
