// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/fault"
)

func verifyCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "verify",
		Usage:     "are the files of a release whole, and what the ledger paid for?",
		ArgsUsage: "RELEASE, or [FOLDER] with --since, --until or --all",
		Description: refHelp + `

Of a folder: all files tell the same numbers, and the numbers fit each other.
With a ledger in reach: the files are, byte for byte, what it holds.

With --since, --until or --all: every release of these days that stands in the
ledger, by its post and the checkpoint signed with it, and the files of it below
FOLDER or --out; and what is there that the ledger does not know, or that was
taken back. Without a ledger: the files alone. It ends with the worst outcome.`,
		Flags: append(ledgerFlags(),
			&cli.PathFlag{Name: "out", Value: "releases", Usage: "the folder `DIR` of releases to look in"},
			&cli.StringFlag{Name: "since", Usage: "releases of `DAY` and later, such as 2026-03-01"},
			&cli.StringFlag{Name: "until", Usage: "releases of `DAY` and earlier"},
			&cli.BoolFlag{Name: "all", Usage: "also restated and retracted ones; alone: of all days"},
		),
	}, verify)
}

// A verifiedJSON is a release that was verified, for programs.
type verifiedJSON struct {
	Release string   `json:"release"`
	OK      bool     `json:"ok"`
	Checked []string `json:"checked"` // in words
}

func verify(s *session) error {
	if s.many() {
		return verifyMany(s)
	}
	f, err := s.named()
	if err != nil {
		return err
	}
	checked := []string{"its numbers fit each other"}
	wrong := audience.Verify(f.rel)
	folder := f.folder
	if folder == "" {
		folder = filepath.Join(s.Path("out"), f.rel.Plan, "date="+f.rel.Date, "release")
		if _, err := os.Stat(folder); err != nil {
			s.talk.warn("no files of it in %s: only the ledger's copy was looked at", s.Path("out"))
			folder = ""
		}
	}
	paid, err := s.paidFor(f)
	if err != nil {
		return err
	}
	if folder != "" {
		against := f.rel
		if paid != nil {
			against = paid.rel
			checked = append(checked, "its files are what the ledger holds")
		} else {
			checked = append(checked, "its files tell the same numbers")
		}
		differ, err := audience.Differ(folder, against)
		if err != nil {
			return err
		}
		wrong = append(wrong, differ...)
	}
	if len(wrong) > 0 {
		return &fault.Error{Kind: fault.Output, Code: "output.not-the-release", Where: s.Args().First(), Msg: strings.Join(wrong, "; "),
			Hint: "do not use these files; `throng build` of the same plan and day writes them again, free of charge"}
	}
	return s.print(verifiedJSON{f.rel.ID, true, checked}, func(w io.Writer) {
		fmt.Fprintf(w, "%s@%s: ok: %s\n", f.rel.Plan, f.rel.Date, strings.Join(checked, ", "))
	})
}

// paidFor finds a release in the ledger in reach; nil if there is no ledger. A
// release that the ledger does not know was never paid for there.
func (s *session) paidFor(f *found) (*found, error) {
	if f.posted != nil {
		return f, nil
	}
	p, err := s.findLedger(".")
	if err != nil || p == nil {
		return nil, err
	}
	l, err := s.openLedger(".")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	posted, err := l.Get(s.ctx, f.rel.ID)
	if err != nil {
		s.talk.warn("%s is not in the ledger %s: its price cannot be verified here", f.rel.ID, p)
		return nil, nil
	}
	rel, err := audience.Decode(posted)
	return &found{rel: rel, posted: posted}, err
}
