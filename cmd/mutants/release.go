// SPDX-License-Identifier: Apache-2.0

package main

// releaseMutants let something out beside the noised numbers, or pay for it
// wrongly on the way.
var releaseMutants = []mutant{
	{"a restatement that was posted is drawn again", "audience", "TestRestatedAndKilled", []edit{
		{"audience/run.go", "return there.ID == p.Supersedes\n", "return there.ID == \"\"\n"},
	}},
	{"a withheld audience keeps its overlaps", "dp", "TestWithheld", []edit{
		{"dp/withhold.go", "if withheld[id] {", "if withheld[id] && id == r.Tables[i].Segments[0] {"},
	}},
	{"a withheld audience keeps its breakdowns", "dp", "TestWithheld", []edit{
		{"dp/withhold.go", "if withheld[id] {", "if withheld[id] && len(r.Tables[i].By) == 0 {"},
	}},
	{"a withheld audience keeps its past", "dp", "TestWithheld", []edit{
		{"dp/withhold.go", "if r.Segments[k].Status == release.Withheld {", "if r.Segments[k].Status == release.Withheld && i > 0 {"},
	}},
	{"the page of accounts tells of tries that failed", "cmd/throng", "TestBudgetPage", []edit{
		{"cmd/throng/ledgerhtml.go", `e.Type != "post" ||`, `e.Type != "post" && e.Type != "keep" ||`},
	}},
	{"an audience at the gate comes and goes", "dp", "TestWithheld", []edit{
		{"dp/withhold.go", "return *reach.Upper < s.workload.MinReach", "return *reach.Estimate < s.workload.MinReach"},
	}},
	{"a mixture of Laplace noises is taken for normal", "dp", "TestMixture", []edit{
		{"dp/expect.go", "s.design.mechanism == laplace && s.workload.Tables[t].Kind != Mean {", "false && s.workload.Tables[t].Kind != Mean {"},
	}},
	{"a release tells the second in which it was posted", "dp", "TestPublish", []edit{
		{"dp/publish.go", "up := at.UTC().Truncate(time.Minute)", "up := at.UTC().Truncate(time.Second)"},
	}},
	{"a reservation of another plan is posted", "dp", "TestPublishRefuses", []edit{
		{"dp/ledger/reservation.go", "if digest != r.hold.Digest || cost != r.hold.Cost {", "if cost != r.hold.Cost {"},
	}},
	{"a cheaper plan is not held against the policy", "audience", "TestCheaperPlansFit/a_policy_of_segments", []edit{
		{"audience/cheaper.go", "b.account.Policy.Judge(ask(&r), priced.Cost()) != nil {", "b.account.Policy.Judge(ask(&r), priced.Cost()) != nil && false {"},
	}},
	{"a cheaper plan is priced as if the whole budget were left", "audience", "TestCheaperPlansFit/a_period_nearly_out", []edit{
		{"dp/ledger/room.go", "l.t.room(l.all, l.b, need)", "l.t.room(l.all, Balance{Cap: l.b.Cap}, need)"},
	}},
	{"a failure that data can cause gives the budget back", "audience", "TestFailures", []edit{
		{"audience/run.go", "errors.As(err, &f) && f.Kind == fault.Output", "errors.As(err, &f) && (f.Kind == fault.Output || f.Kind == fault.Input)"},
	}},
	{"a signal gives the budget back", "audience", "TestFailures", []edit{
		{"audience/run.go", "errors.As(err, &f) && f.Kind == fault.Output", "errors.As(err, &f) && f.Kind == fault.Output || errors.Is(err, context.Canceled)"},
	}},
	{"a release's id is a function of its inputs", "cmd/throng", "TestIDsAreRandom", []edit{
		{"dp/ledger/reservation.go", "p := &Posted{ID: random()}", "p := &Posted{ID: fmt.Sprintf(\"%x\", sha256.Sum256(append(digest[:], r.hold.Date...)))[:32]}"},
		{"dp/ledger/reservation.go", "\t\"errors\"\n", "\t\"errors\"\n\t\"fmt\"\n"},
	}},
	{"a log record keeps the time of its step", "cmd/throng", "TestNeighboursLookAlike", []edit{
		{"audience/operator.go", "return slog.String(slog.TimeKey, minute(a.Value.Time()))", "return a"},
	}},
	{"the operator's record is told how long it took", "cmd/throng", "TestNeighboursLookAlike", []edit{
		{"audience/operator.go", "func minute(t time.Time) string { return t.UTC().Truncate(time.Minute).", "func minute(t time.Time) string { return t.UTC()."},
	}},
	{"the range of an index takes Laplace noise for a normal one", "dp/release", "TestLaplaceHasHeavyTails", []edit{
		{"dp/release/sure.go", "return math.Max(normal, -math.Log(alpha)/math.Sqrt2)", "return normal"},
	}},
	{"a label's semicolon starts a formula", "audience/export", "TestCSVIsSafe", []edit{
		{"audience/export/csv.go", "s = behindSeparator.ReplaceAllString(s, \"$1'$2\")", "s = behindSeparator.ReplaceAllString(s, \"$1$2\")"},
	}},
	{"sums cut to other ranges are compared", "dp/release", "TestDiffComparesWhatIsComparable", []edit{
		{"dp/release/rows.go", "\tif t.Clip != nil {\n\t\tclip", "\tif t.Clip != nil && len(t.Segments) == 0 {\n\t\tclip"},
	}},
	{"a number in a domain may be somebody's phone", "audience/plan", "TestFaults", []edit{
		{"audience/plan/lint.go", "f.lintAt(label(values[i].Value), what", "f.lintAt(fmt.Sprintf(\"%T\", values[i].Value), what"},
	}},
	{"values of each make a phone number together", "audience/plan", "TestFaults", []edit{
		{"audience/plan/lint.go", "found := identifierIn(*t.made)", "found := identifierIn(*t.written)"},
	}},
}
