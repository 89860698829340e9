// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

const ledgerName = "ledger.db"

func ledgerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "ledger", Usage: "the ledger at `URL`: sqlite:PATH (default $THRONG_LEDGER, else the nearest ledger.db upwards)"},
		&cli.PathFlag{Name: "key-file", Usage: "the ledger's key in `FILE` (default ledger.key beside it)"},
	}
}

// openLedger opens the ledger that was named, or the nearest one upwards from a
// folder. It never makes one: whoever owns the budget does.
func (s *session) openLedger(from string) (*ledger.Ledger, error) {
	path, err := s.ledgerFile(from)
	if err != nil {
		return nil, err
	}
	return sqlite.Open(s.ctx, path, sqlite.Options{KeyFile: s.Path("key-file"), Now: now})
}

// ledgerFile is ledgerPath for those who need one.
func (s *session) ledgerFile(from string) (string, error) {
	path, err := s.ledgerPath(from)
	if err == nil && path == "" {
		err = &fault.Error{Kind: fault.Ledger, Code: "ledger.missing", Msg: "no ledger here or in a folder above",
			Hint: "ask the owner of the budget where the ledger is, and name it: --ledger sqlite:PATH or $THRONG_LEDGER"}
	}
	return path, err
}

// ledgerPath finds a ledger; it is empty if there is none.
func (s *session) ledgerPath(from string) (string, error) {
	url := s.String("ledger")
	if url == "" {
		url = os.Getenv("THRONG_LEDGER")
	}
	if url != "" {
		return sqlitePath(url)
	}
	dir, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, ledgerName)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
		if dir == filepath.Dir(dir) {
			return "", nil
		}
		dir = filepath.Dir(dir)
	}
}

// sqlitePath returns the file that a ledger's URL names.
func sqlitePath(url string) (string, error) {
	scheme, path, found := strings.Cut(url, ":")
	switch {
	case found && scheme == "sqlite" && path != "":
		return path, nil
	case found && strings.HasPrefix(scheme, "postgres"):
		return "", usage("ledgers in PostgreSQL are not built yet; use sqlite:PATH")
	}
	return "", &fault.Error{Kind: fault.Usage, Code: "usage.ledger-url", Where: "ledger",
		Msg: "not a ledger's URL", Hint: "write it as sqlite:PATH, for example sqlite:ledger.db"}
}
