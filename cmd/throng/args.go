// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
)

// permute puts the flags of a command line before its arguments. The library
// stops reading flags at the first argument and drops the rest without a word;
// everybody types them there, and a lost --ledger or --date is a privacy fault.
// Unknown commands, unknown flags, repeated flags and flags without their value
// are refused here, with a suggestion.
func permute(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	out, rest := []string{args[0]}, args[1:]
	commands, flags := app.Commands, app.Flags
	var leaf *cli.Command
	for len(rest) > 0 {
		l := line{flags: flags, path: out}
		rest = l.leading(rest)
		if l.err != nil {
			return nil, l.err
		}
		out = append(out, l.read...)
		if len(rest) == 0 {
			break
		}
		name := rest[0]
		if name == "help" { // throng help build: throng build --help
			return permute(app, slices.Concat(out, rest[1:], []string{"--help"}))
		}
		leaf = find(commands, name)
		if leaf == nil {
			return nil, unknownCommand(commands, out, name)
		}
		out, rest = append(out, name), rest[1:]
		commands, flags = leaf.Subcommands, append(slices.Clone(leaf.Flags), cli.HelpFlag)
		if len(commands) == 0 {
			l := line{flags: flags, path: out}
			return l.all(rest)
		}
	}
	return out, nil
}

// A line reads the flags of one command.
type line struct {
	flags []cli.Flag
	path  []string // the words before, for messages
	read  []string
	seen  map[string]bool
	err   error
}

// leading reads the flags that stand before the first word and returns the rest.
func (l *line) leading(rest []string) []string {
	for len(rest) > 0 && isFlag(rest[0]) && l.err == nil {
		rest = l.flag(rest)
	}
	return rest
}

// all reads flags and arguments in any order.
func (l *line) all(rest []string) ([]string, error) {
	var arguments []string
	for len(rest) > 0 && l.err == nil {
		switch {
		case rest[0] == "--":
			arguments, rest = append(arguments, rest[1:]...), nil
		case isFlag(rest[0]):
			rest = l.flag(rest)
		default:
			arguments, rest = append(arguments, rest[0]), rest[1:]
		}
	}
	if l.err != nil {
		return nil, l.err
	}
	if len(arguments) > 0 {
		arguments = append([]string{"--"}, arguments...)
	}
	return slices.Concat(l.path, l.read, arguments), nil
}

// flag reads one flag with its value.
func (l *line) flag(rest []string) []string {
	word := rest[0]
	name, value, inline := strings.Cut(strings.TrimLeft(word, "-"), "=")
	f := lookup(l.flags, name)
	if f == nil {
		l.err = unknownFlag(l.flags, l.path, word)
		return nil
	}
	if _, many := f.(*cli.StringSliceFlag); !many {
		if l.seen[f.Names()[0]] {
			l.err = usage("--%s is given twice", f.Names()[0])
			return nil
		}
		if l.seen == nil {
			l.seen = map[string]bool{}
		}
		l.seen[f.Names()[0]] = true
	}
	takes := f.(cli.DocGenerationFlag).TakesValue()
	if !takes {
		l.read = append(l.read, word)
		return rest[1:]
	}
	read := rest[:1]
	if !inline {
		if len(rest) < 2 || strings.HasPrefix(rest[1], "--") {
			l.err = usage("--%s needs a value", f.Names()[0])
			return nil
		}
		value, read = rest[1], rest[:2]
	}
	// A script writes --date "$DAY" with DAY unset: the default that an empty
	// value stands for elsewhere would build, and charge, another day.
	if strings.TrimSpace(value) == "" {
		l.err = &fault.Error{Kind: fault.Usage, Code: "usage.empty", Where: "--" + f.Names()[0],
			Msg: "its value is empty", Hint: "leave the flag out to take its default"}
		return nil
	}
	l.read = append(l.read, read...)
	return rest[len(read):]
}

func isFlag(word string) bool { return len(word) > 1 && word[0] == '-' && word != "--" }

func lookup(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

// words writes the command line so far, whatever the program's file is called.
func words(path []string) string { return strings.Join(append([]string{"throng"}, path[1:]...), " ") }

func unknownCommand(commands []*cli.Command, path []string, name string) error {
	var names []string
	for _, c := range commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	err := &fault.Error{Kind: fault.Usage, Code: "usage.command", Msg: "unknown command " + quote(name),
		Hint: words(path) + " --help lists the commands"}
	if near := nearest(name, names); near != "" {
		err.Hint = "did you mean " + quote(near) + "?"
	}
	return err
}

func unknownFlag(flags []cli.Flag, path []string, word string) error {
	word, _, _ = strings.Cut(word, "=")
	var names []string
	for _, f := range flags {
		names = append(names, f.Names()...)
	}
	err := &fault.Error{Kind: fault.Usage, Code: "usage.flag", Msg: "unknown flag " + word,
		Hint: words(path) + " --help lists the flags"}
	if near := nearest(strings.TrimLeft(word, "-"), names); near != "" {
		err.Hint = "did you mean --" + near + "?"
	} else if len(path) == 1 {
		err.Hint = "flags of a command stand after it: throng COMMAND " + word
	}
	return err
}
