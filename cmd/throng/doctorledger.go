// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// ledgerFindings opens the ledger that a build here would use, and tells which it
// is, whose keys count, and what stands by for the day it is lost. That there is
// none is no illness.
func (s *session) ledgerFindings() (found []finding, failed error) {
	sick := func(err error) ([]finding, error) {
		return append(found, finding{"ledger", false, reportOf(s.ctx, err).Message}), err
	}
	p, err := s.findLedger(".")
	if err != nil {
		return sick(err)
	}
	if p == nil {
		return []finding{{"ledger", true, "none in reach: name one with --ledger or $THRONG_LEDGER"}}, nil
	}
	l, err := s.openLedger(".")
	if err != nil {
		return sick(err)
	}
	defer l.Close()
	accounts, err := l.Accounts(s.ctx)
	if err != nil {
		return sick(audience.Fault(err))
	}
	about, err := l.About(s.ctx)
	if err != nil {
		return sick(audience.Fault(err))
	}
	if info, err := os.Stat(p.file); p.file != "" && err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return sick(&fault.Error{Kind: fault.Ledger, Code: "ledger.open-to-others", Where: p.file, Msg: "others may read or write it",
			Hint: "chmod 600 " + p.file})
	}
	store, version := "SQLite", sqlite.Version
	if p.file == "" {
		store, version = "PostgreSQL", postgres.Version
	}
	found = append(found,
		finding{"ledger", true, fmt.Sprintf("%s, %s; %s, schema %d, %s, id %s", p, count(len(accounts), "account"), store, version, entriesOf(about.Entries), about.ID)},
		finding{"its key", true, fmt.Sprintf("%s; it signs as %s", p.keyOf(s.keyFile()), about.Verifier)},
		finding{"keys", true, keysInWords(about.Keys)})
	runner, err := s.runnerFinding(about.Keys)
	found = append(found, runner)
	if err != nil {
		return found, err
	}
	return append(found, s.witnessFinding(), s.backups(p, &about)), nil
}

func entriesOf(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return grouped(n) + " entries"
}

// keysInWords tells who may do what.
func keysInWords(keys []ledger.Key) string {
	if len(keys) == 0 {
		return "none: whoever opens the ledger decides about accounts and keys; throng ledger key add"
	}
	var parts []string
	for _, role := range ledger.Roles {
		var names []string
		for i := range keys {
			if keys[i].Role == role && keys[i].Revoked == nil {
				names = append(names, keys[i].Name)
			}
		}
		if len(names) > 0 {
			parts = append(parts, role+" "+strings.Join(names, ", "))
		}
	}
	var gone []string
	for i := range keys {
		if keys[i].Revoked != nil {
			gone = append(gone, keys[i].Name)
		}
	}
	if len(gone) > 0 {
		parts = append(parts, "revoked "+strings.Join(gone, ", "))
	}
	return strings.Join(parts, "; ")
}

// runnerFinding looks at the key that builds here are signed with.
func (s *session) runnerFinding(keys []ledger.Key) (f finding, failed error) {
	f = finding{"runner", true, "builds here are not signed: the ledger knows no runner"}
	needed := false
	for i := range keys {
		needed = needed || keys[i].Role == ledger.Runner
	}
	file := os.Getenv(runnerKeyVariable)
	if file == "" {
		if needed {
			f.Says = "builds take a runner's key: throng build --key FILE or $" + runnerKeyVariable + ", which is not set"
		}
		return f, nil
	}
	k, err := readKey(file)
	if err != nil {
		return finding{"runner", false, reportOf(s.ctx, err).Message}, err
	}
	for i := range keys {
		if keys[i].Role == ledger.Runner && keys[i].Revoked == nil && keys[i].Signs(k) {
			f.Says = fmt.Sprintf("builds here are signed by %s, from %s", k.Name(), file)
			return f, nil
		}
	}
	err = &fault.Error{Kind: fault.Refused, Code: "refused.unsigned", Where: "$" + runnerKeyVariable, Msg: k.Name() + " is no runner whose key the ledger knows",
		Hint: "`throng ledger key list` shows them"}
	return finding{"runner", false, err.Error()}, err
}

// witnessFinding tells of the file that holds what the ledger signed last, on
// another machine than the ledger.
func (s *session) witnessFinding() finding {
	file := s.witness()
	if file == "" {
		return finding{"witness", true, "none: neither --witness nor $THRONG_WITNESS names one, and an older copy of the ledger would not be told from the newest"}
	}
	info, err := os.Stat(file)
	if err != nil {
		return finding{"witness", true, file + " is not there yet"}
	}
	return finding{"witness", true, file + ", last written " + info.ModTime().UTC().Format(time.DateTime) + " UTC"}
}

// backups tells what a lost ledger could be restored from, as far as it is seen
// from here.
func (s *session) backups(p *location, about *ledger.About) finding {
	if p.file == "" {
		return finding{"backups", true, "not seen from here: pg_dump makes them, of the ledger's schema"}
	}
	copies := sqlite.Copies(s.ctx, p.file, about.ID)
	if len(copies) == 0 {
		return finding{"backups", true, fmt.Sprintf("none beside it; those elsewhere are not seen from here: sqlite3 %s \".backup copy.db\"", p.file)}
	}
	best := copies[0]
	for _, c := range copies[1:] {
		if c.Entries > best.Entries {
			best = c
		}
	}
	many := "1 copy"
	if len(copies) > 1 {
		many = fmt.Sprintf("%d copies", len(copies))
	}
	return finding{"backups", true, fmt.Sprintf("%s beside it; %s has the first %s of %s, until %s", many, best.Path, grouped(best.Entries), entriesOf(about.Entries), best.Newest.Format(time.DateOnly))}
}
