// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
)

// sentinels says what the ledger's errors mean to a caller of the command line.
var sentinels = []struct {
	err  error
	kind fault.Kind
	code string
	hint string
}{
	{ledger.ErrCeiling, fault.Refused, "refused.ceiling", "no new period lifts it; `throng explain` shows cheaper plans"},
	{ledger.ErrNoPureLine, fault.Refused, "refused.no-pure-line", "the owner gives an account a pure line on opening: throng ledger account NAME … --pure-epsilon E"},
	{ledger.ErrExhausted, fault.Refused, "refused.exhausted", "`throng ledger status` shows what is left and when the period ends; `throng explain` shows cheaper plans"},
	{ledger.ErrPolicy, fault.Refused, "refused.policy", "the owner of the budget wrote the policy: change the plan, or ask the owner"},
	{ledger.ErrNoAccount, fault.Refused, "refused.no-account", "ask the owner of the budget to open it: throng ledger account NAME --epsilon E --delta D --period 364d --ceiling E"},
	{ledger.ErrChanged, fault.Refused, "refused.changed", "--restate draws the numbers anew and charges again; what was released stays released"},
	{ledger.ErrBusy, fault.Later, "later.busy", "another build of this plan and day is at work: wait for it, then run this again"},
	{ledger.ErrMissing, fault.Ledger, "ledger.missing", "ask the owner of the budget where the ledger is, and name it: --ledger sqlite:PATH or $THRONG_LEDGER"},
	{ledger.ErrDamaged, fault.Ledger, "ledger.damaged", "nothing was charged; restore the ledger from its newest copy, or use the version of throng that wrote it"},
	{ledger.ErrUnwitnessed, fault.Ledger, "ledger.unwitnessed", "nothing was charged; use the copy of the ledger that the witness saw"},
	{ledger.ErrKey, fault.Key, "key.ledger", "ledger.key stands beside the ledger: restore it from where it is kept"},
	{ledger.ErrLost, fault.Later, "later.lost", "it waited too long and another build took over; run this again"},
	{ledger.ErrStorage, fault.Output, "output.ledger", "nothing was charged; check the owner and the free space of the ledger's folder"},
	{ledger.ErrMoved, fault.Ledger, "ledger.moved", "name the ledger that took its place"},
	{ledger.ErrAway, fault.Later, "later.away", "run it again: it finds what was done, and nothing is charged twice"},
	{ledger.ErrTaken, fault.Refused, "refused.taken", "`throng ledger status` shows the accounts; one lineage of data has one account"},
	{ledger.ErrUnsigned, fault.Refused, "refused.unsigned", "`throng ledger key list` shows whose signature counts"},
	{ledger.ErrLineage, fault.Refused, "refused.lineage", "ask the owner of the data which account and ledger they are counted with"},
	{ledger.ErrForged, fault.Key, "key.forged", "somebody changed what was signed, or made up the signature: start anew"},
	{ledger.ErrInvalid, fault.Usage, "usage.ledger", ""},
	{ledger.ErrNotFound, fault.Usage, "usage.no-release", "`throng releases` lists what there is"},
}

// Fault gives an error of the ledger, a context or the file system the kind
// that decides the exit code. Other errors stay as they are.
func Fault(err error) error {
	var f *fault.Error
	var faults plan.Errors
	switch {
	case err == nil, errors.As(err, &f), errors.As(err, &faults),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			hint := s.hint
			var refusal *ledger.Refusal
			if errors.As(err, &refusal) && refusal.Hint != "" {
				hint = refusal.Hint
			}
			return &fault.Error{Kind: s.kind, Code: s.code, Msg: err.Error(), Hint: hint}
		}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return &fault.Error{Kind: fault.Usage, Code: "usage.file", Where: path.Path, Msg: "cannot " + path.Op + " it", Err: path.Err}
	}
	return err
}

// changed refuses a plan that is no longer what was released under its name.
func changed(name, date string) error {
	return &fault.Error{Kind: fault.Refused, Code: "refused.changed", Where: name + "@" + date,
		Msg:  "a release stands already, and the plan's rules or bounds have changed since",
		Hint: "to write what was released, undo the change; to draw anew and be charged again, add --restate; to release both, give the plan another name"}
}

// takenBack refuses to write what was retracted.
func takenBack(p *ledger.Posted) error {
	return &fault.Error{Kind: fault.Refused, Code: "refused.retracted", Where: p.Plan + "@" + p.Date,
		Msg:  "a release of this day was retracted: " + p.Retracted,
		Hint: "--restate draws the numbers anew and charges again; nothing of the old ones was refunded"}
}

// refused adds to the ledger's answer what was asked for and what can be done.
func (r *run) refused(ctx context.Context, s *dp.Strategy, err error) error {
	var exists *ledger.Exists
	switch {
	case errors.As(err, &exists):
		return err
	case errors.Is(err, ledger.ErrChanged):
		return changed(r.plan.Name, r.Date)
	case errors.Is(err, ledger.ErrExhausted):
		return r.short(ctx, s, err)
	}
	return Fault(err)
}

// short tells a refusal for want of budget with what is behind it. Should
// budget have come back meanwhile, the ledger's own words are told.
func (r *run) short(ctx context.Context, s *dp.Strategy, err error) error {
	reserve := fmt.Sprintf("reserve ε=%g", r.plan.Privacy.Epsilon)
	q, failed := quoteFor(ctx, r.Ledger, r.account, r.plan, r.Date, s, r.Now())
	if failed != nil || q.shortfall == nil {
		return Fault(fmt.Errorf("%s: %w", reserve, err))
	}
	f := &fault.Error{Kind: fault.Refused, Msg: reserve, Err: q.shortfall, Hint: q.shortfall.Hint()}
	for _, known := range sentinels { // the first that fits: ErrExhausted is in all
		if errors.Is(err, known.err) {
			f.Code = known.code
			return f
		}
	}
	return f
}
