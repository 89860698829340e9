// SPDX-License-Identifier: Apache-2.0

package main

// roomMutants count the wrong people in the clean room, or tell of them.
var roomMutants = []mutant{
	{"opt-outs are skipped", "audience/cleanroom/local", "TestOptOutIsRemoval", []edit{
		{"audience/cleanroom/local/resolve.go", "if choices, err = readChoices(ctx,", "if _, err = readChoices(ctx,"},
	}},
	{"opt-outs are skipped where a table lists people", "audience/cleanroom/local", "TestOptOutIsRemoval", []edit{
		{"audience/cleanroom/local/list.go", "if s.optedOut(e, of) {", "if false {"},
	}},
	{"choices are looked up before keys are resolved", "audience/cleanroom/local", "TestChoicesAreDeletion", []edit{
		{"audience/cleanroom/internal/identity/reader.go", "appendName(dst, r.owners.Resolve(Key{c, f}))", "appendName(dst, Key{c, f})"},
	}},
	{"a choice under a number is looked up before keys are resolved", "audience/cleanroom/local", "TestChoicesAreDeletion", []edit{
		{"audience/cleanroom/internal/identity/reader.go", "appendName(dst, r.owners.Resolve(Key{id, Phone}))", "appendName(dst, Key{id, Phone})"},
	}},
	{"who opted out of a segment's purpose is in it", "audience/cleanroom/local", "TestChoicesAreDeletion", []edit{
		{"audience/cleanroom/local/judge.go", "if b.several && s.people.choice != nil {", "if false {"},
	}},
	{"a choice for one purpose is for all", "audience/cleanroom/local", "TestIdentitiesEqualInterpreter", []edit{
		{"audience/cleanroom/internal/consent/judge.go", "return 1 << at, nil", "return j.every, nil"},
	}},
	{"a crowd is a person", "audience/cleanroom/local", "TestIdentitiesEqualInterpreter", []edit{
		{"audience/cleanroom/internal/identity/map.go", "if int(n) > most {", "if int(n) > 255 {"},
	}},
	{"ids of two networks are one person's", "audience/cleanroom/local", "TestIdentitiesEqualInterpreter", []edit{
		{"audience/cleanroom/internal/identity/forms.go", "own + Form(ownForms*network) + f - 1", "own + f - 1"},
	}},
	{"a number beside an id ties nothing", "audience/cleanroom/local", "TestIdentitiesEqualInterpreter", []edit{
		{"audience/cleanroom/local/resolve.go", "return len(names) > 1 || epochs > 1 && s.phone >= 0", "return s.links != nil && len(names) > 1"},
	}},
	{"links in text tie nothing", "audience/cleanroom/local", "TestTiesInText", []edit{
		{"audience/cleanroom/local/resolve.go", "if err == nil && texts != nil {", "if false {"},
	}},
	{"two readings of a number are two numbers", "audience/cleanroom/internal/identity", "TestOneNumberOneSpelling", []edit{
		{"audience/cleanroom/internal/identity/e164.go", "case number == text:", "default:"},
		{"audience/cleanroom/internal/identity/e164.go", "\t\ttext = number\n", ""},
	}},
	{"numbers with a prefix of home are taken as they are", "audience/cleanroom/internal/identity", "TestSettledNumbers", []edit{
		{"audience/cleanroom/internal/identity/e164.go", "(of.other == nil || !of.other.MatchString(digits))", "true"},
	}},
	{"rows of choices that lack fields are read", "audience/cleanroom/internal/rows", "TestRecords", []edit{
		{"audience/cleanroom/internal/rows/records.go", "case r.width != len(r.fields):", "case r.width < len(r.fields):"},
	}},
	{"what stands behind a NUL is read", "audience/cleanroom/internal/rows", "TestNUL", []edit{
		{"audience/cleanroom/internal/rows/records.go", "if 0 <= l.nul && l.nul < to {", "if false {"},
	}},
	{"choices in text end whenever they say", "audience/cleanroom/internal/consent", "TestInputs", []edit{
		{"audience/cleanroom/internal/consent/row.go", "return e.ends && e.at.Before(r.j.AsOf)", "return e.ends"},
	}},
	{"numbers are hashed without the key", "audience/cleanroom/internal/identity", "TestKeyedIDs", []edit{
		{"audience/cleanroom/internal/identity/phone.go", "hmac.New(sha256.New, k)", "hmac.New(sha256.New, k[:0])"},
	}},
	{"a person's text depends on others", "audience/cleanroom/internal/identity", "TestPersonsAreComponents", []edit{
		{"audience/cleanroom/internal/identity/map.go", "if k.less(m.first[p]) {", "if false {"},
	}},
	{"opt-outs are skipped by statistics", "audience/cleanroom/internal/consent", "TestLyingStatistics", []edit{
		{"audience/cleanroom/internal/consent/parquet.go", "\tfor _, u := range t.Units() {\n",
			"\tfor _, u := range t.Units() {\n\t\tif _, last, ok := u.Span(s.columns.Until); ok && time.UnixMicro(last).Before(j.AsOf) {\n\t\t\tcontinue\n\t\t}\n"},
	}},
	{"an unreadable choice is passed over", "audience/cleanroom/internal/consent", "TestBrokenSources", []edit{
		{"audience/cleanroom/internal/consent/judge.go", "if !slices.Contains(Purposes, purpose) {", "if false {"},
	}},
	{"how many opted out is printed", "audience/cleanroom/internal/consent", "TestRegisterHides", []edit{
		{"audience/cleanroom/internal/consent/register.go", "return slog.StringValue(hidden) }", "return slog.IntValue(len(r.list)) }"},
		{"audience/cleanroom/internal/consent/register.go", "func (*Register) LogValue()", "func (r *Register) LogValue()"},
	}},
	{"silence is agreement while people can still choose", "audience/cleanroom/internal/consent", "TestRulesOfTheDocs", []edit{
		{"audience/cleanroom/internal/consent/standing.go", "silence := !t.asked ||", "silence := t.asked ||"},
	}},
	{"of two choices of one second the looser wins", "audience/cleanroom/internal/consent", "TestRulesOfTheDocs", []edit{
		{"audience/cleanroom/internal/consent/standing.go", "s.since > s.last)", "s.since >= s.last)"},
	}},
	{"late opt-outs are passed over without a policy", "audience/cleanroom/internal/consent", "TestRulesOfTheDocs", []edit{
		{"audience/cleanroom/internal/consent/standing.go", "late := s.out && j.IgnoreLate &&", "late := s.out &&"},
	}},
	{"an opt-in of tomorrow counts today", "audience/cleanroom/internal/consent", "TestRulesOfTheDocs", []edit{
		{"audience/cleanroom/internal/consent/standing.go", "if !known || from.latest >= j.AsOf.UnixMicro() {", "if !known {"},
	}},
	{"who is named by no source of windows is counted", "audience/cleanroom/local", "TestWindowsAndSignalsAreRemoval", []edit{
		{"audience/cleanroom/local/people.go", "p.shards[i].out.other = choice.Absent()", "p.shards[i].out.other = 0"},
		{"audience/cleanroom/local/people.go", "newCodeSet(all, choice.Absent(), p.hash)", "newCodeSet(all, 0, p.hash)"},
	}},
	{"an opt-in lifts what signals refuse", "audience/cleanroom/local", "TestWindowsAndSignalsAreRemoval", []edit{
		{"audience/cleanroom/internal/consent/standing.go", "refused := r.out[name]\n", "refused := Set(0)\n"},
	}},
	{"a TC string that cannot be decoded is consent", "audience/consent/signal", "TestSignals", []edit{
		{"audience/consent/signal/signal.go", "if err != nil || c.Version() != 2 {\n\t\treturn false", "if err != nil || c.Version() != 2 {\n\t\treturn true"},
	}},
	{"an unknown section of a GPP string is consent", "audience/consent/signal", "TestUnitedStates", []edit{
		{"audience/consent/signal/signal.go", "\t\tdefault:\n\t\t\treturn false\n\t\t}\n\t}\n\treturn true", "\t\t}\n\t}\n\treturn true"},
	}},
	{"nothing known of a person is consent", "audience/consent/signal", "TestSignals", []edit{
		{"audience/consent/signal/signal.go", "return given > 0", "return true"},
	}},
	{"sensitive audiences are built without leave", "dp/ledger", "TestSensitive", []edit{
		{"dp/ledger/judge.go", "if !slices.Contains(p.Sensitive, s.Class) {", "if len(p.Sensitive) > 0 && !slices.Contains(p.Sensitive, s.Class) {"},
	}},
	{"content is read by its bytes", "audience/cleanroom/internal/event", "TestDeniedBytesAreNeverRead", []edit{
		{"audience/cleanroom/internal/event/table.go", "\tif Denied(name, t.neverRead) {\n\t\treturn nil\n\t}\n", ""},
	}},
	{"stale choices are taken", "audience/cleanroom/internal/consent", "TestSnapshot", []edit{
		{"audience/cleanroom/internal/consent/snapshot.go", "c.Now.Sub(s.TakenAt) > c.MaxAge:", "c.Now.Sub(s.TakenAt) > 2*c.MaxAge:"},
	}},
	{"choices that shrank are taken", "audience/cleanroom/internal/consent", "TestSnapshot", []edit{
		{"audience/cleanroom/internal/consent/snapshot.go", "float64(c.Before.Bytes)*(1-c.MaxShrink)", "float64(c.Before.Bytes)*c.MaxShrink"},
	}},
	{"lost sizes of choices are passed over", "audience/cleanroom/internal/consent", "TestSnapshot", []edit{
		{"audience/cleanroom/internal/consent/snapshot.go", "if c.Forgotten {", "if false {"},
	}},
	{"the age of choices is that of nobody's word", "audience/cleanroom/internal/consent", "TestSnapshot", []edit{
		{"audience/cleanroom/internal/consent/snapshot.go", "if c.MaxAge > 0 {\n\t\t\treturn s,", "if false {\n\t\t\treturn s,"},
	}},
	{"people under age are counted", "audience/cleanroom/local", "TestPeopleAreTheUniverse", []edit{
		{"audience/cleanroom/local/list.go", "return !ok || age < float64(minAge)\n", "return !ok || age < float64(minAge)-1\n"},
	}},
	{"people of unknown age are counted", "audience/cleanroom/local", "TestPeopleAreTheUniverse", []edit{
		{"audience/cleanroom/local/list.go", "return !ok || age < float64(minAge)\n", "return ok && age < float64(minAge)\n"},
	}},
	{"a person who is listed twice counts twice", "audience/cleanroom/local", "TestPeopleAreTheUniverse", []edit{
		{"audience/cleanroom/local/list.go", "if !s.sameKey(s.arrivals[n], s.arrivals[row]) {", "if true {"},
	}},
	{"rows of a person that contradict each other are believed", "audience/cleanroom/local", "TestPeopleAreTheUniverse", []edit{
		{"audience/cleanroom/local/list.go", "\t\t\tif !same {\n", "\t\t\tif false {\n"},
	}},
	{"a person counts twice", "audience/cleanroom/local", "TestPoisonedPersonEndsLikeANeighbour", []edit{
		{"audience/cleanroom/local/scan.go", "\tif n := s.search(e, of); n != nobody {\n\t\treturn n // who was met earlier in this batch\n\t}\n", ""},
	}},
	{"the cap goes by the order of segments", "audience/cleanroom/local", "TestOneKeptSetFeedsEveryTable", []edit{
		{"audience/cleanroom/local/judge.go", "range b.chooser.Keep(string(s.key(nil, first+p)), segments) {", "range segments[:b.chooser.Most()] {"},
	}},
	{"the cap is chosen by position, not by person", "audience/cleanroom/local", "TestOneKeptSetFeedsEveryTable", []edit{
		{"audience/cleanroom/local/judge.go", "string(s.key(nil, first+p))", "string(rune(first+p))"},
	}},
	{"the cap's key is a constant", "audience/cleanroom/local", "TestOneKeptSetFeedsEveryTable", []edit{
		{"audience/cleanroom/local/judge.go", "bound.NewChooser(r.in.BoundKey, ids", "bound.NewChooser([]byte(\"throng\"), ids"},
	}},
	{"the cap's hash runs person and segment together", "audience/cleanroom/internal/bound", "TestKeepsTheSmallestHashes", []edit{
		{"audience/cleanroom/internal/bound/bound.go", "\tc.text = binary.BigEndian.AppendUint64(c.text, uint64(len(id)))\n", ""},
	}},
	{"overlaps count memberships beyond the cap", "audience/cleanroom/local", "TestNeighbours", []edit{
		{"dp/builder.go", "\tKept    []uint64   // for each segment", "\tAll     []uint64\n\tKept    []uint64   // for each segment"},
		{"dp/pairs.go", "m.wait(k.Kept)", "m.wait(k.All)"},
		{"dp/pairs.go", "m.add(b.used, b.whose, k.People)", "b.turn(&Block{Kept: k.All})\n\tm.add(b.used, b.whose, k.People)\n\tb.turn(k)"},
		{"audience/cleanroom/local/judge.go", "\tif b.chooser != nil {\n\t\tb.bound(", "\tb.block.All = append([]uint64(nil), b.block.Kept...)\n\tif b.chooser != nil {\n\t\tb.bound("},
	}},
	{"breakdowns count memberships beyond the cap", "audience/cleanroom/local", "TestNeighbours", []edit{
		{"dp/builder.go", "\tKept    []uint64   // for each segment", "\tAll     []uint64\n\tKept    []uint64   // for each segment"},
		{"dp/builder.go", "\tfor c := range l.crossings {\n", "\tb.turn(&Block{Kept: k.All})\n\tfor c := range l.crossings {\n"},
		{"audience/cleanroom/local/judge.go", "\tif b.chooser != nil {\n\t\tb.bound(", "\tb.block.All = append([]uint64(nil), b.block.Kept...)\n\tif b.chooser != nil {\n\t\tb.bound("},
	}},
	{"no bit says that somebody opted out", "audience/cleanroom/local", "TestOptOutIsRemoval", []edit{
		{"audience/cleanroom/local/codes.go", "s.taken[h&s.bits>>6] |= 1 << (h & 63)", "_ = h"},
	}},
	{"keys of one hash are one person's", "audience/cleanroom/local", "TestTextsOfOneHash", []edit{
		{"audience/cleanroom/local/shard.go", "if !bytes.Equal(s.verbatim(record), of.text(&entries[i])) {", "if len(record) == 0 {"},
	}},
	{"no hash says that somebody with a long key opted out", "audience/cleanroom/local", "TestOptOutIsRemoval", []edit{
		{"audience/cleanroom/local/people.go", "k.Code = identity.Code{Lo: hash}", "k.Code = identity.Code{Hi: hash}"},
	}},
	{"an event's id is anybody's", "audience/cleanroom/local", "TestRepeatedIDsAreOneEvent", []edit{
		{"audience/cleanroom/local/repeats.go", "append(append(binary.AppendUvarint(r.eventID[:0], uint64(len(person))), person...), id...)", "append(binary.AppendUvarint(r.eventID[:0], uint64(0*len(person))), id...)"},
	}},
	{"rows of equal content are one", "audience/cleanroom/local", "TestNeighbours", []edit{
		{"audience/cleanroom/local/scan.go", "\tr.deal.add(rows)\n", "\tseen := map[string]bool{}\n\trows = slices.DeleteFunc(rows, func(row uint32) bool {\n\t\ttext := \"\"\n\t\tfor _, c := range r.batch.Columns {\n\t\t\ti, d, s, null := segment.At(c, int(row))\n\t\t\ttext += fmt.Sprint(i, d, s, null)\n\t\t}\n\t\tagain := seen[text]\n\t\tseen[text] = true\n\t\treturn again\n\t})\n\tr.deal.add(rows)\n"},
		{"audience/cleanroom/local/scan.go", "\t\"context\"\n", "\t\"context\"\n\t\"fmt\"\n"},
	}},
	{"a poisoned person stops the run", "audience/cleanroom/local", "TestPoisonedPersonEndsLikeANeighbour", []edit{
		{"audience/cleanroom/internal/event/convert.go", "\t\t\t\tv.setNull(i, len(v.doubles))\n", "\t\t\t\tpanic(\"no number\")\n"},
	}},
	{"a total is clipped after it is summed", "audience/cleanroom/local", "TestNeighbours", []edit{
		{"audience/plan/attribute.go", "return a.clip(roundUnits(micros(v), powers[maxDecimals-a.Decimals]))", "return roundUnits(micros(v), powers[maxDecimals-a.Decimals])"},
		{"dp/builder.go", "if v < w.Amounts[a].Min || v > w.Amounts[a].Max {", "if false && v > 0 {"},
	}},
	{"a panic's words reach the operator", "audience/cleanroom/local", "TestPanicTellsNoData", []edit{
		{"audience/cleanroom/local/fault.go", "if recover() != nil {\n", "if e := recover(); e != nil {\n\t\t\tdoing += fmt.Sprint(\": \", e)\n"},
	}},
	{"progress counts rows", "audience/cleanroom/local", "TestProgressIsBytes", []edit{
		{"audience/cleanroom/local/scan.go", "r.progress.add(p.unit.Bytes)", "r.progress.add(r.data.events[0].table.Rows())"},
	}},
	{"columns that the owner denies are read", "audience/cleanroom/internal/event", "TestDenied", []edit{
		{"audience/cleanroom/internal/event/content.go", "slices.ContainsFunc(Content, is) || slices.ContainsFunc(neverRead, is)", "slices.ContainsFunc(Content, is)"},
	}},
}
