// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/fault"
)

func consentCommand() *cli.Command {
	return group(&cli.Command{
		Name:        "consent",
		Usage:       "the source of people's choices: is it fit for a build, what does it say of one person",
		Subcommands: []*cli.Command{consentStatusCommand(), consentAcceptCommand(), consentLookupCommand()},
	})
}

func consentFlags() []cli.Flag {
	return append(ledgerFlags(), dataFlag(), identityKeyFlag(),
		&cli.PathFlag{Name: "out", Usage: "the folder `DIR` of releases (default: releases beside the plan)"},
		&cli.StringFlag{Name: "date", Usage: "as a build of `DAY` would judge choices (default: yesterday in the plan's zone)"})
}

func consentStatusCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "status",
		Usage:     "whether the source of choices is there, whole, new and large enough",
		ArgsUsage: "PLAN",
		Description: `Reads the source as a build would and holds it to the account's policy. Ends
with 12 where a build would. It says nothing about anybody, and how many chose
what it does not say either.`,
		Flags: consentFlags(),
	}, consentStatus)
}

// A consentJSON is the state of a source of choices for programs.
type consentJSON struct {
	Plan      string   `json:"plan"`
	Ok        bool     `json:"ok"`
	Forms     []string `json:"forms"`
	TakenAt   *string  `json:"taken_at"`
	MaxAge    *string  `json:"max_age"`
	StaleFrom *string  `json:"stale_from"`
	MaxShrink float64  `json:"max_shrink"`
	Policy    bool     `json:"policy"`
}

func consentStatus(s *session) error {
	in, name, err := s.choices()
	if err != nil {
		return err
	}
	forms, taken, err := local.Engine{}.Choices(s.ctx, in)
	if err != nil {
		return err
	}
	r := consentJSON{Plan: name, Ok: true, Forms: forms, MaxShrink: in.Choices.MaxShrink, Policy: in.Choices.MaxAge > 0 || in.Choices.MaxShrink > 0}
	if !taken.TakenAt.IsZero() {
		r.TakenAt = pointer(taken.TakenAt.UTC().Format(time.RFC3339))
	}
	if in.Choices.MaxAge > 0 {
		r.MaxAge = pointer(in.Choices.MaxAge.String())
		r.StaleFrom = pointer(taken.TakenAt.Add(in.Choices.MaxAge).UTC().Format(time.RFC3339))
	}
	return s.print(r, func(w io.Writer) {
		fmt.Fprintf(w, "%s: the choices can be read to their end: %s\n", name, strings.Join(forms, ", "))
		if r.TakenAt != nil {
			fmt.Fprintf(w, "taken at %s\n", *r.TakenAt)
		} else {
			fmt.Fprintln(w, "nobody says when they were taken: name a describing file in the plan, opt_outs: {snapshot: FILE, …}")
		}
		if r.StaleFrom != nil {
			fmt.Fprintf(w, "the policy takes them until %s\n", *r.StaleFrom)
		}
		if in.Choices.MaxShrink > 0 {
			fmt.Fprintf(w, "they did not shrink by more than %g%%\n", in.Choices.MaxShrink*100)
		}
		if !r.Policy {
			fmt.Fprintln(w, "no policy says how old they may be or how much they may shrink")
		}
	})
}

func pointer[T any](v T) *T { return &v }

func consentLookupCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "lookup",
		Usage:     "what the choices say of one person, on a terminal only",
		ArgsUsage: "PLAN",
		Description: `Reads one person's key from standard input, and tells for each purpose whether
the person is counted. The answer is about a person: it goes to a terminal and
nowhere else, and the key appears in no argument, no output and no log.`,
		Flags: consentFlags(),
	}, consentLookup)
}

// purposes are those of choices, as people read them.
var purposes = []struct{ name, words string }{
	{"ads", "ads"}, {"friend_suggestions", "friend suggestions"}, {"marketing_messages", "marketing messages"}, {"measurement", "measurement"},
}

func consentLookup(s *session) error {
	if s.json || !isTerminal(s.out) {
		return &fault.Error{Kind: fault.Usage, Code: "usage.terminal", Where: "standard output",
			Msg: "what one person chose is shown on a terminal only, in words", Hint: "run it without > FILE, without a pipe and without --json"}
	}
	in, _, err := s.choices()
	if err != nil {
		return err
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	var names []string
	for _, p := range purposes {
		names = append(names, p.name)
	}
	out, err := local.Engine{}.LookUp(s.ctx, in, key, names)
	if err != nil {
		return err
	}
	return s.print(nil, func(w io.Writer) {
		for i, p := range purposes {
			word := "no choice against it"
			if out[i] {
				word = "not counted"
			}
			fmt.Fprintf(w, "%-19s %s\n", p.words, word)
		}
	})
}

// choices prepares a look at the choices of the plan that is the argument.
func (s *session) choices() (*cleanroom.Input, string, error) {
	file, path, err := s.readPlan()
	if err != nil {
		return nil, "", err
	}
	job := audience.Job{Plan: file, Date: s.String("date"), Root: s.dataRoot(file.Head().Home), Out: s.Path("out"), Now: now}
	if job.Phones, err = s.identityKeys(); err != nil {
		return nil, "", err
	}
	account, err := s.accountOf(file, path)
	if err != nil {
		return nil, "", err
	}
	if account != nil {
		if job.Ledger, err = s.openLedger(filepath.Dir(path)); err != nil {
			return nil, "", err
		}
		defer job.Ledger.Close()
	}
	in, err := audience.OpenChoices(s.ctx, job, account)
	return in, path, err
}

// maxKey is the length of a key on standard input.
const maxKey = 4 << 10

// key reads one person's key from standard input. Typed on a terminal, it does
// not show.
func (s *session) key() (string, error) {
	var line string
	var err error
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		fmt.Fprint(s.talk.w, "the person's key, as the files write it: ")
		var typed []byte
		typed, err = term.ReadPassword(fd)
		fmt.Fprintln(s.talk.w)
		line = string(typed)
	} else {
		line, err = bufio.NewReader(io.LimitReader(os.Stdin, maxKey)).ReadString('\n')
	}
	line = strings.TrimRight(line, "\r\n")
	if err != nil && !errors.Is(err, io.EOF) || line == "" {
		return "", usage("lookup reads one person's key from standard input, and there was none")
	}
	return line, nil
}
