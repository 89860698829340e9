// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/ledger/witness"
)

const ledgerName = "ledger.db"

func ledgerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "ledger", Usage: "the ledger at `URL`: sqlite:PATH or postgres://… (default $THRONG_LEDGER, else the nearest ledger.db upwards)"},
		witnessFlag(),
		&cli.PathFlag{Name: "key-file", Usage: "the ledger's key in `FILE` (default $THRONG_KEY_FILE, else ledger.key beside an SQLite file)"},
	}
}

func witnessFlag() cli.Flag {
	return &cli.PathFlag{Name: "witness", Usage: "refuse a ledger that is older than the checkpoint in `FILE`, or another one, and keep that up to date (default $THRONG_WITNESS)"}
}

// A location is where a ledger is: a file of SQLite, or a database of PostgreSQL.
type location struct {
	file string // empty: it is not a file
	url  string
}

// String is for people. No URL has a password that got this far.
func (p *location) String() string {
	if p.file != "" {
		return p.file
	}
	return p.url
}

// open opens the ledger at a place. It never makes one: whoever owns the budget
// does.
func (p *location) open(ctx context.Context, keyFile string) (*ledger.Ledger, error) {
	l, err := p.openAsIs(ctx, keyFile)
	if err == nil && l.Origin() != "" {
		p.arrive(ctx, l, keyFile)
	}
	return l, err
}

// openAsIs opens a ledger that may be an unfinished copy.
func (p *location) openAsIs(ctx context.Context, keyFile string) (*ledger.Ledger, error) {
	if p.file != "" {
		return sqlite.Open(ctx, p.file, sqlite.Options{KeyFile: keyFile, Now: now})
	}
	return postgres.Open(ctx, p.url, postgres.Options{KeyFile: keyFile, Now: now})
}

// create makes an empty ledger and its key.
func (p *location) create(ctx context.Context, keyFile string) (*ledger.Ledger, error) {
	if p.file != "" {
		return sqlite.Create(ctx, p.file, sqlite.Options{KeyFile: keyFile, Now: now})
	}
	return postgres.Create(ctx, p.url, postgres.Options{KeyFile: keyFile, Now: now})
}

// openLedger opens the ledger that was named, or the nearest one upwards from a
// folder, if it is what its witness saw.
func (s *session) openLedger(from string) (*ledger.Ledger, error) {
	l, err := s.openUnwitnessed(from)
	if err != nil {
		return nil, err
	}
	if err := l.Witnessed(s.ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// openUnwitnessed is openLedger for commands that compare later.
func (s *session) openUnwitnessed(from string) (*ledger.Ledger, error) {
	p, err := s.ledgerPlace(from)
	if err != nil {
		return nil, err
	}
	l, err := p.open(s.ctx, s.keyFile())
	if err != nil {
		return nil, err
	}
	s.watch(l)
	// Machines that share a ledger differ by seconds.
	if behind, err := l.Behind(s.ctx); err == nil && behind > time.Minute {
		s.talk.warn("the clock is %v before the time that the ledger has seen: is it right? Until it has caught up, no period begins", behind.Round(time.Minute))
	}
	return l, nil
}

// watch gives a ledger the witness that was named, if one was.
func (s *session) watch(l *ledger.Ledger) {
	if file := s.witness(); file != "" {
		l.Watch(witness.File(file), func(err error) { s.talk.warn("%v; `throng ledger checkpoint` writes it again", err) })
	}
}

func (s *session) witness() string {
	if file := s.Path("witness"); file != "" {
		return file
	}
	return os.Getenv("THRONG_WITNESS")
}

func (s *session) keyFile() string {
	if file := s.Path("key-file"); file != "" {
		return file
	}
	return os.Getenv("THRONG_KEY_FILE")
}

// ledgerPlace is findLedger for those who need one.
func (s *session) ledgerPlace(from string) (*location, error) {
	p, err := s.findLedger(from)
	if err == nil && p == nil {
		err = &fault.Error{Kind: fault.Ledger, Code: "ledger.missing", Msg: "no ledger here or in a folder above",
			Hint: "ask the owner of the budget where the ledger is, and name it: --ledger sqlite:PATH or $THRONG_LEDGER"}
	}
	return p, err
}

// findLedger finds the ledger that was named, or the nearest one; nil if there
// is none.
func (s *session) findLedger(from string) (*location, error) {
	if url := s.ledgerURL(); url != "" {
		return placeOf(url)
	}
	dir, err := filepath.Abs(from)
	if err != nil {
		return nil, err
	}
	for {
		path := filepath.Join(dir, ledgerName)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return &location{file: path}, nil
		}
		if dir == filepath.Dir(dir) {
			return nil, nil
		}
		dir = filepath.Dir(dir)
	}
}

func (s *session) ledgerURL() string {
	if url := s.String("ledger"); url != "" {
		return url
	}
	return os.Getenv("THRONG_LEDGER")
}

// placeOf reads a ledger's URL. Its errors do not quote it.
func placeOf(url string) (*location, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch {
	case scheme == "sqlite" && rest != "":
		return &location{file: rest}, nil
	case scheme == "postgres" || scheme == "postgresql":
		return &location{url: url}, postgres.Valid(url)
	}
	return nil, &fault.Error{Kind: fault.Usage, Code: "usage.ledger-url", Where: "ledger",
		Msg: "not a ledger's URL", Hint: "write it as sqlite:PATH, for example sqlite:ledger.db, or as postgres://USER@HOST/DATABASE"}
}
