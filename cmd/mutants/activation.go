// SPDX-License-Identifier: Apache-2.0

package main

// activationMutants let somebody be served who must not be, or rules and records
// tell more than they may.
var activationMutants = []mutant{
	{"rules are served when they have expired", "audience/match", "TestServer", []edit{
		{"audience/match/server.go", "!x.IsZero() && !now.Before(x)", "!x.IsZero() && now.After(x)"},
	}},
	{"a withheld segment is served", "audience/match", "TestServer", []edit{
		{"audience/match/server.go", "return r.Status == released && !s.stopped[r.ID]", "return r.Status != \"\" && !s.stopped[r.ID]"},
	}},
	{"who is of unknown age is served", "audience/match", "TestServer", []edit{
		{"audience/match/server.go", "return ok && v != nil && number(v) >= float64(least)", "return ok && (v == nil || number(v) >= float64(least))"},
	}},
	{"choices are asked for as of the release", "audience/match", "TestServer", []edit{
		{"audience/match/server.go", "allowsAt(ctx, p, purpose, now)", "allowsAt(ctx, p, purpose, s.rules.asOf)"},
	}},
	{"older rules bring a stopped segment back", "audience/match", "TestReplace", []edit{
		{"audience/match/server.go", "if s.rules == nil || r.Document.Release != s.rules.Document.Release {", "if s.rules == nil || r != s.rules {"},
	}},
	{"a stranger is told from who opted out", "audience/match/adserver", "TestRefusals", []edit{
		{"audience/match/adserver/handler.go", "			p = &match.Person{Key: q.User}\n", "			reply(w, http.StatusNotFound, refusal{\"nobody\"})\n			return\n"},
	}},
	{"SQL serves who has opted out of the segment's purpose", "audience/activation", "TestGoldenFiles", []edit{
		{"audience/sql/members.go", " = m.person AND a.purpose = l.purpose)`", " = m.person)`"},
	}},
	{"SQL serves who is too young", "audience/activation", "TestGoldenFiles", []edit{
		{"audience/sql/query.go", "if age >= 0 {", "if age > 99 {"},
	}},
	{"SQL serves what is withheld", "audience/activation", "TestGoldenFiles", []edit{
		{"audience/activation/sql.go", "if s.Status == release.Released && (len", "if s.Status != \"\" && (len"},
	}},
	{"rules are written of a plan that was not released", "audience/activation", "TestAnotherPlan", []edit{
		{"audience/activation/document.go", "got != r.PlanDigest {", "got == \"\" {"},
	}},
	{"rules are written beside what may leave", "cmd/throng", "TestScripts/releases", []edit{
		{"cmd/throng/activation.go", "err != nil && filepath.Base(dir) != \"release\" {", "err == nil || filepath.Base(dir) != \"\" {"},
	}},
	{"lineage tells an error's words", "audience", "TestLineage", []edit{
		{"audience/lineage.go", "\"message\": entry.Code,", "\"message\": entry.Message,"},
	}},
	{"lineage tells the second at which a run began", "audience", "TestLineage", []edit{
		{"audience/operator.go", "rec.event(r, \"START\", minute(r.begun))", "rec.event(r, \"START\", r.begun.Add(time.Second).UTC().Format(time.RFC3339))"},
	}},
}
