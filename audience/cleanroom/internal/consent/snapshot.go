// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/rows"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// slack is how far clocks may be apart.
const slack = 5 * time.Minute

// maxDescriptor is the size of a file that describes a snapshot.
const maxDescriptor = 64 << 10

// A descriptor is what the provider says of a snapshot.
type descriptor struct {
	TakenAt *time.Time `json:"taken_at"`
	Bytes   *int64     `json:"bytes"`
}

// Accept holds the snapshot that is there to what the policy demands, and
// returns what may be kept of it. Sizes are those of files: nobody is counted
// (R5, R36). Its errors are *fault.Error of kind Consent.
//
// Of several sources it is the oldest time and the size of all that are kept.
func Accept(ctx context.Context, root string, from []plan.OptOuts, c *cleanroom.Choices) (cleanroom.Snapshot, error) {
	var all cleanroom.Snapshot
	for i := range from {
		one, err := look(ctx, root, &from[i], c)
		if err != nil {
			return all, closed(err)
		}
		if all.Bytes += one.Bytes; i == 0 || one.TakenAt.Before(all.TakenAt) {
			all.TakenAt = one.TakenAt
		}
	}
	if len(from) == 0 {
		return all, nil
	}
	all.Bytes = cleanroom.Coarse(all.Bytes)
	return all, judgeSize(&all, c)
}

// look reads what there is to know of one source without reading a choice.
func look(ctx context.Context, root string, o *plan.OptOuts, c *cleanroom.Choices) (cleanroom.Snapshot, error) {
	var s cleanroom.Snapshot
	dir, err := event.OpenRoot(root)
	if err != nil {
		return s, err
	}
	defer func() { _ = dir.Close() }() // read only: nothing is lost
	files, err := dir.Find(ctx, o.Files, rows.Extensions...)
	if err != nil {
		return s, err
	}
	for i := range files {
		s.Bytes += files[i].Info.Size()
	}
	if o.Snapshot == "" {
		if c.MaxAge > 0 {
			return s, &fault.Error{Kind: fault.Consent, Code: "consent.undated", Where: "opt_outs", Who: "author of the plan",
				Msg:  "the policy limits how old people's choices may be, and the plan names no file that says when they were taken",
				Hint: "have whoever provides the choices write {\"taken_at\": \"2026-11-09T02:00:00Z\"} beside them, and name the file in the plan: opt_outs: {snapshot: FILE, …}; the time of a file says nothing, every copy resets it"}
		}
		return s, nil
	}
	d, err := describe(ctx, dir, o.Snapshot)
	if err != nil {
		return s, err
	}
	s.TakenAt = *d.TakenAt
	if d.Bytes != nil && *d.Bytes != s.Bytes {
		return s, &fault.Error{Kind: fault.Consent, Code: "consent.bytes", Where: event.Show(o.Snapshot), Waits: true,
			Msg:  "people's choices do not have as many bytes as their provider says: part of them is missing, or still on its way",
			Hint: "copy the snapshot again, its describing file last"}
	}
	return s, judgeAge(&s, o, c)
}

// describe reads the file that says when a snapshot was taken. What else it
// holds is its provider's business.
func describe(ctx context.Context, dir *event.Root, name string) (*descriptor, error) {
	bad := func(code, msg string) error {
		return &fault.Error{Kind: fault.Consent, Code: code, Where: event.Show(name), Msg: msg,
			Hint: `it holds JSON such as {"taken_at": "2026-11-09T02:00:00Z", "bytes": 48213}: a time with its zone, and the size of all files of the snapshot together if that is to be checked`}
	}
	found, err := dir.Find(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	if len(found) != 1 || found[0].Info.Size() > maxDescriptor {
		return nil, bad("consent.snapshot", "this is not the one small file that describes a snapshot")
	}
	in, err := dir.Open(&found[0])
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // read only: nothing is lost
	text, err := io.ReadAll(io.LimitReader(in, maxDescriptor+1))
	if err != nil {
		return nil, err
	}
	d := &descriptor{}
	if json.Unmarshal(text, d) != nil {
		return nil, bad("consent.snapshot", "the description of the snapshot cannot be read")
	}
	if d.TakenAt == nil {
		return nil, bad("consent.snapshot", "the description of the snapshot does not say when it was taken")
	}
	return d, nil
}

// judgeAge refuses a snapshot that is too old, that is older than the one
// before, or whose time cannot be right.
func judgeAge(s *cleanroom.Snapshot, o *plan.OptOuts, c *cleanroom.Choices) error {
	stale := &fault.Error{Kind: fault.Consent, Code: "consent.stale", Where: event.Show(o.Snapshot), Waits: true}
	switch {
	case c.Now.IsZero():
		return nil
	case s.TakenAt.After(c.Now.Add(slack)):
		stale.Code, stale.Waits = "consent.future", false
		stale.Msg, stale.Hint = "people's choices are said to be taken in the future", "one of two clocks is wrong: that of whoever provides the choices, or this machine's"
		return stale
	case c.MaxAge > 0 && c.Now.Sub(s.TakenAt) > c.MaxAge:
		stale.Msg = fmt.Sprintf("people's choices were taken at %s, and the policy allows %s at most", s.TakenAt.UTC().Format(time.RFC3339), age(c.MaxAge))
		stale.Hint = "wait for a newer snapshot; if none comes, ask whoever provides it"
		return stale
	case s.TakenAt.Before(c.Before.TakenAt):
		stale.Code = "consent.older"
		stale.Msg, stale.Hint = "people's choices are an older snapshot than the one that was used before", "put the newest snapshot back: choices made since would be lost"
		return stale
	}
	return nil
}

// age writes a duration as policies do.
func age(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return fmt.Sprintf("%dh", d/time.Hour)
}

// judgeSize refuses a source that has become smaller than the policy allows.
func judgeSize(s *cleanroom.Snapshot, c *cleanroom.Choices) error {
	if c.MaxShrink <= 0 || c.Accept {
		return nil
	}
	const hint = "ask whoever provides the choices whether all of them are there, and put back what is missing"
	if c.Forgotten {
		return &fault.Error{Kind: fault.Consent, Code: "consent.forgotten", Where: "opt_outs", Who: "owner of the budget",
			Msg:  "choices were applied before, and the operator's folder no longer says how large their source was: whether it shrank cannot be judged",
			Hint: "put back choices.json in the folder operator/PLAN beside the releases"}
	}
	if float64(s.Bytes) < float64(c.Before.Bytes)*(1-c.MaxShrink) {
		return &fault.Error{Kind: fault.Consent, Code: "consent.shrunken", Where: "opt_outs", Who: "provider of the opt-outs",
			Msg: fmt.Sprintf("the source of people's choices is smaller than last time, by more than the %g%% that the policy allows", c.MaxShrink*100), Hint: hint}
	}
	return nil
}
