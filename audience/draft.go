// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// draft is the release without its numbers: the plan's labels, what the account
// says, and how it differs from the release before.
func (r *run) draft(ctx context.Context, in *cleanroom.Input) (*release.Release, error) {
	d := r.plan.Draft(in.Calendar, r.Date)
	// A release names the whole: its guarantee is that of the people, and it
	// serves all parts, which need not hear of each other.
	d.Account = r.whole.Name
	d.CodeVersion = r.Version
	if r.Rehearsal {
		d.Publisher, d.Who = "rehearsal, synthetic", "rehearsal, synthetic: invented people"
	}
	if d.Privacy.MinAge = in.MinAge; in.MinAge > 0 {
		d.Who += fmt.Sprintf(", %d or older", in.MinAge)
	}
	if in.Choices.IgnoreLate && slices.ContainsFunc(r.plan.OptOuts, func(o plan.OptOuts) bool { return len(o.Windows) > 0 }) {
		d.Privacy.OptOuts = "applied, but for those made after their person's window had closed: the account's policy ignores these"
	}
	d.Privacy.Lifetime.Ceiling = r.whole.Ceiling // the total is the ledger's at the moment of the post
	l := r.whole.Lines
	d.Privacy.Period = &release.Period{Days: r.whole.Days(), Calendar: r.whole.Calendar, Epsilon: l.Epsilon + l.PureEpsilon, Delta: l.Delta + l.PureDelta}
	return d, r.since(ctx, d)
}

// since compares the draft's labels with the release before it, tells what
// became of each segment there (a released audience stays until its upper end is
// below the gate, R18), and copies the sizes of the last few releases: all of it
// was released, and is kept with this release, so that its files are a function
// of it alone whatever becomes of the earlier ones.
func (r *run) since(ctx context.Context, d *release.Release) error {
	for date := r.Date; len(d.Past) < release.PastMost; {
		before, err := r.before(ctx, date)
		if before == nil || err != nil {
			return err
		}
		if date == r.Date {
			d.Changes = release.ChangesSince(before, d)
			for i := range d.Segments {
				if b := before.Segment(d.Segments[i].ID); b != nil {
					d.Segments[i].Before = b.Status
				}
			}
		}
		past := release.PastOf(before, d)
		if past == nil {
			return nil
		}
		d.Past = append(d.Past, *past)
		date = before.Date
	}
	return nil
}

// before is the newest release of the plan that stands before a date; nil if
// there is none.
func (r *run) before(ctx context.Context, date string) (*release.Release, error) {
	posted, err := r.Ledger.Before(ctx, r.account.Name, r.plan.Name, date)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return Decode(posted)
}
