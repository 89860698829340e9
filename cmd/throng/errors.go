// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// An ending is what a kind of fault means to whoever started the program.
type ending struct {
	code      string // for faults that carry none of their own
	exit      int
	retryable bool
	who       string // who can do something about it
}

var endings = map[fault.Kind]ending{
	fault.Internal: {"internal", 1, false, "authors of throng"},
	fault.Usage:    {"usage", 2, false, "caller"},
	fault.Plan:     {"plan", 10, false, "author of the plan"},
	fault.Input:    {"input", 11, false, "provider of the data"},
	fault.Consent:  {"consent", 12, false, "provider of the opt-outs"},
	fault.Refused:  {"refused", 13, false, "owner of the budget"},
	fault.Ledger:   {"ledger", 14, false, "operator"},
	fault.Output:   {"output", 15, false, "operator"},
	fault.Key:      {"key", 16, false, "operator"},
	fault.Later:    {"later", 75, true, "nobody: try again later"},
}

// exitCodes ends the help text of every command that can fail in many ways.
const exitCodes = `Exit codes: 0 done, also when there was nothing to do · 1 internal · 2 usage ·
10 plan · 11 input files · 12 opt-outs · 13 budget or policy refused ·
14 ledger damaged, missing or of another version · 15 output cannot be written ·
16 key or secret · 75 try again later · 130, 143 stopped by a signal.`

// usage is a fault of whoever typed the command.
func usage(format string, a ...any) error {
	return &fault.Error{Kind: fault.Usage, Code: "usage", Msg: fmt.Sprintf(format, a...)}
}

// badValue is how the library says that a flag's value is none.
var badValue = regexp.MustCompile(`^invalid (?:boolean )?value (".*") for (?:flag )?-+([a-z-]+): `)

func usageError(c *cli.Context, err error, _ bool) error {
	if m := badValue.FindStringSubmatch(err.Error()); m != nil {
		hint := ""
		if f := flagNamed(c, m[2]); f != nil {
			hint = plainValue(f)
		}
		return &fault.Error{Kind: fault.Usage, Code: "usage", Msg: fmt.Sprintf("invalid value %s for --%s", m[1], m[2]), Hint: hint}
	}
	return usage("%s", err)
}

// flagNamed finds a flag of the command at hand.
func flagNamed(c *cli.Context, name string) cli.Flag {
	if c == nil || c.Command == nil {
		return nil
	}
	for _, f := range c.Command.Flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// plainValue says what the value of a flag looks like.
func plainValue(f cli.Flag) string {
	switch f.(type) {
	case *cli.IntFlag, *cli.Int64Flag:
		return "a whole number in plain digits, such as 1000"
	case *cli.Float64Flag:
		return "a number, such as 0.5 or 1e-8"
	case *cli.BoolFlag:
		return "it takes no value"
	}
	return ""
}

// A stopped is the cause of a context that a signal ended.
type stopped struct {
	exit int
	name string
}

func (s *stopped) Error() string { return "stopped by " + s.name }

// A report is an error as --json prints it.
type report struct {
	Code      string  `json:"code"`
	Exit      int     `json:"exit"`
	Retryable bool    `json:"retryable"`
	Who       string  `json:"who"`
	Message   string  `json:"message"`
	Hint      string  `json:"hint,omitempty"`
	Faults    []place `json:"faults,omitempty"`

	Shortfall *audience.Shortfall `json:"shortfall,omitempty"` // of a budget that is wanting
}

// A place is one fault of a plan.
type place struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// reportOf tells what an error means.
func reportOf(ctx context.Context, err error) report {
	var sig *stopped
	if errors.As(context.Cause(ctx), &sig) && (errors.Is(err, context.Canceled) || errors.As(err, &sig)) {
		return report{Code: "stopped", Exit: sig.exit, Retryable: true, Who: "caller", Message: sig.Error(),
			Hint: "run the same command again: it goes on where that is free, and is never charged twice"}
	}
	var places plan.Errors
	if errors.As(err, &places) {
		e := endings[fault.Plan]
		r := report{Code: e.code, Exit: e.exit, Who: e.who, Message: fmt.Sprintf("%s in the plan", count(len(places), "fault"))}
		for _, p := range places {
			r.Faults = append(r.Faults, place{p.File, p.Line, p.Column, p.Msg, p.Hint})
		}
		return r
	}
	err = audience.Fault(err)
	var f *fault.Error
	if !errors.As(err, &f) {
		f = &fault.Error{Msg: err.Error()}
	}
	e := endings[f.Kind]
	r := report{Code: f.Code, Exit: e.exit, Retryable: e.retryable, Who: e.who, Hint: hintOf(err, f)}
	if r.Code == "" {
		r.Code = e.code
	}
	if f.Who != "" {
		r.Who = f.Who
	}
	r.Retryable = r.Retryable || f.Waits
	r.Message, _, _ = strings.Cut(err.Error(), "\n\thint: ")
	_ = errors.As(err, &r.Shortfall)
	return r
}

// hintOf returns the innermost hint: the one nearest to the cause.
func hintOf(err error, f *fault.Error) string {
	hint := f.Hint
	if _, inner, ok := strings.Cut(err.Error(), "\n\thint: "); ok && hint == "" {
		hint, _, _ = strings.Cut(inner, "\n\thint: ")
	}
	return hint
}

// complain prints an error for people, or for programs, and returns the exit
// code.
func complain(ctx context.Context, w io.Writer, err error, asJSON bool) int {
	r := reportOf(ctx, err)
	if asJSON {
		line, _ := json.Marshal(r)
		fmt.Fprintf(w, "%s\n", line)
		return r.Exit
	}
	var places plan.Errors
	if errors.As(err, &places) {
		fmt.Fprintln(w, clean(places.Error()))
		return r.Exit
	}
	fmt.Fprintln(w, clean("throng: "+r.Message))
	if r.Hint != "" {
		fmt.Fprintln(w, clean("\thint: "+r.Hint))
	}
	if r.Shortfall != nil {
		var b strings.Builder
		writeShortfall(&b, r.Shortfall)
		for line := range strings.Lines(b.String()) {
			fmt.Fprint(w, clean("\t"+line))
		}
	}
	return r.Exit
}

// clean takes out control characters: names of columns and files come from
// others, and a terminal obeys what it is sent.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

// count writes a number with its noun: "1 fault", "3 faults".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", grouped(int64(n)), noun)
}
