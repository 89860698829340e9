// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/activation"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/sql"
	"github.com/throng-dp/throng/dp/release"
)

// activations are formats with rules in them: for operators and the platform's own
// ads system alone.
var activations = []audience.Format{
	{Name: "rules", About: "the rules and their obligations, for the platform's own ads system; needs --plan"},
	{Name: "sql", About: "the same as SQL, for --dialect " + dialects()},
}

func dialects() string {
	var ids []string
	for _, d := range sql.Dialects() {
		ids = append(ids, d.ID)
	}
	return strings.Join(ids, "|")
}

// activate writes the rules of a release.
func (s *session) activate(b *bytes.Buffer, f *found, format, to string, ids []string) error {
	at := slices.IndexFunc(sql.Dialects(), func(d *sql.Dialect) bool { return d.ID == s.String("dialect") })
	switch {
	case s.Path("plan") == "":
		return usage("--format %s needs --plan PLAN: no release holds a rule", format)
	case format == "sql" && at < 0:
		return usage("--format sql needs --dialect %s", dialects())
	case format == "rules" && len(ids) > 0:
		return usage("rules refer to each other: leave --segments out")
	}
	if err := stands(f); err != nil {
		return err
	}
	if err := apart(to); err != nil {
		return err
	}
	p, err := s.released()
	if err != nil {
		return err
	}
	if format == "sql" {
		err = activation.WriteSQL(b, p, f.rel, sql.Dialects()[at], ids)
	} else {
		err = writeRules(b, p, f.rel)
	}
	var other *activation.MismatchError
	if errors.As(err, &other) {
		return &fault.Error{Kind: fault.Usage, Code: "usage.other-plan", Where: s.Path("plan"), Msg: other.Error(),
			Hint: "name the plan as it was when the release was built; beside the releases, operator/ keeps its text"}
	}
	return err
}

func writeRules(b *bytes.Buffer, p *plan.Plan, r *release.Release) error {
	d, err := activation.Document(p, r)
	if err != nil {
		return err
	}
	return activation.Write(b, d)
}

// released compiles the plan that --plan names, whose tests must pass: rules.json
// has them as vectors.
func (s *session) released() (*plan.Plan, error) {
	path := s.Path("plan")
	file, err := planAt(path)
	if err != nil {
		return nil, err
	}
	account, err := s.accountOf(file, path)
	if err != nil {
		return nil, err
	}
	var neverRead []string
	if account != nil {
		neverRead = account.Policy.NeverRead
	}
	p, err := audience.Compile(s.ctx, file, local.Engine{}, s.dataRoot(file.Head().Home), neverRead)
	if err != nil {
		return nil, err
	}
	if faults := p.RunTests(); len(faults) > 0 {
		return nil, faults
	}
	return p, nil
}

// stands refuses a release that was taken back or replaced.
func stands(f *found) error {
	gone := f.posted != nil && (f.posted.Retracted != "" || f.posted.Superseded)
	for _, part := range strings.Split(filepath.ToSlash(absolute(f.folder)), "/") {
		gone = gone || part == "retracted" || part == "superseded"
	}
	if !gone {
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Code: "usage.gone", Where: f.rel.Plan + "@" + f.rel.Date,
		Msg: "was retracted or replaced: nobody serves by its rules any more", Hint: "export the rules of the release that stands"}
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil && path != "" {
		return abs
	}
	return path
}

// apart keeps rules out of folders whose files may leave.
func apart(to string) error {
	if to == "" {
		return nil
	}
	dir := filepath.Dir(absolute(to))
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil && filepath.Base(dir) != "release" {
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Code: "usage.leaves", Where: to, Msg: "this folder's files may leave, and rules never do",
		Hint: "write them elsewhere, such as to operator/"}
}
