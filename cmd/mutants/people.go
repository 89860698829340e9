// SPDX-License-Identifier: Apache-2.0

package main

// peopleMutants let somebody decide alone what takes another, or twice what was
// decided once.
var peopleMutants = []mutant{
	{"one approver grants alone", "dp/ledger/sqlite", "TestSuite/a_grant_takes_two_approvers_of_this_ledger,_and_no_lies", []edit{
		{"dp/ledger/deed.go", "const deedSigners = 2", "const deedSigners = 1"},
	}},
	{"an author signs a grant", "dp/ledger/sqlite", "TestSuite/a_grant_takes_two_approvers_of_this_ledger,_and_no_lies", []edit{
		{"dp/ledger/deed.go", "if key.Role != Approver {", "if key.Role != Approver && key.Role != Author {"},
	}},
	{"a grant is good for ever", "dp/ledger/sqlite", "TestSuite/two_approvers_add_to_the_present_period", []edit{
		{"dp/ledger/deed.go", "idOf(text, kind) == d.id {", "idOf(text, kind) == d.id && false {"},
	}},
	{"a grant of another period adds to this one", "dp/ledger/sqlite", "TestSuite/a_grant_takes_two_approvers_of_this_ledger,_and_no_lies", []edit{
		{"dp/ledger/grant.go", "g.period != present {", "g.period != present && false {"},
	}},
	{"a grant passes the lifetime ceiling", "dp/ledger/sqlite", "TestSuite/a_grant_stays_under_the_ceiling_and_within_the_whole", []edit{
		{"dp/ledger/grant.go", "total.Epsilon > t.Ceiling {", "total.Epsilon > 2*t.Ceiling {"},
	}},
	{"a part is granted more than its whole", "dp/ledger/sqlite", "TestSuite/a_grant_stays_under_the_ceiling_and_within_the_whole", []edit{
		{"dp/ledger/grant.go", "if !caps.within(at(all, t.whole, period).Cap) {", "if all == nil && false {"},
	}},
	{"grants are added as doubles", "dp/ledger/sqlite", "TestSuite/tenths_that_are_granted_add_up_to_tenths", []edit{
		{"dp/ledger/grant.go", "return sum.caps()", "return capsOf(Lines{t.Lines.Epsilon + add.Epsilon, t.Lines.Delta + add.Delta, t.Lines.PureEpsilon + add.PureEpsilon, t.Lines.PureDelta + add.PureDelta})"},
		{"dp/ledger/grant.go", "\t\tsum = sum.plus(add)\n", "\t\tf0 := sum.rounded()\n\t\tsum = lines{}.plus(Lines{f0.Epsilon + add.Epsilon, f0.Delta + add.Delta, f0.PureEpsilon + add.PureEpsilon, f0.PureDelta + add.PureDelta})\n"},
	}},
	{"a revoked key still signs", "dp/ledger/sqlite", "TestSuite/a_grant_takes_two_approvers_of_this_ledger,_and_no_lies", []edit{
		{"dp/ledger/keyring.go", "if key.Revoked != nil {", "if key.Revoked != nil && false {"},
	}},
	{"approvers sign what shows as something else", "dp/ledger/sqlite", "TestSuite/a_grant_takes_two_approvers_of_this_ledger,_and_no_lies", []edit{
		{"dp/ledger/deed.go", "if err == nil && !isPage(text) {", "if err == nil && false {"},
	}},
	{"a reason sends commands to terminals", "dp/ledger/sqlite", "TestSuite/a_reason_is_one_line_that_shows_as_it_is", []edit{
		{"dp/ledger/page.go", "return unicode.IsControl(r) ||", "return r < ' ' ||"},
	}},
	{"one approver decides about keys", "dp/ledger/sqlite", "TestSuite/the_ledger's_own_key_decides_until_an_owner_or_two_approvers_do,_and_never_again", []edit{
		{"dp/ledger/keyring.go", "if approvers > 1 {", "if approvers > 0 {"},
	}},
	{"the ledger's own key decides for ever", "dp/ledger/sqlite", "TestSuite/the_ledger's_own_key_decides_until_an_owner_or_two_approvers_do,_and_never_again", []edit{
		{"dp/ledger/keyring.go", "if !k.closed() && len(who) == 1", "if len(who) == 1"},
		{"dp/ledger/keys.go", "if k.closed() {", "if k.closed() && false {"},
	}},
	{"the last who decides is revoked", "dp/ledger/sqlite", "TestSuite/the_ledger's_own_key_decides_until_an_owner_or_two_approvers_do,_and_never_again", []edit{
		{"dp/ledger/keyring.go", "if before && !k.closed() {", "if false && before {"},
	}},
	{"a public key gets a second name", "dp/ledger/sqlite", "TestSuite/a_key_has_one_name_and_one_role,_for_good", []edit{
		{"dp/ledger/keyring.go", "other.Name == key.Name || bytes.Equal(other.public, key.public)", "other.Name == key.Name || bytes.Equal(other.public, nil)"},
	}},
	{"an author approves the plan", "dp/ledger/sqlite", "TestSuite/a_build_that_needs_approval_waits_for_it", []edit{
		{"dp/ledger/approve.go", "key.Role != Approver || r.Reason != Approver {", "key.Role == Auditor {"},
	}},
	{"an approval serves another price", "dp/ledger/sqlite", "TestSuite/a_build_that_needs_approval_waits_for_it", []edit{
		{"dp/ledger/approve.go", "case !price.within(r.Cost):", "case false:"},
	}},
	{"an approval serves another plan", "dp/ledger/sqlite", "TestSuite/a_build_that_needs_approval_waits_for_it", []edit{
		{"dp/ledger/approve.go", "return err == nil && text == a.page(k.ledger).text()", "return err == nil && text != \"\" && a != nil"},
	}},
	{"approval is not asked for", "dp/ledger/sqlite", "TestSuite/a_build_that_needs_approval_waits_for_it", []edit{
		{"dp/ledger/approve.go", "if t.Policy.Approval != \"required\" {", "if t != nil {"},
	}},
	{"a grant of one passes verification", "dp/ledger/sqlite", "TestForgedEntries", []edit{
		{"dp/ledger/verifysigned.go", "case g.complete() != nil, ", "case "},
	}},
	{"a grant that adds more than was signed passes verification", "dp/ledger/sqlite", "TestForgedEntries", []edit{
		{"dp/ledger/verifysigned.go", "case !b.Cap.near(caps):", "case caps == (Cost{}):"},
	}},
	{"an account that nobody signed passes verification", "dp/ledger/sqlite", "TestForgedEntries", []edit{
		{"dp/ledger/verifysigned.go", "if r.Actor == \"\" && !v.ring.closed() {", "if r.Actor == \"\" {"},
	}},
	{"a key signed for another entry passes verification", "dp/ledger/sqlite", "TestSignedForElsewhere", []edit{
		{"dp/ledger/keyring.go", `f["entry"] != strconv.FormatInt(r.Seq, 10) || f["role"] != r.Reason {`, `f["role"] != r.Reason {`},
	}},
	{"an account signed for another entry passes verification", "dp/ledger/sqlite", "TestSignedForElsewhere", []edit{
		{"dp/ledger/account.go", `if f["ledger"] != k.ledger || f["entry"] != strconv.FormatInt(seq, 10) {`, `if f["ledger"] != k.ledger {`},
	}},
	{"an approval of another plan passes verification", "dp/ledger/sqlite", "TestSignedForElsewhere", []edit{
		{"dp/ledger/approve.go", "if a.page(k.ledger).text() != text || r.Actor != who[0].Name {", "if r.Actor != who[0].Name {"},
	}},
	{"anybody builds where there are runners", "dp/ledger/sqlite", "TestSuite/once_there_is_a_runner_nobody_else_builds", []edit{
		{"dp/ledger/runner.go", "return key.Role == Runner })", "return key.Role == Runner && false })"},
	}},
	{"an author builds", "dp/ledger/sqlite", "TestSuite/once_there_is_a_runner_nobody_else_builds", []edit{
		{"dp/ledger/runner.go", "case key.Role != Runner:", "case false:"},
		{"dp/ledger/runner.go", "len(who) != 1 || who[0].Role != Runner || who[0].Name != e.Actor", "len(who) != 1 || who[0].Name != e.Actor"},
	}},
	{"an acceptance serves every build of the day", "dp/ledger/sqlite", "TestSuite/two_approvers_accept_a_smaller_source,_for_one_release", []edit{
		{"dp/ledger/accept.go", `a.Date == date && d.fields["stands"] == stands`, `a.Date == date && (d.fields["stands"] == stands || stands != "")`},
	}},
	{"an acceptance serves another day", "dp/ledger/sqlite", "TestSuite/two_approvers_accept_a_smaller_source,_for_one_release", []edit{
		{"dp/ledger/accept.go", "r.Account != account || r.Plan != plan || r.Date != date {", "r.Account != account || r.Plan != plan {"},
		{"dp/ledger/accept.go", "a.Plan == plan && a.Date == date &&", "a.Plan == plan &&"},
	}},
	{"data are counted on another lineage's account", "dp/ledger/sqlite", "TestSuite/a_descriptor_names_one_lineage_and_one_ledger", []edit{
		{"dp/ledger/descriptor.go", `if f["lineage"] != t.Lineage {`, `if f["lineage"] == "" {`},
	}},
	{"anybody signs a descriptor", "dp/ledger/sqlite", "TestSuite/a_descriptor_names_one_lineage_and_one_ledger", []edit{
		{"dp/ledger/descriptor.go", "\t\tif err := k.decides(who); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif f", "\t\t_ = who\n\t\tif f"},
	}},
	{"data are counted with another ledger", "dp/ledger/sqlite", "TestSuite/a_descriptor_names_one_lineage_and_one_ledger", []edit{
		{"dp/ledger/descriptor.go", `if f["ledger"] != k.ledger || f["key"] != k.own.line {`, `if f["ledger"] == "" {`},
	}},
	{"production goes without a descriptor", "cmd/throng", "TestScripts/lineage", []edit{
		{"audience/descriptor.go", "if !described && r.account.Policy.Production {", "if !described && r.account.Policy.Production && false {"},
	}},
	{"a folder above the data is not looked into", "cmd/throng", "TestScripts/lineage", []edit{
		{"audience/descriptor.go", "above != dir {", "above != dir && false {"},
	}},
	{"a link passes a descriptor by", "cmd/throng", "TestScripts/lineage", []edit{
		{"audience/descriptor.go", "filepath.EvalSymlinks(file)", "filepath.Abs(file)"},
	}},
	{"a fork passes by a hash that was written into it", "dp/ledger/sqlite", "TestHashAlone", []edit{
		{"dp/ledger/witness.go", "found = r.leaf() && r.digest() == r.Hash", "found = r.leaf()"},
	}},
	{"a ledger is opened by two names at once", "dp/ledger/sqlite", "TestTwoNames", []edit{
		{"dp/ledger/sqlite/sqlite.go", "\tif err := disk.OneName(path); err != nil {", "\tif err := disk.OneName(path); err != nil && false {"},
	}},
	{"a plan that asks nobody passes the policy", "dp/ledger/sqlite", "TestSuite/the_policy_binds_every_build", []edit{
		{"dp/ledger/judge.go", "case a.NoOptOuts && (", "case a.NoOptOuts && false && ("},
	}},
	{"a source that shrank is accepted by a flag", "cmd/throng", "TestScripts/consent", []edit{
		{"audience/choices.go", "r.account.Name, r.plan.Name, r.Date); err != nil {\n\t\t\treturn c, err", "r.account.Name, r.plan.Name, r.Date); err != nil && false {\n\t\t\treturn c, err"},
	}},
}
