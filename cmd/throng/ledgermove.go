// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// A movedJSON is a ledger that was moved, for programs.
type movedJSON struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Entries int    `json:"entries"`
}

func ledgerMoveCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "move",
		Usage: "take a ledger to another store; for the owner of the budget",
		Description: `Copies everything of a ledger, ids and entries as they are, into an empty one that
it makes, verifies the copy, and closes the old ledger for good: that one says
where it went (exit 14). Stopped in between, one of the two is in use; the same
command goes on.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "the ledger at `URL`"},
			&cli.StringFlag{Name: "to", Usage: "its new place: sqlite:PATH or postgres://…"},
			witnessFlag(),
			&cli.PathFlag{Name: "key-file", Usage: "the key in `FILE` (default $THRONG_KEY_FILE, else ledger.key beside an SQLite file)"},
			&cli.PathFlag{Name: "to-key-file", Usage: "the key of the new place, in `FILE`: written if it is not there (default ledger.key beside an SQLite file, else --key-file)"},
		},
	}, moveLedger)
}

func moveLedger(s *session) error {
	if _, err := s.arguments(0, "nothing"); err != nil {
		return err
	}
	if s.String("from") == "" || s.String("to") == "" {
		return usage("ledger move needs --from URL and --to URL")
	}
	from, err := placeOf(s.String("from"))
	if err != nil {
		return err
	}
	to, err := placeOf(s.String("to"))
	if err != nil {
		return err
	}
	if from.name() == to.name() {
		return usage("--from and --to are one ledger")
	}
	key := from.keyOf(s.keyFile())
	old, err := from.openAsIs(s.ctx, key)
	if err != nil {
		return err
	}
	defer old.Close()
	s.watch(old)
	if err := old.Witnessed(s.ctx); err != nil {
		return err
	}
	toKey := s.Path("to-key-file")
	if toKey == "" && to.file == "" {
		toKey = key
	}
	l, err := to.openOrMake(s.ctx, toKey, from.name(), key)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := ledger.Move(s.ctx, old, from.name(), l, to.name()); err != nil {
		return err
	}
	entries, err := l.History(s.ctx, "")
	if err != nil {
		return err
	}
	return s.print(movedJSON{from.name(), to.name(), len(entries)}, func(w io.Writer) {
		fmt.Fprintf(w, "%s: moved here, with all entries (%d); %s is closed\n", to, len(entries), from)
		fmt.Fprintf(w, "name it from now on: --ledger '%s' or $THRONG_LEDGER; its key: %s\n", to.name(), to.keyOf(toKey))
	})
}

// keyOf returns the file of a ledger's key: the one that was named, or the one
// beside an SQLite file.
func (p *location) keyOf(file string) string {
	if file == "" && p.file != "" {
		return filepath.Join(filepath.Dir(p.file), "ledger.key")
	}
	return file
}

// name returns the URL by which other runs, in other folders, find the ledger.
func (p *location) name() string {
	if p.file == "" {
		return p.url
	}
	if full, err := filepath.Abs(p.file); err == nil {
		return "sqlite:" + full
	}
	return "sqlite:" + p.file
}

// openOrMake opens the new place of a ledger, which an earlier try may have
// made, or makes it, with the key that the ledger has.
func (p *location) openOrMake(ctx context.Context, keyFile, origin, key string) (*ledger.Ledger, error) {
	l, err := p.openAsIs(ctx, keyFile)
	if !errors.Is(err, ledger.ErrMissing) {
		return l, err
	}
	if p.file != "" {
		return sqlite.Create(ctx, p.file, sqlite.Options{KeyFile: keyFile, Origin: origin, KeyFrom: key, Now: now})
	}
	return postgres.Create(ctx, p.url, postgres.Options{KeyFile: keyFile, Origin: origin, KeyFrom: key, Now: now})
}

// arrive opens a copied ledger whose move was stopped after the old one was
// closed. Where that cannot be seen, whoever wants to write is told.
func (p *location) arrive(ctx context.Context, l *ledger.Ledger, keyFile string) {
	from, err := placeOf(l.Origin())
	if err != nil {
		return
	}
	old, err := from.openAsIs(ctx, p.keyOf(keyFile))
	if err != nil {
		return
	}
	defer old.Close()
	_ = ledger.Arrive(ctx, old, l)
}
