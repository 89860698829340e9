// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
)

func keyCommand() *cli.Command {
	return group(&cli.Command{
		Name:        "key",
		Usage:       "keys of people: make one, sign a note with one",
		Subcommands: []*cli.Command{keyNewCommand(), keySignCommand()},
	})
}

func keyNewCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "new",
		Usage:     "make a key of your own, to sign grants, approvals and the like",
		ArgsUsage: "NAME",
		Description: `Writes NAME.key, which stays with you and is read by you alone (0600), and NAME.pub,
the line by which others know you. The owner of a ledger registers it under a role:
throng ledger key add --role ROLE NAME.pub`,
		Flags: []cli.Flag{&cli.PathFlag{Name: "out", Usage: "the folder `DIR` of the two files", Value: "."}},
	}, func(s *session) error {
		name, err := s.argument("NAME")
		if err != nil {
			return err
		}
		private, line, err := ledger.NewKey(name)
		if err != nil {
			return err
		}
		file, public := filepath.Join(s.Path("out"), name+".key"), filepath.Join(s.Path("out"), name+".pub")
		if err := writeNew(file, private, 0o600); err != nil {
			return err
		}
		if err := writeNew(public, line, 0o644); err != nil {
			return errors.Join(err, os.Remove(file))
		}
		return s.print(newKeyJSON{name, file, public, line}, func(w io.Writer) { fmt.Fprintln(w, line) })
	})
}

// A newKeyJSON is a key that was made, for programs.
type newKeyJSON struct {
	Name     string `json:"name"`
	Key      string `json:"key"`      // file of the private part
	Public   string `json:"public"`   // file of the public part
	Verifier string `json:"verifier"` // what stands in it
}

// writeNew writes one line to a file that is not there yet, and syncs it.
func writeNew(path, line string, perm fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if errors.Is(err, fs.ErrExist) {
		return &fault.Error{Kind: fault.Output, Code: "output.exists", Where: path, Msg: "is there already", Hint: "a key is never overwritten: take another name or folder"}
	}
	if err == nil {
		_, err = f.WriteString(line + "\n")
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			_ = os.Remove(path) // half a key is none, and would be in the way of the next try
		}
	}
	if err != nil {
		return &fault.Error{Kind: fault.Output, Code: "output.file", Where: path, Msg: "cannot be written", Err: cause(err)}
	}
	return nil
}

func keySignCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "sign",
		Usage:     "add your signature to a note that another has written; needs no ledger",
		ArgsUsage: "NOTE",
		Description: `Prints the note's text and signs it: read it first, without --key. Whoever applies it
on the ledger learns whether your key may.`,
		Flags: []cli.Flag{&cli.PathFlag{Name: "key", Usage: "sign with the key in `FILE`"}},
	}, func(s *session) error {
		path, err := s.argument("NOTE")
		if err != nil {
			return err
		}
		note, err := readNote(path)
		if err != nil {
			return err
		}
		text, who, err := ledger.ReadNote(note)
		if err != nil {
			return err
		}
		if file := s.Path("key"); file != "" {
			key, err := readKey(file)
			if err != nil {
				return err
			}
			if note, err = ledger.AddSignatures(note, key); err != nil {
				return err
			}
			if err := replaceFile(path, note); err != nil {
				return err
			}
			if text, who, err = ledger.ReadNote(note); err != nil {
				return err
			}
		}
		return s.print(signedJSON{path, text, who}, func(w io.Writer) {
			fmt.Fprint(w, text)
			fmt.Fprintf(w, "signed by: %s\n", listed(who))
		})
	})
}

// A signedJSON is a note for programs.
type signedJSON struct {
	Note     string   `json:"note"` // its file
	Text     string   `json:"text"`
	SignedBy []string `json:"signed_by"` // names of keys, whether or not a ledger knows them
}

// listed tells who has signed.
func listed(names []string) string {
	if len(names) == 0 {
		return "nobody yet"
	}
	return clean(strings.Join(names, ", ")) // whoever wrote the note chose them
}

// largestNote is far above any note of ours.
const largestNote = 1 << 20

func readNote(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > largestNote) {
		return nil, &fault.Error{Kind: fault.Usage, Code: "usage.note", Where: path, Msg: "not a note"}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Usage, Code: "usage.note", Where: path, Msg: "cannot be read", Err: cause(err)}
	}
	return text, nil
}

// replaceFile writes a note over another. Everybody may read it: a note holds no
// secret, and the next who signs is another user.
func replaceFile(path string, text []byte) error {
	if err := putFile(path, text, 0o644); err != nil {
		return &fault.Error{Kind: fault.Output, Code: "output.file", Where: path, Msg: "cannot be written", Err: cause(err)}
	}
	return nil
}

// keysFlag names the keys that sign.
func keysFlag(usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: "key", Usage: usage}
}

// signers reads the keys that were named.
func (s *session) signers() (all []ledger.Signer, err error) {
	for _, file := range s.StringSlice("key") {
		k, err := readKey(file)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, nil
}

// readKey reads a private key. It must be nobody else's to read.
func readKey(path string) (ledger.Signer, error) {
	bad := func(msg, hint string) error {
		return &fault.Error{Kind: fault.Key, Code: "key.person", Where: path, Msg: msg, Hint: hint}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, bad("the key cannot be read", "`throng key new NAME` makes NAME.key")
	case !info.Mode().IsRegular() || info.Size() > 4096:
		return nil, bad("not a key", "`throng key new NAME` makes NAME.key")
	case ledger.KeyIsOpen(info):
		return nil, bad(fmt.Sprintf("others may read or write it (%04o)", info.Mode().Perm()), "chmod 600 "+path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, bad("the key cannot be read", "")
	}
	k, err := ledger.SignerOf(string(text))
	if err != nil {
		return nil, bad("it does not hold a private key", "`throng key new NAME` makes NAME.key; what it prints, and NAME.pub, is the public part")
	}
	return k, nil
}
