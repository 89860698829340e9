// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// completeCommand is what the scripts of completion/ call, with the words of a
// command line that is being typed; the last one has just begun. It prints what
// may stand there, one a line, a tab and what it is; and last a line that begins
// with a colon if files are wanted too.
const completeCommand = "__complete"

// What the shell completes by itself.
const (
	wantsFiles   = ":files"
	wantsPlans   = ":plans" // files whose names end in .yaml or .yml
	wantsFolders = ":folders"
)

// completionTime is how long anybody waits after a tab.
const completionTime = 2 * time.Second

func complete(ctx context.Context, app *cli.App, words []string, w io.Writer) {
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	c := &completer{ctx: ctx, given: map[string]string{}}
	begun := ""
	if n := len(words); n > 0 {
		words, begun = words[:n-1], words[n-1]
	}
	c.read(app, words)
	c.answer(begun)
	for _, word := range c.found {
		fmt.Fprintln(w, clean(word))
	}
	if c.shell != "" {
		fmt.Fprintln(w, c.shell)
	}
}

// A completer knows what was typed, and gathers what may follow.
type completer struct {
	ctx       context.Context
	commands  []*cli.Command
	leaf      *cli.Command // nil: no command has been typed to its end
	arguments []string
	given     map[string]string // flags, by their first name
	pending   cli.Flag          // waits for its value
	plain     bool              // after --

	begun string
	found []string
	shell string
}

// read takes in the words that are typed to their end.
func (c *completer) read(app *cli.App, words []string) {
	c.commands = app.Commands
	for _, word := range words {
		switch {
		case c.pending != nil:
			c.given[c.pending.Names()[0]] = word
			c.pending = nil
		case word == "--":
			c.plain = true
		case isFlag(word) && !c.plain:
			c.flag(word)
		case c.leaf == nil || len(c.leaf.Subcommands) > 0:
			if next := find(c.commands, word); next != nil {
				c.leaf, c.commands = next, next.Subcommands
			}
		default:
			c.arguments = append(c.arguments, word)
		}
	}
}

func (c *completer) flag(word string) {
	name, value, inline := strings.Cut(strings.TrimLeft(word, "-"), "=")
	f := lookup(c.flags(), name)
	switch {
	case f == nil:
	case inline || !f.(cli.DocGenerationFlag).TakesValue():
		c.given[f.Names()[0]] = value
	default:
		c.pending = f
	}
}

func (c *completer) flags() []cli.Flag {
	if c.leaf == nil {
		return nil
	}
	return c.leaf.Flags
}

// answer gathers what the word that has begun may become.
func (c *completer) answer(begun string) {
	c.begun = begun
	switch {
	case c.pending != nil:
		c.value(c.pending, "", begun)
	case isFlag(begun) && strings.Contains(begun, "=") && !c.plain:
		name, value, _ := strings.Cut(begun, "=")
		if f := lookup(c.flags(), strings.TrimLeft(name, "-")); f != nil {
			c.value(f, name+"=", value)
		}
	case strings.HasPrefix(begun, "-") && !c.plain:
		for _, f := range c.flags() {
			doc := f.(cli.DocGenerationFlag)
			if _, twice := c.given[f.Names()[0]]; !twice {
				c.add("--"+f.Names()[0], strings.ReplaceAll(doc.GetUsage(), "`", ""))
			}
		}
		c.add("--help", "show help")
	case c.leaf == nil || len(c.leaf.Subcommands) > 0:
		for _, next := range c.commands {
			if !next.Hidden {
				c.add(next.Name, next.Usage)
			}
		}
	default:
		c.argument()
	}
}

// add adds a word if it goes on as the begun one does.
func (c *completer) add(word, about string) {
	if strings.HasPrefix(word, c.begun) {
		c.found = append(c.found, word+"\t"+about)
	}
}
