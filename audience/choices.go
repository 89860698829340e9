// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
)

// choicesFile is where the operator keeps what the next build compares the
// source of choices with. It stands in operator/PLAN: see README of outputs.
const choicesFile = "choices.json"

// choicesNext begins the name of what a build notes before it posts, with its
// day behind it: a build that dies after the post must not have forgotten which
// choices its release was made with.
const choicesNext = "choices-"

// A kept is what stands in it.
type kept struct {
	Throng  int    `json:"throng"` // format version: 1
	Account string `json:"account"`
	cleanroom.Snapshot
	// Of a note before the post: the release that stood then. Another one that
	// stands later says that the post took place.
	Stood string `json:"stood,omitempty"`
}

func (r *run) choicesPath() string {
	return filepath.Join(filepath.Dir(filepath.Clean(r.Out)), "operator", r.head.Name, choicesFile)
}

// choices is what the account's policy demands of the source of choices.
func (r *run) choices(ctx context.Context) (cleanroom.Choices, error) {
	policy := r.account.Policy.OptOuts
	c := cleanroom.Choices{Now: r.begun, MaxAge: policy.MaxAge, MaxShrink: policy.MaxShrink, IgnoreLate: policy.IgnoreLate, Seen: func(s cleanroom.Snapshot) { r.seen = &s }}
	if r.Shrunk {
		if err := r.Ledger.Accepted(ctx, r.account.Name, r.plan.Name, r.Date); err != nil {
			return c, err
		}
		c.Accept = true
	}
	if r.plan.OptOuts == nil {
		return c, nil
	}
	if err := r.recallChoices(ctx); err != nil {
		return c, err
	}
	before, err := readKept(r.choicesPath())
	if err == nil && before.Account == r.account.Name {
		c.Before = before.Snapshot
		return c, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	if c.MaxShrink == 0 {
		return c, nil
	}
	// Only a plan that never released anything has nothing to be compared with.
	const everyDay = "9999-12-31"
	_, err = r.Ledger.Before(ctx, r.account.Name, r.plan.Name, everyDay)
	if errors.Is(err, ledger.ErrNotFound) {
		return c, nil
	}
	c.Forgotten = true
	return c, err
}

// whoAccepts adds to a refusal of a source that shrank who may accept it.
func (r *run) whoAccepts(ctx context.Context, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != "consent.shrunken" && f.Code != "consent.forgotten" {
		return err
	}
	who, failed := r.Ledger.Whom(context.WithoutCancel(ctx), ledger.Approver)
	if failed != nil {
		who = "ask two approvers"
	}
	named := *f
	named.Hint += "; if it is right as it is, two approvers accept it: throng consent accept PLAN --date " + r.Date + " --reason WORDS, and the build says --accept-shrink; " + who
	return &named
}

// OpenChoices prepares a look at a plan's source of choices, as its next build
// will read it. account may be nil: nothing is demanded then.
func OpenChoices(ctx context.Context, j Job, account *ledger.Account) (*cleanroom.Input, error) {
	r, err := newRun(j)
	if err != nil {
		return nil, err
	}
	if r.account = account; account == nil {
		r.account = &ledger.Account{}
	}
	if r.plan, err = r.Plan.Outline(); err != nil {
		return nil, err
	}
	if r.plan.OptOuts == nil {
		return nil, &fault.Error{Kind: fault.Usage, Code: "usage.no-choices", Where: r.head.File,
			Msg: "the plan says opt_outs: none: there are no choices to look at", Hint: "name the source under data.opt_outs"}
	}
	c, err := r.choices(ctx)
	if err != nil {
		return nil, err
	}
	cal, err := rule.NewCalendar(r.plan.Zone, r.Date, 1)
	if err != nil {
		return nil, err
	}
	return &cleanroom.Input{Plan: r.plan, Calendar: cal, Root: r.Root, Choices: c, PhoneKeys: r.Phones,
		NeverRead: r.account.Policy.NeverRead, MinAge: r.account.Policy.Least.MinAge}, nil
}

func readKept(path string) (*kept, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k := &kept{}
	if json.Unmarshal(text, k) != nil || k.Throng != 1 || k.Bytes < 0 {
		return nil, &fault.Error{Kind: fault.Consent, Code: "consent.kept", Where: path, Who: "operator",
			Msg:  "what is kept of the choices that were used before cannot be read",
			Hint: "put the file back from a copy of the operator's folder"}
	}
	return k, nil
}

// noteChoices notes which choices a release is about to be made with, in place
// of the one that stood. A note that cannot be written stops nothing.
func (r *run) noteChoices(stood string) {
	if r.seen == nil {
		return
	}
	text, err := json.MarshalIndent(kept{1, r.account.Name, *r.seen, stood}, "", "  ")
	if err == nil {
		err = replace(r.nextPath(r.Date), append(text, '\n'))
	}
	if err != nil {
		r.Log.Warn("what is used of people's choices cannot be kept for the next build", "file", r.choicesPath())
	}
}

// keepChoices makes the note of a release that is posted the one to compare
// with. If it cannot, the next build does, as long as the note can be read.
func (r *run) keepChoices() {
	if r.seen == nil {
		return
	}
	if err := r.keepNote(r.Date); err != nil && !errors.Is(err, fs.ErrNotExist) { // without a note that was told
		r.Log.Warn("what was used of people's choices cannot be kept for the next build", "file", r.choicesPath())
	}
}

func (r *run) nextPath(date string) string {
	return filepath.Join(filepath.Dir(r.choicesPath()), choicesNext+date+".json")
}

func (r *run) keepNote(date string) error {
	return errors.Join(failpoint.Do("choices.keep", func() error { return os.Rename(r.nextPath(date), r.choicesPath()) }),
		syncFolder(filepath.Dir(r.choicesPath())))
}

// recallChoices keeps the notes of builds that died after their post. Notes of
// those that never posted stay until a build of their day.
func (r *run) recallChoices(ctx context.Context) error {
	notes, _ := filepath.Glob(r.nextPath("*"))
	for _, path := range notes { // by date
		date := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), choicesNext), ".json")
		note, err := readKept(path)
		if errors.Is(err, fs.ErrNotExist) { // another run was faster
			continue
		}
		if err != nil {
			return err
		}
		stands, err := r.Ledger.Find(ctx, r.account.Name, r.head.Name, date)
		if errors.Is(err, ledger.ErrNotFound) || err == nil && stands.ID == note.Stood || note.Account != r.account.Name {
			continue
		}
		if err == nil {
			err = r.keepNote(date)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// replace writes a file aside and renames it into place.
func replace(path string, text []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	unlock, alone, err := lockFolder(folder)
	if err != nil {
		return err
	}
	defer unlock()
	sweep(folder, alone)
	temp, err := os.MkdirTemp(folder, aside)
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	from := filepath.Join(temp, filepath.Base(path))
	if err := writeSynced(from, text, 0o600); err != nil {
		return err
	}
	return errors.Join(failpoint.Do("choices.rename", func() error { return os.Rename(from, path) }), syncFolder(folder))
}
