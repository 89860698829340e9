// SPDX-License-Identifier: Apache-2.0

package main

// countMutants let exact counts hold, take or tell what they may not.
var countMutants = []mutant{
	{"exact counts print themselves", "dp", "TestTalliesRevealNothing", []edit{
		{"dp/tally.go", "fmt.Fprint(f, hidden) }", "fmt.Fprint(f, t.seal.in.counts) }"},
		{"dp/tally.go", "func (Tallies) Format(", "func (t Tallies) Format("},
	}},
	{"exact counts stand one pointer deep", "dp", "TestTalliesRevealNothing", []edit{
		{"dp/tally.go", "type seal struct{ in *tallies }", "type seal struct {\n\tin  *tallies\n\tnow [1]int64\n}"},
		{"dp/builder.go", "return Tallies{&seal{in.tallies}}", "return Tallies{&seal{in.tallies, [1]int64(in.tallies.counts)}}"},
	}},
	{"an error tells a person's amount", "dp", "TestAddRefuses", []edit{
		{"dp/builder.go", `fmt.Errorf("dp: a value outside the range of amount %d", a)`, `fmt.Errorf("dp: a value of %d outside the range of amount %d", v, a)`},
	}},
	{"a person may go beyond the bound", "dp", "TestAddRefuses", []edit{
		{"dp/builder.go", "if w.Bound < w.Segments && beyond(k.Kept, w.Bound) != 0 {", "if w.Bound < w.Segments && beyond(k.Kept, w.Bound+1) != 0 {"},
	}},
	{"an amount may go beyond its range", "dp", "TestAddRefuses", []edit{
		{"dp/builder.go", "if v < w.Amounts[a].Min || v > w.Amounts[a].Max {", "if v < w.Amounts[a].Min {"},
	}},
	{"a partial is merged twice", "dp", "TestMerge", []edit{
		{"dp/tally.go", "\t\tif t.have[shard] {", "\t\tif t.have[shard] && t.digest != u.digest {"},
	}},
	{"merged tallies can be merged again", "dp", "TestMerge", []edit{
		{"dp/tally.go", "case t.used || u.used:\n\t\treturn errUsed\n\t", ""},
		{"dp/tally.go", "\tu.drop()\n", ""},
	}},
	{"tallies are published twice", "dp", "TestMerge", []edit{
		{"dp/tally.go", "in.used, in.counts, in.found = true, nil, nil", "in.used = false"},
	}},
	{"a shard of people may be missing", "dp", "TestMerge", []edit{
		{"dp/tally.go", "case len(in.have) != in.shards:", "case len(in.have) > in.shards:"},
	}},
	{"plan A's reservation pays for plan B's tallies", "dp", "TestPublishRefuses", []edit{
		{"dp/tally.go", "case in.digest != s.digest, in.workload != s.fingerprint:", "case in.workload != s.fingerprint:"},
	}},
	{"tallies of another workload are published", "dp", "TestPublishRefuses", []edit{
		{"dp/tally.go", "case in.digest != s.digest, in.workload != s.fingerprint:", "case in.digest != s.digest:"},
	}},
	{"audiences are withheld by exact counts", "dp", "TestPublishNoisesTheExactCounts", []edit{
		{"dp/publish.go", "\tdefer clear(counts)\n", "\tdefer clear(counts)\n\tfor _, at := range s.layout.reach {\n\t\tif at != none && counts[at] < s.workload.MinReach {\n\t\t\tcounts[at] = 0\n\t\t}\n\t}\n"},
	}},
	{"counts are clamped to the population before noise", "dp", "TestPublishNoisesTheExactCounts", []edit{
		{"dp/publish.go", "\tdefer clear(counts)\n", "\tdefer clear(counts)\n\tfor i := range counts {\n\t\tcounts[i] = max(counts[i], 25)\n\t}\n"},
	}},
	{"the row count is in the manifest", "dp", "TestNothingButNumbersDiffers", []edit{
		{"dp/publish.go", "\t\tu, err := s.answer(counts, categories, src)", "\t\tcopied := *draft\n\t\tdraft = &copied\n\t\tdraft.Who += fmt.Sprintf(\" (%d)\", counts[s.layout.people])\n\t\tu, err := s.answer(counts, categories, src)"},
	}},
	{"an interval is taken from the data", "dp", "TestNothingButNumbersDiffers", []edit{
		{"dp/publish.go", "\t\t\t\t*to = s.cell(i, e, u.cells[i][c], estimates[i][c])", "\t\t\t\te.deviation += u.cells[i][c] / 100\n\t\t\t\t*to = s.cell(i, e, u.cells[i][c], estimates[i][c])"},
	}},
}
