// SPDX-License-Identifier: Apache-2.0

package main

// verifyMutants have verification take a ledger that somebody rewrote, or that
// overspent.
var verifyMutants = []mutant{
	{"a checkpoint is not judged", "dp/ledger/sqlite", "TestSuite/a_checkpoint_that_was_changed,_moved_or_made_up_is_found", []edit{
		{"dp/ledger/verifyreleases.go", "c.notary.judge(page.all); i >= 0 {", "c.notary.judge(page.all); i > len(page.all) {"},
	}},
	{"a signature of a checkpoint is any", "dp/ledger/sqlite", "TestSuite/a_checkpoint_that_was_changed,_moved_or_made_up_is_found", []edit{
		{"dp/ledger/notary.go", "if err != nil || !bytes.Equal(s, sig[36:]) {", "if err != nil || len(s) != len(sig[36:]) || bytes.Equal(s, nil) {"},
		{"dp/ledger/notary.go", "\tif last := len(all) - 1; last >= 0 {", "\tif last := len(all) - 1; last > len(all) {"},
	}},
	{"a signature is of any message", "dp/ledger", "TestNotaryIsEd25519", []edit{
		{"dp/ledger/notary.go", "scalar(r, n.signer.public, []byte(message))", "scalar(r, n.signer.public)"},
	}},
	{"a release needs no checkpoint", "dp/ledger/sqlite", "TestSuite/a_checkpoint_that_was_changed,_moved_or_made_up_is_found", []edit{
		{"dp/ledger/verifyreleases.go", "if unsaid || p.Checkpoint == \"\" {", "if unsaid {"},
	}},
	{"a new entry makes a release an old one", "dp/ledger/sqlite", "TestSuite/no_later_entry_makes_a_release_one_that_needs_no_checkpoint", []edit{
		{"dp/ledger/verifyreleases.go", "if c.certified > 0 && c.certified < c.upgraded {", "if c.certified > c.upgraded {"},
	}},
	{"verification judges caps at the end alone", "dp/ledger/sqlite", "TestSuite/what_was_beyond_the_cap_for_a_moment_is_found,_though_it_was_given_back", []edit{
		{"dp/ledger/verifybalance.go", "if !b.Held.plus(b.Spent).within(b.Cap) || ", "if "},
	}},
	{"verification judges no ceiling", "dp/ledger/sqlite", "TestSuite/what_was_beyond_the_lifetime_ceiling_for_a_moment_is_found", []edit{
		{"dp/ledger/verifybalance.go", "t.whole == nil && !v.underCeiling(t, used)", "t.whole == nil && !v.underCeiling(t, Cost{})"},
	}},
	{"a post without a reservation passes verification", "dp/ledger/sqlite", "TestSuite/a_post_whose_reservation_was_voided_is_found", []edit{
		{"dp/ledger/verifybalance.go", "case r.Type != typeReserve && h.ID == \"\":", "case r.Type == typeKeep && h.ID == \"\":"},
	}},
	{"a reservation that resolved twice passes verification", "dp/ledger/sqlite", "TestSuite/a_reservation_that_was_resolved_twice,_each_time_after_it_was_made,_is_found", []edit{
		{"dp/ledger/verify.go", "if err == nil && seq != 0 {", "if err == nil && seq < 0 {"},
	}},
	{"a reservation of less than nothing passes verification", "dp/ledger", "TestNegativeCost", []edit{
		{"dp/ledger/verify.go", "if !(Cost{}).within(r.Cost) {", "if r.Cost.within(r.Cost.minus(r.Cost.atLeast(Cost{Epsilon: 1}))) {"},
	}},
	{"the bytes of a release are not compared", "dp/ledger/sqlite", "TestSuite/bytes_that_were_changed_are_found", []edit{
		{"dp/ledger/verifyreleases.go", "case sha256.Sum256(r.Bytes) != p.sum:", "case sha256.Sum256(r.Bytes) == p.sum && len(r.Bytes) == 0:"},
	}},
	{"a release answers another plan than it was made for", "dp/ledger/sqlite", "TestSuite/a_release_that_answers_another_plan_than_its_bytes_name_is_found", []edit{
		{"dp/ledger/verifyreleases.go", "; ok && !bytes.HasPrefix(told,", "; !ok && !bytes.HasPrefix(told,"},
	}},
	{"a release may be missing", "dp/ledger/sqlite", "TestSuite/of_a_release_that_is_missing_the_post_is_named", []edit{
		{"dp/ledger/verifyreleases.go", "\t\tif o.seq < seq {\n\t\t\treturn o.missing()\n\t\t}\n", "\t\tif o.seq < seq {\n\t\t\ti++\n\t\t\treturn nil\n\t\t}\n"},
	}},
	{"a retraction of nothing passes verification", "dp/ledger/sqlite", "TestSuite/a_retraction_of_what_was_not_posted_is_found", []edit{
		{"dp/ledger/verifyreleases.go", "if errors.Is(err, ErrNotFound) || err == nil", "if errors.Is(err, ErrNotFound) {\n\t\treturn nil\n\t}\n\tif err == nil"},
	}},
	{"an audit takes the checkpoint of another release", "dp/ledger/sqlite", "TestSuite/an_audit_tells_which_releases_are_not_what_was_posted", []edit{
		{"dp/ledger/audit.go", "case c.entry != p.entry:", "case c.leaves < 0:"},
	}},
	{"a release that was taken back may lie there still", "cmd/throng", "TestScripts/verifyall", []edit{
		{"cmd/throng/verifyall.go", "row.Wrong = append(row.Wrong, \"it was \"+row.Status+\", and its files still stand in \"+at.folder)", "_ = at.folder"},
	}},
	{"files that nobody paid for pass", "cmd/throng", "TestScripts/verifyall", []edit{
		{"cmd/throng/verifyall.go", "\t\t\tif a.ledgers {\n", "\t\t\tif a.ledgers && false {\n"},
	}},
	{"signatures of runners are put off for good", "dp/ledger/sqlite", "TestSuite/a_reservation_that_a_runner_did_not_sign_is_found,_though_it_says_so", []edit{
		{"dp/ledger/verifyreleases.go", "if s := firstForged(page.runs); s != nil {", "if s := firstForged(page.runs[:0]); s != nil {"},
	}},
	{"many signatures hold where one does not", "dp/ledger", "TestForgedSeals", []edit{
		{"dp/ledger/seals.go", "return sum.holds()", "return sum.holds() || len(seals) == sealBatch"},
	}},
}
