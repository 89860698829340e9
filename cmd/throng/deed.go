// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
)

// A deed is a note that two approvers sign: at one machine both at once, at two
// machines one after the other.
type deed struct {
	note []byte
	path string // the file in which it waits for a signature; empty: both were named
}

// deedFlags are those of a command that two people give.
func deedFlags(name string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "reason", Usage: "why, in `WORDS`; kept in the ledger"},
		&cli.PathFlag{Name: "note", Usage: "what another has written in `FILE`, to be signed and applied"},
		&cli.PathFlag{Name: "out", Usage: "write the note to `FILE` while a signature is wanting (default " + name + ")"},
		keysFlag("sign with the key in `FILE`; may be given twice"),
	}
}

// deed reads the note that --note names, or has one written, and signs it. said
// are the flags that a note says already; fresh writes one, and names its file.
func (s *session) deed(by []ledger.Signer, said []string, fresh func() (text []byte, file string, err error)) (d *deed, err error) {
	d = &deed{}
	if path := s.Path("note"); path != "" {
		for _, flag := range append(said, "reason", "out") {
			if s.IsSet(flag) {
				return nil, s.usage("--%s is said by the note already", flag)
			}
		}
		d.path = path
		d.note, err = readNote(path)
	} else {
		if len(by) == 0 {
			return nil, s.usage("%s needs --key FILE, the key of an approver", s.name())
		}
		var file string
		d.note, file, err = fresh()
		if err == nil && len(by) == 1 {
			d.path, err = s.noteFile(file)
		}
	}
	if err == nil && len(by) > 0 {
		d.note, err = ledger.AddSignatures(d.note, by...)
	}
	return d, err
}

// noteFile is where a note goes that another has to sign.
func (s *session) noteFile(file string) (string, error) {
	if out := s.Path("out"); out != "" {
		file = out
	}
	if _, err := os.Lstat(file); err == nil {
		return "", &fault.Error{Kind: fault.Output, Code: "output.exists", Where: file, Msg: "is there already", Hint: "name another: --out FILE"}
	}
	return file, nil
}

// settle applies a deed that has its signatures, or keeps it for the next one.
func (d *deed) settle(who []string, apply func() error) (applied bool, err error) {
	if len(who) > 1 || d.path == "" {
		return true, apply()
	}
	return false, replaceFile(d.path, d.note)
}

// waits tells who has signed, and what becomes of it.
func (d *deed) waits(w io.Writer, s *session, who []string, applied bool, done string) {
	fmt.Fprintf(w, "signed by: %s\n", listed(who))
	if applied {
		fmt.Fprintln(w, done)
		return
	}
	fmt.Fprintf(w, "another approver signs it: throng %s --note %s --key FILE\n", s.name(), d.path)
}
