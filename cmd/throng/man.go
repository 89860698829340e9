// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"
)

func manCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "man",
		Usage:     "manual pages, of all commands or of one",
		ArgsUsage: "[COMMAND]",
		Description: `Prints a page; see it with
   throng man build | man -l -
COMMAND is written with dashes: ledger-status. To install all pages:
   throng man --dir ~/.local/share/man/man1`,
		Flags: []cli.Flag{&cli.PathFlag{Name: "dir", Usage: "write all pages into `DIR`"}},
	}, man)
}

// A manJSON is manual pages for programs.
type manJSON struct {
	Pages []pageJSON `json:"pages"`
}

type pageJSON struct {
	Page string  `json:"page"`
	File *string `json:"file"`           // null: it was not written to one
	Text *string `json:"text,omitempty"` // then
}

func man(s *session) error {
	name, err := s.optional("COMMAND")
	if err != nil {
		return err
	}
	all := manPages(s.App)
	if dir := s.Path("dir"); dir != "" {
		if name != "" {
			return usage("--dir writes all pages: leave out %s", quote(name))
		}
		return s.writePages(dir, all)
	}
	page := strings.TrimSuffix("throng-"+name, "-")
	for _, p := range all {
		if p.name == page {
			return s.print(manJSON{[]pageJSON{{Page: page, Text: &p.text}}}, func(w io.Writer) { fmt.Fprint(w, p.text) })
		}
	}
	var names []string
	for _, p := range all[1:] {
		names = append(names, strings.TrimPrefix(p.name, "throng-"))
	}
	return notOne("", name, names, "there is no page of %s", quote(name))
}

func (s *session) writePages(dir string, all []manPage) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	j := manJSON{}
	for _, p := range all {
		file := filepath.Join(dir, p.name+".1")
		if err := os.WriteFile(file, []byte(p.text), 0o644); err != nil {
			return cannotWrite(file, err)
		}
		j.Pages = append(j.Pages, pageJSON{Page: p.name, File: &file})
	}
	s.talk.say("%s in %s", count(len(all), "page"), dir)
	return s.print(j, func(io.Writer) {})
}

// A manPage is a page of section 1, in the macros of man(7).
type manPage struct{ name, text string }

// manPages are those of the program and of each of its commands.
func manPages(app *cli.App) []manPage {
	m := roff{}
	m.head("throng", app.Usage)
	m.section("SYNOPSIS")
	m.line(".B throng\n.I COMMAND\n[\\fIflags\\fR] [\\fIarguments\\fR]")
	m.section("DESCRIPTION")
	m.prose(strings.TrimSuffix(app.Description, exitCodes))
	m.section("COMMANDS")
	m.commands("", app.Commands)
	m.section("ENVIRONMENT")
	for _, v := range [][2]string{
		{"THRONG_LEDGER", "the ledger, where --ledger names none"}, {"THRONG_KEY_FILE", "its key file, where --key-file names none"},
		{identityKeyVariable, "the key that phone numbers are hashed under, in hex"}, {"NO_COLOR", "no colours, if it is not empty"},
	} {
		m.tagged("\\fB"+escape(v[0])+"\\fR", v[1])
	}
	m.exits()
	pages := []manPage{{"throng", m.String()}}
	return append(pages, commandPages("throng", app.Commands)...)
}

func commandPages(parent string, commands []*cli.Command) (pages []manPage) {
	for _, c := range commands {
		if c.Hidden {
			continue
		}
		name := parent + "-" + c.Name
		m := roff{}
		m.head(name, c.Usage)
		m.section("SYNOPSIS")
		m.line("\\fB" + escape(strings.ReplaceAll(name, "-", " ")) + "\\fR [\\fIflags\\fR] " + escape(c.ArgsUsage))
		if text := strings.TrimSpace(strings.TrimSuffix(c.Description, exitCodes)); text != "" {
			m.section("DESCRIPTION")
			m.prose(text)
		}
		if len(c.Subcommands) > 0 {
			m.section("COMMANDS")
			m.commands(strings.TrimPrefix(name, "throng-")+" ", c.Subcommands)
		}
		if len(c.Flags) > 0 {
			m.section("OPTIONS")
			m.flags(c.Flags)
		}
		m.exits()
		m.section("SEE ALSO")
		m.line(".BR " + escape(parent) + " (1)")
		pages = append(pages, manPage{name, m.String()})
		pages = append(pages, commandPages(name, c.Subcommands)...)
	}
	return pages
}

// A roff is a page that is being written.
type roff struct{ strings.Builder }

func (m *roff) line(s string)      { m.WriteString(strings.TrimRight(s, " ") + "\n") }
func (m *roff) section(was string) { m.line(".SH " + was) }

func (m *roff) head(name, about string) {
	m.line(fmt.Sprintf(".TH %s 1 %q %q", escape(strings.ToUpper(name)), committed(), escape("throng "+version())))
	m.section("NAME")
	m.line(escape(name) + " \\- " + escape(about))
}

// tagged writes a term and what it is.
func (m *roff) tagged(term, about string) {
	m.line(".TP")
	m.line(term)
	m.line(escape(about))
}

func (m *roff) commands(before string, commands []*cli.Command) {
	for _, c := range commands {
		if !c.Hidden {
			m.tagged("\\fB"+escape(before+c.Name)+"\\fR", c.Usage)
		}
	}
}

func (m *roff) flags(flags []cli.Flag) {
	for _, f := range flags {
		doc := f.(cli.DocGenerationFlag)
		var names []string
		for _, name := range f.Names() {
			names = append(names, "\\fB"+escape(strings.Repeat("-", min(len(name), 2))+name)+"\\fR")
		}
		term := strings.Join(names, ", ")
		if doc.TakesValue() {
			value, usage := "VALUE", doc.GetUsage()
			if _, rest, ok := strings.Cut(usage, "`"); ok {
				value, _, _ = strings.Cut(rest, "`")
			}
			term += " \\fI" + escape(value) + "\\fR"
		}
		m.tagged(term, strings.ReplaceAll(doc.GetUsage(), "`", ""))
	}
}

func (m *roff) exits() {
	m.section("EXIT STATUS")
	m.prose(strings.TrimPrefix(exitCodes, "Exit codes: "))
}

// prose writes paragraphs; lines that stand in are kept as they are.
func (m *roff) prose(text string) {
	kept, begun := false, false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n ")
		stands := strings.HasPrefix(line, "   ")
		switch {
		case line == "":
			if begun && !kept {
				m.line(".PP")
			}
			continue
		case stands && !kept:
			m.line(".PP\n.RS 4\n.nf")
		case !stands && kept:
			m.line(".fi\n.RE\n.PP")
		}
		kept, begun = stands, true
		m.line(escape(strings.TrimPrefix(line, "   ")))
	}
	if kept {
		m.line(".fi\n.RE")
	}
}

// escape writes a text so that roff shows it as it is.
func escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case (r == '.' || r == '\'') && i == 0:
			b.WriteString(`\&` + string(r))
		case r == '"':
			b.WriteString(`\(dq`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// committed is the day of the commit that this program was built from; empty
// where nobody says.
func committed() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" && len(s.Value) >= 10 {
				return s.Value[:10]
			}
		}
	}
	return ""
}
