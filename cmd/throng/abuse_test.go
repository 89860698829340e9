// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// state reads all that an insider could be after: every row of a ledger but its
// clock, and which releases are there.
func state(ts *testscript.TestScript, file string) string {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(file)+"?mode=ro")
	ts.Check(err)
	defer db.Close()
	h := sha256.New()
	for _, q := range []string{
		"SELECT name, lineage, coalesce(parent, ''), cap_mu2, cap_epsilon, cap_delta, cap_tail FROM accounts ORDER BY name",
		"SELECT account, period, cap_mu2, cap_epsilon, held_mu2, held_epsilon, spent_mu2, spent_epsilon, builds FROM balances ORDER BY account, period",
		"SELECT id, account, charge_mu2 FROM holds ORDER BY id",
		"SELECT seq, hash FROM entries ORDER BY seq",
		"SELECT id, bytes FROM releases ORDER BY id",
	} {
		rows, err := db.Query(q)
		ts.Check(err)
		columns, err := rows.Columns()
		ts.Check(err)
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(sql.RawBytes)
		}
		for rows.Next() {
			ts.Check(rows.Scan(row...))
			for _, v := range row {
				fmt.Fprintf(h, "%q ", *v.(*sql.RawBytes))
			}
		}
		ts.Check(rows.Err())
		ts.Check(rows.Close())
	}
	folders, err := filepath.Glob(ts.MkAbs("releases/*/*/release/*"))
	ts.Check(err)
	fmt.Fprint(h, folders)
	return fmt.Sprintf("%x", h.Sum(nil))
}

const marked = "MARKED_STATE"

// mark FILE: the ledger is to stay as it is from here on.
func mark(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mark LEDGER")
	}
	ts.Setenv(marked, args[0]+" "+state(ts, args[0]))
}

// refused N COMMAND…: the command ends with N, and neither the ledger that was
// marked nor the releases beside it have changed in anything.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	exits(ts, neg, args)
	var file, before string
	if _, err := fmt.Sscan(ts.Getenv(marked), &file, &before); err != nil {
		ts.Fatalf("no ledger is marked")
	}
	if state(ts, file) != before {
		ts.Fatalf("the command was refused, and something has changed")
	}
}
