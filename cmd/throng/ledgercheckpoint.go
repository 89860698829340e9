// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"

	"github.com/urfave/cli/v2"
)

func ledgerCheckpointCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "checkpoint",
		Usage: "sign what the ledger holds now, and write the witness copy",
		Description: `Prints a signed note that speaks for every entry, to be kept where whoever restores
or edits the ledger cannot change it. With --witness it is written there, also
for the first time; a file that saw a newer ledger, or another one, is left as it
is (exit 14).`,
		Flags: ledgerFlags(),
	}, ledgerCheckpoint)
}

// A checkpointJSON is a checkpoint for programs.
type checkpointJSON struct {
	Checkpoint string  `json:"checkpoint"` // a signed note
	Verifier   string  `json:"verifier"`   // by which others verify it
	Witness    *string `json:"witness"`    // the file that holds it; null: none was named
}

func ledgerCheckpoint(s *session) error {
	if _, err := s.arguments(0, "nothing"); err != nil {
		return err
	}
	l, err := s.openUnwitnessed(".")
	if err != nil {
		return err
	}
	defer l.Close()
	var j checkpointJSON
	if j.Verifier, err = l.CheckpointKey(s.ctx); err != nil {
		return err
	}
	if file := s.witness(); file != "" {
		j.Witness = &file
		j.Checkpoint, err = l.Attest(s.ctx)
	} else {
		j.Checkpoint, err = l.Checkpoint(s.ctx)
	}
	if err != nil {
		return err
	}
	return s.print(j, func(w io.Writer) { _, _ = io.WriteString(w, j.Checkpoint) })
}
