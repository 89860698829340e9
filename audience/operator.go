// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
)

// A Record is what the operator keeps of a run, also of one that failed. It
// holds fixed words and sizes of files; no row, no person, no reject is counted
// in it, and its times are cut to the minute (R21, R30, R31).
type Record struct {
	Throng  int          `json:"throng"` // format version: 1
	Run     string       `json:"run"`
	Plan    string       `json:"plan"`
	Account string       `json:"account"`
	Date    string       `json:"date"`
	Status  string       `json:"status"` // "released", "existing" or "failed"
	Step    string       `json:"step"`   // how far it came
	Code    string       `json:"code,omitempty"`
	Message string       `json:"message,omitempty"`
	Release string       `json:"release,omitempty"`
	Spent   *ledger.Cost `json:"spent,omitempty"`
	Restate bool         `json:"restate,omitempty"`
	Bytes   int64        `json:"input_bytes,omitempty"` // size of the files that were counted
	Started string       `json:"started"`               // RFC 3339, cut to the minute
	Ended   string       `json:"ended"`
	Program string       `json:"program"`
	Digest  string       `json:"plan_digest"`
}

// A record is the folder of one run below operator/.
type record struct {
	path string
	id   string
	uuid string // of the run, for lineage
	log  *os.File
	talk *slog.Logger // the run's own, for when the folder cannot be written
}

// openRecord makes operator/PLAN/DATE/RUN beside the releases. A record that
// cannot be written stops nothing: the output folder has a check of its own.
func (r *run) openRecord() *record {
	rec := &record{id: runID(r.begun), uuid: uuid.NewString(), talk: r.Log}
	rec.path = filepath.Join(filepath.Dir(filepath.Clean(r.Out)), "operator", r.head.Name, r.Date, rec.id)
	err := failpoint.Do("operator.folder", func() error { return os.MkdirAll(rec.path, 0o700) })
	if err == nil {
		tidy(filepath.Dir(filepath.Dir(rec.path)))
		err = writeSynced(filepath.Join(rec.path, "plan.yaml"), r.head.Text, 0o600)
	}
	if err == nil {
		err = rec.startLineage(r)
	}
	if err == nil {
		rec.log, err = os.OpenFile(filepath.Join(rec.path, "log.jsonl"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		r.Log.Warn("the operator's record cannot be written", "folder", rec.path)
		return rec
	}
	failpoint.At("operator.opened")
	r.Log = slog.New(both{r.Log.Handler(), slog.NewJSONHandler(rec.log, &slog.HandlerOptions{ReplaceAttr: cutTimes})})
	return rec
}

func (rec *record) close(r *run, result *Result, failed error) {
	if rec.log == nil {
		return
	}
	entry := Record{Throng: 1, Run: rec.id, Plan: r.head.Name, Account: r.head.Account, Date: r.Date, Step: r.step,
		Restate: r.Restate, Bytes: r.bytes.Load(), Started: minute(r.begun), Ended: minute(r.Now()), Program: r.Version, Digest: hex(r.head.Digest)}
	switch {
	case failed != nil:
		entry.Status, entry.Code, entry.Message = "failed", codeOf(failed), failed.Error()
	case result.Existing:
		entry.Status, entry.Release = "existing", result.Release.ID
	default:
		entry.Status, entry.Release, entry.Spent = "released", result.Release.ID, &result.Spent
	}
	failpoint.At("operator.close")
	text, err := json.MarshalIndent(entry, "", "  ")
	if err == nil {
		err = writeSynced(filepath.Join(rec.path, "run.json"), append(text, '\n'), 0o600)
	}
	err = errors.Join(err, rec.endLineage(rec.ended(r, &entry)))
	if err = errors.Join(err, rec.log.Close()); err != nil {
		rec.talk.Warn("the operator's record is incomplete", "folder", rec.path)
	}
}

// lineageFile holds the run's events, a line each.
func (rec *record) lineageFile() string { return filepath.Join(rec.path, "lineage.jsonl") }

// startLineage writes the event that the run has begun.
func (rec *record) startLineage(r *run) error {
	e := rec.event(r, "START", minute(r.begun))
	e.Inputs = r.inputs()
	line, err := e.line()
	if err != nil {
		return err
	}
	return writeSynced(rec.lineageFile(), line, 0o600)
}

// endLineage appends the event that ends the run.
func (rec *record) endLineage(e *event) error {
	line, err := e.line()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(rec.lineageFile(), os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(line)
	return errors.Join(err, f.Close())
}

// cutTimes cuts the times of log records to the minute.
func cutTimes(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.String(slog.TimeKey, minute(a.Value.Time()))
	}
	return a
}

func minute(t time.Time) string { return t.UTC().Truncate(time.Minute).Format(time.RFC3339) }

// codeOf returns the fixed code of a fault.
func codeOf(err error) string {
	var f *fault.Error
	var faults plan.Errors
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.As(err, &faults):
		return "plan"
	case errors.As(err, &f) && f.Code != "":
		return f.Code
	}
	return "internal"
}

// both hands log records to two handlers.
type both struct{ a, b slog.Handler }

func (h both) Enabled(ctx context.Context, l slog.Level) bool {
	return h.a.Enabled(ctx, l) || h.b.Enabled(ctx, l)
}

func (h both) Handle(ctx context.Context, r slog.Record) error {
	var err error
	for _, x := range []slog.Handler{h.a, h.b} {
		if x.Enabled(ctx, r.Level) {
			err = errors.Join(err, x.Handle(ctx, r.Clone()))
		}
	}
	return err
}

func (h both) WithAttrs(as []slog.Attr) slog.Handler {
	return both{h.a.WithAttrs(as), h.b.WithAttrs(as)}
}
func (h both) WithGroup(n string) slog.Handler { return both{h.a.WithGroup(n), h.b.WithGroup(n)} }
