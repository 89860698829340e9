// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// A run is one try to build.
type run struct {
	Job
	head    plan.Head
	folder  string // where the release goes: OUT/PLAN/date=D
	begun   time.Time
	plan    *plan.Plan
	account *ledger.Account
	whole   *ledger.Account     // that the account is a part of, or the account itself
	step    string              // how far it came, for the record
	bytes   atomic.Int64        // of input files
	seen    *cleanroom.Snapshot // of people's choices; nil: none were read
}

func newRun(j Job) (*run, error) {
	if j.Now == nil {
		j.Now = time.Now
	}
	if j.Log == nil {
		j.Log = slog.New(slog.DiscardHandler)
	}
	r := &run{Job: j, head: j.Plan.Head(), begun: j.Now(), step: "started"}
	if r.Root == "" {
		r.Root = r.head.Home
	}
	if r.Out == "" {
		r.Out = filepath.Join(filepath.Dir(r.head.File), "releases")
	}
	var err error
	if r.Date, err = day(r.Date, r.head.Zone, r.begun); err != nil {
		return nil, err
	}
	r.folder = filepath.Join(r.Out, r.head.Name, "date="+r.Date)
	return r, nil
}

// build is the straight line.
func (r *run) build(ctx context.Context) (*Result, error) {
	if result, err := r.replay(ctx); result != nil || err != nil {
		return result, err
	}
	failpoint.At("run.replayed")
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	failpoint.At("run.compiled")
	in, err := r.input(ctx)
	if err != nil {
		return nil, err
	}
	failpoint.At("run.priced")
	if err := r.preflight(ctx, in); err != nil {
		return nil, err
	}
	failpoint.At("run.checked")
	draft, err := r.draft(ctx, in)
	if err != nil {
		return nil, err
	}
	failpoint.At("run.drafted")
	res, err := r.reserve(ctx, in.Strategy)
	var exists *ledger.Exists
	if errors.As(err, &exists) { // another run was faster
		return r.rewrite(ctx, exists.Posted)
	}
	if err != nil {
		return nil, err
	}
	failpoint.At("run.reserved")
	spent := res.Charge()
	rel, err := r.release(ctx, res, in, draft)
	if err != nil {
		return nil, err
	}
	r.step = "released"
	r.keepChoices()
	failpoint.At("run.released")
	path, err := r.write(ctx, rel)
	if err != nil {
		return nil, err
	}
	r.step = "written"
	failpoint.At("run.written")
	return &Result{Release: rel, Path: path, Account: r.account.Name, Spent: spent}, nil
}

// replay writes a release that stands already again.
func (r *run) replay(ctx context.Context) (*Result, error) {
	posted, err := r.Ledger.Answer(ctx, r.head.Account, r.head.Name, r.Date, r.head.Digest)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case r.Restate && !r.unwritten(posted):
		return nil, nil
	case posted.Digest != r.head.Digest:
		return nil, changed(r.head.Name, r.Date)
	}
	return r.rewrite(ctx, posted)
}

// unwritten tells whether a release is a restatement of this plan whose run died
// between its post and its files: the folder holds what it took the place of.
// Whoever repeats the command wants that restatement, not one more, and has paid
// for it.
func (r *run) unwritten(p *ledger.Posted) bool {
	if p.Supersedes == "" || p.Retracted != "" || p.Digest != r.head.Digest {
		return false
	}
	there, err := headIn(filepath.Join(r.folder, current))
	if err == nil {
		return there.ID == p.Supersedes
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return slices.ContainsFunc([]string{superseded, retracted}, func(kept string) bool {
		there, err := headIn(filepath.Join(r.folder, kept, p.Supersedes))
		return err == nil && there.ID == p.Supersedes
	})
}

func (r *run) rewrite(ctx context.Context, posted *ledger.Posted) (*Result, error) {
	if posted.Retracted != "" { // whoever took it back may have died before its files were moved
		_, err := takeAway(r.folder, posted.ID)
		return nil, errors.Join(takenBack(posted), err)
	}
	r.step = "released before"
	failpoint.At("run.replay")
	rel, err := Decode(posted)
	if err != nil {
		return nil, err
	}
	path, err := r.write(ctx, rel)
	if err != nil {
		return nil, err
	}
	return &Result{Release: rel, Path: path, Account: posted.Account, Existing: true}, nil
}

// write writes a release, and makes sure that what stands in the folder then is
// what stands in the ledger: while this run drew or wrote, another one may have
// restated the release or taken it back.
func (r *run) write(ctx context.Context, rel *release.Release) (string, error) {
	path, err := writeRelease(r.folder, rel)
	if err != nil {
		return "", err
	}
	failpoint.At("run.placed")
	ctx = context.WithoutCancel(ctx)
	stands := r.standing(ctx)
	switch {
	case stands == nil, stands.ID == rel.ID && stands.Retracted == "":
		return path, nil
	case stands.Retracted != "":
		_, err := takeAway(r.folder, rel.ID)
		return "", errors.Join(takenBack(stands), err)
	}
	posted, err := r.Ledger.Get(ctx, stands.ID)
	if err != nil {
		return "", err
	}
	newer, err := Decode(posted)
	if err != nil {
		return "", err
	}
	return writeRelease(r.folder, newer)
}

// standing is the release of the day as the ledger has it now, without its bytes;
// nil if it does not say: what is paid is written all the same.
func (r *run) standing(ctx context.Context) *ledger.Posted {
	p, err := r.Ledger.Stands(ctx, r.head.Account, r.head.Name, r.Date, r.head.Digest)
	if err != nil {
		return nil
	}
	return p
}

// Decode reads the bytes of a release as the ledger keeps them.
func Decode(posted *ledger.Posted) (*release.Release, error) {
	rel, err := release.Decode(posted.Bytes)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Ledger, Code: "ledger.release", Where: posted.ID,
			Msg: "the stored release cannot be read", Err: err}
	}
	rel.Ledger = release.Ledger{Checkpoint: posted.Checkpoint, Verifier: posted.Verifier}
	return rel, nil
}

// compile checks the plan against the schemas of the data, as the account's
// owner lets them be seen.
func (r *run) compile(ctx context.Context) error {
	account, err := r.Ledger.Account(ctx, r.head.Account)
	if err != nil {
		return err
	}
	r.account = account
	if r.whole, err = r.Ledger.Account(ctx, account.Whole()); err != nil {
		return err
	}
	r.plan, err = Compile(ctx, r.Plan, r.Engine, r.Root, account.Policy.NeverRead)
	if err != nil {
		return err
	}
	r.step = "compiled"
	return r.lineage(ctx)
}

// Compile checks a plan against the schemas of its data. It reads no row.
func Compile(ctx context.Context, f *plan.File, e Engine, root string, neverRead []string) (*plan.Plan, error) {
	f.Forbid(neverRead)
	return f.Compile(func(s *plan.Source) ([]rule.Column, error) {
		return e.Columns(ctx, root, s, neverRead)
	})
}

// input is what the clean room is handed.
func (r *run) input(ctx context.Context) (*cleanroom.Input, error) {
	cal, err := rule.NewCalendar(r.plan.Zone, r.Date, r.plan.Lookback)
	if err != nil {
		return nil, err
	}
	strategy, err := Strategy(r.plan, r.account)
	if err != nil {
		return nil, err
	}
	key, err := r.Ledger.BoundKey(ctx, r.account.Name, r.begun)
	if err != nil {
		return nil, err
	}
	choices, err := r.choices(ctx)
	if err != nil {
		return nil, err
	}
	return &cleanroom.Input{Plan: r.plan, Choices: choices, Calendar: cal, Strategy: strategy, Root: r.Root,
		NeverRead: r.account.Policy.NeverRead, MinAge: r.account.Policy.Least.MinAge, BoundKey: key, PhoneKeys: r.Phones,
		Workers: r.Workers, Memory: r.Memory, Progress: r.progress}, nil
}

// progress hands on how many bytes of input files are done.
func (r *run) progress(done, total int64) {
	r.bytes.Store(total)
	if r.Progress != nil {
		r.Progress(done, total)
	}
}

// Strategy plans the noisy measurements of a plan on an account's lines.
func Strategy(p *plan.Plan, a *ledger.Account) (*dp.Strategy, error) {
	s, err := p.Strategy(priceOf(p, a))
	var missed *dp.TargetError
	if errors.As(err, &missed) {
		return nil, &fault.Error{Kind: fault.Plan, Code: "plan.target", Where: p.File,
			Msg:  fmt.Sprintf("the target of %s is out of reach at epsilon %g", p.Releases[missed.Table].Family(), p.Privacy.Epsilon),
			Hint: fmt.Sprintf("epsilon %s would do for all targets of the plan", release.Real(missed.Epsilon))}
	}
	if err != nil {
		return nil, noNoise(p, err)
	}
	return s, nil
}

// noNoise says that a plan's price buys no noise that could be drawn.
func noNoise(p *plan.Plan, err error) error {
	return &fault.Error{Kind: fault.Plan, Code: "plan.price", Where: p.File,
		Msg: "no noise at this price", Err: errors.New(strings.TrimPrefix(err.Error(), dp.ErrPrice.Error()+": ")), Hint: plan.PriceHint}
}

// priceOf is what the plan asks for and what its account has.
func priceOf(p *plan.Plan, a *ledger.Account) dp.Price {
	price := dp.Price{Epsilon: p.Privacy.Epsilon, Delta: p.Privacy.Delta,
		PureEpsilon: p.Privacy.PureEpsilon, PureDelta: p.Privacy.PureDelta}
	if a != nil {
		price.Lines = a.Lines
	}
	return price
}

// preflight checks everything that can fail while it costs nothing.
func (r *run) preflight(ctx context.Context, in *cleanroom.Input) error {
	r.Log.Info("checking inputs and output folder")
	folder := make(chan error, 1) // which waits for a disk
	go func() { folder <- checkFolder(r.folder, r.plan.Workload, r.whole.Name) }()
	checked := r.Engine.Check(ctx, in)
	if err := <-folder; err != nil {
		return err
	}
	if err := r.keepApart(ctx); err != nil {
		return err
	}
	if checked != nil {
		return checked
	}
	r.step = "checked"
	return ctx.Err()
}

// keepApart refuses a folder that holds what another part of the account was
// answered to another question: a release does not say which part paid for it.
func (r *run) keepApart(ctx context.Context) error {
	there, unreadable := headIn(filepath.Join(r.folder, current))
	if unreadable == nil {
		posted, failed := r.Ledger.Get(ctx, there.ID) // its own words come later
		if failed == nil && posted.Account != r.account.Name && posted.Digest != r.plan.Digest {
			return &fault.Error{Kind: fault.Output, Code: "output.other-account", Where: r.folder,
				Msg: "holds a release of account " + posted.Account, Hint: "write to another folder: --out DIR"}
		}
	}
	return nil
}

// reserve holds the budget, or says why not.
func (r *run) reserve(ctx context.Context, s *dp.Strategy) (*ledger.Reservation, error) {
	p := r.plan.Privacy
	res, err := r.Ledger.Reserve(ctx, ledger.Request{
		Account: p.Account, Plan: r.plan.Name, Date: r.Date, Digest: r.plan.Digest,
		Cost: s.Cost(), Restate: r.Restate, Ask: ask(r.plan), PlanText: r.plan.Text, Runner: r.Runner,
	})
	if err != nil {
		return nil, r.refused(ctx, s, err)
	}
	r.step = "reserved"
	r.Log.Info("budget reserved", "account", p.Account, "epsilon", p.Epsilon, "delta", p.Delta)
	return res, nil
}

// ask is what a policy judges.
func ask(p *plan.Plan) ledger.Ask {
	var sensitive []ledger.SensitiveAsk
	for i := range p.Findings {
		sensitive = append(sensitive, ledger.SensitiveAsk{Class: p.Findings[i].Class, What: p.Findings[i].String()})
	}
	return ledger.Ask{Sensitive: sensitive, Epsilon: p.Privacy.Epsilon, Delta: p.Privacy.Delta, Segments: len(p.Segments),
		Lookback: p.Lookback, MinReach: p.Privacy.MinReach, HasAge: p.Age != "", NoOptOuts: p.OptOuts == nil}
}

// release counts and publishes. From Touched on two ends are possible:
// released, or failed with a fixed code.
func (r *run) release(ctx context.Context, res *ledger.Reservation, in *cleanroom.Input, draft *release.Release) (*release.Release, error) {
	rel, err := r.count(ctx, res, in, draft)
	if err == nil {
		return rel, nil
	}
	failpoint.At("run.failed")
	// The reservation is put right although the run's own context may be over.
	void := res.Void(context.WithoutCancel(ctx), fmt.Sprintf("failed after %s", r.step), dataFree(err))
	if void != nil {
		r.Log.Warn("the reservation could not be ended; the next build of this day uses it", "error", void)
	}
	return nil, err
}

func (r *run) count(ctx context.Context, res *ledger.Reservation, in *cleanroom.Input, draft *release.Release) (*release.Release, error) {
	if err := res.Touched(ctx); err != nil {
		return nil, err
	}
	r.step = "reading"
	failpoint.At("run.touched")
	r.Log.Info("counting", "date", r.Date)
	publication := dp.Begin(ctx, res, in.Strategy, draft) // draws while people are counted
	defer publication.Drop()
	tallies, err := r.Engine.Tally(ctx, in)
	if err != nil {
		return nil, err
	}
	r.step = "counted"
	failpoint.At("run.counted")
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.noteChoices(res.Supersedes())
	return publication.Publish(ctx, tallies)
}

// dataFree tells whether data cannot have caused a failure, so that budget may
// come back (R20). The list is short on purpose. A signal is not on it: a
// scheduler's time limit sends one, and how long a run takes depends on the
// data. What is not given back is not lost: it serves the next build of the
// same day.
func dataFree(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Kind == fault.Output
}
