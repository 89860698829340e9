// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// A talk is what the program says beside its results, on standard error.
type talk struct {
	*slog.Logger
	w        io.Writer
	plain    *plain // writes the lines of text; nil: others do, or nobody
	terminal bool   // a person watches: progress may be drawn
}

func newTalk(w io.Writer, format string, quiet bool) (*talk, error) {
	t := &talk{w: w}
	switch {
	case format != "text" && format != "json":
		return nil, notOne("", format, []string{"text", "json"}, "--log-format is text or json, not %s", quote(format))
	case quiet:
		t.Logger = slog.New(slog.DiscardHandler)
	case format == "json":
		t.Logger = slog.New(slog.NewJSONHandler(w, nil))
	default:
		t.plain = &plain{w: w}
		t.Logger = slog.New(t.plain)
		t.terminal = isTerminal(w) && os.Getenv("TERM") != "dumb"
	}
	return t, nil
}

// say tells something in words.
func (t *talk) say(format string, a ...any) { t.Info(fmt.Sprintf(format, a...)) }

// warn tells something that somebody should look at.
func (t *talk) warn(format string, a ...any) { t.Warn(fmt.Sprintf(format, a...)) }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is that of the terminal, 0 where there is none.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}

// mayColor tells whether colours reach a person who wants them.
func mayColor(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// plain writes log records as lines for people: the message alone, warnings
// marked. What a record carries beside its message is for programs.
type plain struct {
	mu sync.Mutex
	w  io.Writer
}

func (p *plain) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

func (p *plain) Handle(_ context.Context, r slog.Record) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := r.Message
	if r.Level >= slog.LevelWarn {
		text = "warning: " + text
	}
	_, err := fmt.Fprintln(p.w, clean(strings.TrimRight(text, "\n")))
	return err
}

// to sends lines elsewhere from now on.
func (p *plain) to(w io.Writer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.w = w
}

func (p *plain) WithAttrs([]slog.Attr) slog.Handler { return p }
func (p *plain) WithGroup(string) slog.Handler      { return p }
