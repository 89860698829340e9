// SPDX-License-Identifier: Apache-2.0

package main

// postgresMutants lose what a server committed, or use a ledger in two places.
var postgresMutants = []mutant{
	{"a commit whose answer was lost is done again", "dp/ledger/postgres", "TestCutAtCommit", []edit{
		{"dp/ledger/postgres/store.go", "took := c.said[0] == fmt.Sprint(s.number)", "took := c.said[0] == \"\""},
	}},
	{"what was drawn and not stored is drawn again", "dp/ledger/postgres", "TestCutAtCommit", []edit{
		{"dp/ledger/reservation.go", "if drawn { // and not committed", "if false { // and not committed"},
	}},
	{"writers do not take turns", "dp/ledger/postgres", "TestSuite/of_many_plans_no_more_post_than_fit", []edit{
		{"dp/ledger/postgres/store.go", "openTurn = \"LOCK TABLE turn IN EXCLUSIVE MODE; \"", "openTurn = \"\""},
		{"dp/ledger/postgres/store.go", "\"BEGIN ISOLATION LEVEL REPEATABLE READ; \"", "\"BEGIN; \""},
	}},
	{"a server that forgets commits is trusted", "dp/ledger/postgres", "TestUnsafe", []edit{
		{"dp/ledger/postgres/store.go", "case said[1]:", "case \"\":"},
	}},
	{"a password in a URL is taken", "dp/ledger/postgres", "TestURLs", []edit{
		{"dp/ledger/postgres/place.go", "if password || q.Has(\"password\")", "if password && q.Has(\"password\")"},
	}},
	{"a network is trusted", "dp/ledger/postgres", "TestURLs", []edit{
		{"dp/ledger/postgres/place.go", "if local(w.Host) {", "if w.Host != \"\" {"},
	}},
	{"a ledger that has moved pays on", "dp/ledger/postgres", "TestMove", []edit{
		{"dp/ledger/move.go", "case m.MovedTo != \"\":", "case m.MovedTo == \"?\":"},
	}},
	{"a copy is used while the old ledger is", "dp/ledger/postgres", "TestArriveNeedsAClosedLedger", []edit{
		{"dp/ledger/move.go", "case m.MovedFrom != \"\":\n\t\treturn &Refusal", "case m.MovedFrom == \"?\":\n\t\treturn &Refusal"},
	}},
	{"a ledger moves from under a run", "dp/ledger/postgres", "TestMoveRefuses", []edit{
		{"dp/ledger/move.go", "if h.live(now) {", "if h.live(now) && now.IsZero() {"},
	}},
}
