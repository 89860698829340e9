// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
)

// Help texts tell the default of a flag that has one worth telling.
func init() {
	long := cli.FlagStringer
	cli.FlagStringer = func(f cli.Flag) string {
		return strings.NewReplacer(" (default: false)", "", " (default: 0)", "").Replace(long(f))
	}
}

// newApp is the command tree.
func newApp(stdout, stderr io.Writer) *cli.App {
	return &cli.App{
		Name:  "throng",
		Usage: "ad audiences, counted with differential privacy: you see the crowd, never a face",
		Description: `First steps:
   throng init shop && cd shop && throng build plan.yaml

` + exitCodes,
		Version:         version(),
		Writer:          stdout,
		ErrWriter:       stderr,
		HideHelpCommand: true,
		OnUsageError:    usageError,
		ExitErrHandler:  func(*cli.Context, error) {},
		CommandNotFound: func(*cli.Context, string) {},
		Commands: []*cli.Command{
			initCommand(),
			inspectCommand(),
			checkCommand(),
			explainCommand(),
			rehearseCommand(),
			buildCommand(),
			releasesCommand(),
			showCommand(),
			diffCommand(),
			verifyCommand(),
			retractCommand(),
			exportCommand(),
			approveCommand(),
			ledgerCommand(),
			keyCommand(),
			consentCommand(),
			schemaCommand(),
			doctorCommand(),
			attackCommand(),
			completionCommand(),
			manCommand(),
			versionCommand(),
		},
	}
}

// A session is one command at work: results go to out, talk to talk.
type session struct {
	*cli.Context
	ctx  context.Context
	out  io.Writer
	talk *talk
	json bool
}

// command finishes a command of the tree: the flags that all have, faults of
// usage, and its action.
func command(c *cli.Command, action func(*session) error) *cli.Command {
	c.OnUsageError = usageError
	c.HideHelpCommand = true
	if c.Description != "" {
		c.Description += "\n\n"
	}
	c.Description += exitCodes
	c.Flags = append(c.Flags,
		&cli.BoolFlag{Name: "json", Usage: "results and errors as JSON"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing but results and errors"},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "talk on standard error as `text|json`"},
	)
	c.Action = func(cc *cli.Context) error {
		t, err := newTalk(cc.App.ErrWriter, cc.String("log-format"), cc.Bool("quiet"))
		if err != nil {
			return err
		}
		return outputFault(cc.App.Writer, action(&session{cc, cc.Context, cc.App.Writer, t, cc.Bool("json")}))
	}
	return c
}

// group is a command that only holds others.
func group(c *cli.Command) *cli.Command {
	c.OnUsageError = usageError
	c.HideHelpCommand = true
	return c
}

// argument returns the one argument of a command.
func (s *session) argument(what string) (string, error) {
	switch {
	case s.NArg() == 0:
		return "", s.usage("%s needs %s", s.name(), what)
	case s.NArg() > 1:
		return "", s.usage("%s takes one %s; %s is one too many", s.name(), what, quote(s.Args().Get(1)))
	}
	return s.Args().First(), nil
}

// arguments refuses a command line with another number of arguments.
func (s *session) arguments(n int, what string) ([]string, error) {
	args := s.Args().Slice()
	switch {
	case len(args) < n:
		return nil, s.usage("%s needs %s", s.name(), what)
	case len(args) > n:
		return nil, s.usage("%s: %s is one argument too many", s.name(), quote(args[n]))
	}
	return args, nil
}

// optional returns the argument of a command that may have one, or "".
func (s *session) optional(what string) (string, error) {
	if s.NArg() > 1 {
		return "", s.usage("%s takes one %s at most; %s is one too many", s.name(), what, quote(s.Args().Get(1)))
	}
	return s.Args().First(), nil
}

// usage is a fault of whoever typed this command, with how it is typed.
func (s *session) usage(format string, a ...any) error {
	return &fault.Error{Kind: fault.Usage, Code: "usage", Msg: fmt.Sprintf(format, a...),
		Hint: strings.TrimSpace(fmt.Sprintf("type it as: throng %s [flags] %s", s.name(), s.Command.ArgsUsage))}
}

// name is the command as it was typed, without the program.
func (s *session) name() string { return strings.TrimPrefix(s.Command.HelpName, "throng ") }
