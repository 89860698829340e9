// SPDX-License-Identifier: Apache-2.0

package main

// ledgerMutants spend budget twice, give it back, or answer a second time.
var ledgerMutants = []mutant{
	{"the budget is not checked when it is reserved", "dp/ledger/sqlite", "TestSuite/no_line_is_overspent", []edit{
		{"dp/ledger/budget.go", "if !used.plus(need).within(b.Cap) {", "if !used.within(b.Cap) {"},
	}},
	{"what is held does not count", "dp/ledger/sqlite", "TestSuite/what_is_held_counts", []edit{
		{"dp/ledger/budget.go", "used := b.Held.plus(b.Spent)", "used := b.Spent"},
	}},
	{"a pure event fits a full account", "dp/ledger/sqlite", "TestSuite/no_line_is_overspent", []edit{
		{"dp/ledger/cost.go", "return c.MuSquared <= d.MuSquared && c.Epsilon <= d.Epsilon &&", "return c.MuSquared <= d.MuSquared &&"},
	}},
	{"a key that others may read is taken", "dp/ledger", "TestKeyIsOpen", []edit{
		{"dp/ledger/keyfile.go", "return open != 0 && !(open == oneGroupReads && roots && user != 0)", "return open != 0 && !(open == oneGroupReads && user != 0)"},
	}},
	{"the ceiling of a lifetime is not judged", "dp/ledger/sqlite", "TestSuite/the_lifetime_ceiling_is_never_passed", []edit{
		{"dp/ledger/budget.go", "if total.Epsilon > t.Ceiling {", "if total.Epsilon > 2*t.Ceiling {"},
	}},
	{"periods do not add up in the lifetime", "dp/ledger/sqlite", "TestSuite/a_new_period_brings_new_budget_and_the_lifetime_goes_on", []edit{
		{"dp/ledger/budget.go", "sum, total.Builds = sum.plus(b.Spent), total.Builds+b.Builds", "sum, total.Builds = sum.atLeast(b.Spent), total.Builds+b.Builds"},
	}},
	{"a lineage gets a second account", "dp/ledger/sqlite", "TestSuite/a_lineage_has_one_account", []edit{
		{"dp/ledger/account.go", `case r.Lineage == a.Lineage && r.Parent == "" && a.Parent() == "":`, "case r.Lineage == a.Lineage && r.Name == a.Name:"},
	}},
	{"a part of an account is charged alone", "dp/ledger/sqlite", "TestSuite/fifty_that_collude_draw_no_more_than_the_whole", []edit{
		{"dp/ledger/part.go", "return []*terms{t, t.whole}", "return []*terms{t}"},
	}},
	{"a part has no caps of its own", "dp/ledger/sqlite", "TestSuite/a_part_has_no_more_than_its_own_caps", []edit{
		{"dp/ledger/part.go", "return []*terms{t, t.whole}", "return []*terms{t.whole}"},
	}},
	{"a re-run draws anew", "dp/ledger/sqlite", "TestSuite/a_re-run_gets_the_bytes_that_were_posted_and_pays_nothing", []edit{
		{"dp/ledger/reserve.go", "\tif r.Restate {\n\t\treturn p.ID, nil", "\tif r.Restate || p.Digest == r.Digest {\n\t\treturn p.ID, nil"},
	}},
	{"a changed plan is answered for free", "dp/ledger/sqlite", "TestSuite/a_changed_plan_is_refused_until_it_is_restated", []edit{
		{"dp/ledger/reserve.go", "if p.Digest != r.Digest {", "if false {"},
	}},
	{"a failed try gives back what it held after reading", "dp/ledger/sqlite", "TestSuite/what_a_failed_try_held_serves_the_next_and_never_comes_back", []edit{
		{"dp/ledger/reservation.go", "if !h.Kept && (dataFree || !h.Touched) {", "if !h.Kept {"},
	}},
	{"what an earlier try held comes back", "dp/ledger/sqlite", "TestSuite/what_a_failed_try_held_serves_the_next_and_never_comes_back", []edit{
		{"dp/ledger/reservation.go", "if !h.Kept && (dataFree || !h.Touched) {", "if dataFree || !h.Touched {"},
	}},
	{"a dearer next try pays nothing more", "dp/ledger/sqlite", "TestSuite/a_cheaper_next_try_pays_what_was_held,_a_dearer_one_the_difference", []edit{
		{"dp/ledger/reserve.go", "need := h.Charge.atLeast(r.Cost).minus(h.Charge)", "need := h.Charge.atLeast(r.Cost).minus(h.Charge)\n\tif h.Kept {\n\t\tneed = Cost{}\n\t}"},
	}},
	{"a run that slept past its lease posts", "dp/ledger/sqlite", "TestSuite/a_run_that_slept_past_its_lease_cannot_post,_also_if_nobody_came", []edit{
		{"dp/ledger/reservation.go", "h.Token == r.hold.Token && now.Before(h.Lease) {", "h.Token == r.hold.Token {"},
	}},
	{"a reservation posts another price", "dp/ledger/sqlite", "TestSuite/a_reservation_resolves_at_most_once", []edit{
		{"dp/ledger/reservation.go", "if digest != r.hold.Digest || cost != r.hold.Cost {", "if digest != r.hold.Digest {"},
	}},
	{"a posted release is not charged", "dp/ledger/sqlite", "TestSuite/no_line_is_overspent", []edit{
		{"dp/ledger/reservation.go", "b.Held.minus(h.Charge), b.Spent.plus(h.Charge), b.Builds+1", "b.Held.minus(h.Charge), b.Spent, b.Builds+1"},
	}},
	{"who asks for little may be charged much", "dp/ledger/sqlite", "TestSuite/the_policy_binds_every_build", []edit{
		{"dp/ledger/judge.go", "\treturn p.judgeCost(c)\n", "\treturn nil\n"},
		{"dp/ledger/judge.go", "func (p *Policy) judgeCost(", "var _ = (*Policy).judgeCost\n\nfunc (p *Policy) judgeCost("},
	}},
	{"the policy does not bind a build", "dp/ledger/sqlite", "TestSuite/the_policy_binds_every_build", []edit{
		{"dp/ledger/reserve.go", "if err := t.Policy.Judge(r.Ask, r.Cost); err != nil {", "if err := t.Policy.Judge(r.Ask, r.Cost); err != nil && false {"},
	}},
	{"a cap is rounded up", "dp/ledger", "TestUnits", []edit{
		{"dp/ledger/cost.go", "n := new(big.Int).Div(r.Num(), r.Denom())", "n := new(big.Int).Div(new(big.Int).Add(r.Num(), new(big.Int).Sub(r.Denom(), big.NewInt(1))), r.Denom())"},
	}},
	{"an entry's hash leaves out the one before", "dp/ledger", "TestHashCovers", []edit{
		{"dp/ledger/chain.go", "[][32]byte{r.Sum, text, r.Prev}", "[][32]byte{r.Sum, text}"},
	}},
	{"an entry's hash leaves out its cost", "dp/ledger", "TestHashCovers", []edit{
		{"dp/ledger/chain.go", "c := r.Cost\n", "c := Cost{}\n"},
	}},
	{"the size of the tree tells how often builds failed", "dp/ledger", "TestTreeOfFailures", []edit{
		{"dp/ledger/chain.go", "return r.Type != typeKeep && !(r.Type == typeReserve && r.Reason == again)", "return r.Type != \"\""},
	}},
	{"a checkpoint tells of a try that failed", "dp/ledger/sqlite", "TestSuite/a_checkpoint_does_not_tell_that_a_try_failed", []edit{
		{"dp/ledger/checkpoint.go", "\t\t\tif r.leaf() {\n\t\t\t\tleaf = &r\n\t\t\t}", "\t\t\tleaf = &r"},
	}},
	{"a log that was damaged after it was synced is cut short", "dp/ledger/sqlite", "TestFlippedBits", []edit{
		{"dp/ledger/sqlite/log.go", "at, cut := damagedFrame(text)", "at, cut := -1, len(text) < 0"},
	}},
	{"an older copy than the witness saw is taken", "dp/ledger/sqlite", "TestRestored", []edit{
		{"dp/ledger/witness.go", "if m.Leaves < c.leaves {", "if false {"},
		{"dp/ledger/witness.go", "holds, err := m.holds(tx, &c)\n", "holds, err := m.holds(tx, &c)\n\tholds = holds || m.Leaves < c.leaves\n"},
	}},
	{"of two copies that went on apart either is taken", "dp/ledger/sqlite", "TestRestored", []edit{
		{"dp/ledger/witness.go", "if r.Hash != c.entry {", "if r.Hash == ([32]byte{}) {"},
		{"dp/ledger/witness.go", "found = r.leaf() && r.digest() == r.Hash", "found = true"},
		{"dp/ledger/witness.go", "if m.Leaves == c.leaves && m.Root() != c.root {", "if false {"},
	}},
	{"a witness goes back to what an older copy holds", "dp/ledger/sqlite", "TestRestored", []edit{
		{"dp/ledger/witness.go", "\t\t\tif err := l.agrees(tx, kept); err != nil {\n\t\t\t\treturn err\n\t\t\t}\n", ""},
	}},
	{"a missing witness is content", "dp/ledger/sqlite", "TestSuite/a_witness_that_is_missing,_damaged_or_another_ledger's_stops_a_build_before_it_is_charged", []edit{
		{"dp/ledger/witness.go", "\t\terr = &Refusal{Reason: ErrUnwitnessed, Detail: l.witness.String()", "\t\treturn nil, nil\n\t\terr = &Refusal{Reason: ErrUnwitnessed, Detail: l.witness.String()"},
	}},
	{"a witness that came between reserving and posting is not looked at", "dp/ledger/sqlite", "TestSuite/what_a_witness_saw_between_reserving_and_posting_stops_the_post", []edit{
		{"dp/ledger/reservation.go", "err := r.ledger.witnessed(ctx,", "err := r.ledger.update(ctx,"},
	}},
	{"verification takes the hashes that are kept", "dp/ledger/sqlite", "TestVerifyFindsEdits", []edit{
		{"dp/ledger/verify.go", "r.Prev != kept.Prev || r.Hash != kept.Hash {", "r.Prev != kept.Prev {"},
	}},
	{"the cap of a period shrinks", "dp/ledger/sqlite", "TestWalls", []edit{
		{"dp/ledger/sqlite/migrations/2/triggers.sql", "NEW.cap_epsilon < OLD.cap_epsilon", "NEW.cap_epsilon < 0"},
	}},
	{"a ledger that does not add up is upgraded", "dp/ledger/sqlite", "TestUpgradeRefuses", []edit{
		{"dp/ledger/chain.go", "\treturn verify(tx, &keyring{ledger: m.ID}, nil)", "\treturn nil"},
	}},
	{"an upgrade makes no copy", "dp/ledger/sqlite", "TestUpgrade", []edit{
		{"dp/ledger/sqlite/upgrade.go", "if m.backup == \"\" || m.saved {", "if true {"},
	}},
}
