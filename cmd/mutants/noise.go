// SPDX-License-Identifier: Apache-2.0

package main

// noiseMutants draw wrong noise, or too little of it, or price it wrongly.
var noiseMutants = []mutant{
	{"noise is a tenth too small", "dp", "TestNoise", []edit{
		{"dp/noise.go", "AddNoiseInt64(x<<s.shift, 1, s.linf, unitEpsilon, delta)", "AddNoiseInt64(x<<s.shift, 1, s.linf*10/11, unitEpsilon, delta)"},
	}},
	{"the scale is rounded down", "dp", "TestSteps", []edit{
		{"dp/noise.go", "linf := math.Ceil(math.Ldexp(units, shift))", "linf := math.Floor(math.Ldexp(units, shift))"},
	}},
	{"a query may wrap an int64", "dp", "TestNoStepBeyondInt64", []edit{
		{"dp/noise.go", " || !(math.Ldexp(entry*MaxPeople, shift) < maxQuery)", ""},
	}},
	{"the float call is swapped in", "dp", "TestLowBits", []edit{
		{"dp/noise.go", "y, err := of.AddNoiseInt64(x<<s.shift, 1, s.linf, unitEpsilon, delta)",
			"y, err := of.AddNoiseFloat64(float64(x), 1, math.Ldexp(float64(s.linf), -s.shift), unitEpsilon, delta)"},
		{"dp/noise.go", "return math.Ldexp(float64(y), -s.shift), nil", "return y, nil"},
	}},
	{"noise comes from math/rand", "dp", "TestOnlyDoor", []edit{
		{"dp/noise.go", "\"math\"\n", "\"math\"\n\t\"math/rand/v2\"\n"},
		{"dp/noise.go", "return math.Ldexp(float64(y), -s.shift), nil", "return float64(x) + m.realised(s)*rand.NormFloat64() + 0*float64(y), nil"},
	}},
	{"noise is seeded by the query", "dp", "TestOnlyDoor", []edit{
		{"dp/noise.go", "\"math\"\n", "\"math\"\n\t\"math/rand/v2\"\n"},
		{"dp/noise.go", "return math.Ldexp(float64(y), -s.shift), nil",
			"return float64(x) + m.realised(s)*rand.New(rand.NewPCG(uint64(x), uint64(s.linf))).NormFloat64() + 0*float64(y), nil"},
	}},
	{"one draw serves two cells", "dp", "TestEveryRowHasItsOwnNoise", []edit{
		{"dp/noise.go", "type library struct{}", "type library struct{}\n\nvar spare = map[step]int64{}"},
		{"dp/noise.go", "return math.Ldexp(float64(y), -s.shift), nil",
			"if old, ok := spare[s]; ok {\n\t\tdelete(spare, s)\n\t\ty = x<<s.shift + old\n\t} else {\n\t\tspare[s] = y - x<<s.shift\n\t}\n\treturn math.Ldexp(float64(y), -s.shift), nil"},
	}},
	{"last night's noise is drawn again", "dp", "TestReleasesShareNoNoise", []edit{
		{"dp/measure.go", "// measure draws the noise of every row",
			"type tape struct {\n\tsampler\n\tof *design\n\tat int\n}\n\nvar tapes = map[*design][]float64{}\n\n" +
				"func (t *tape) draw(m mechanism, x int64, s step) (float64, error) {\n" +
				"\tif old := tapes[t.of]; t.at < len(old) {\n\t\tt.at++\n\t\treturn float64(x) + old[t.at-1], nil\n\t}\n" +
				"\ty, err := t.sampler.draw(m, x, s)\n\ttapes[t.of] = append(tapes[t.of], y-float64(x))\n\tt.at = len(tapes[t.of])\n\treturn y, err\n}\n\n" +
				"// measure draws the noise of every row"},
		{"dp/measure.go", "\tl := d.layout\n\tm := &measured{", "\tsrc = &tape{sampler: src, of: d}\n\tl := d.layout\n\tm := &measured{"},
	}},
	{"noise that waits serves two rows", "dp", "TestWaitingNoiseIsOfItsRow", []edit{
		{"dp/ahead.go", "\tl.rows = l.rows[1:]\n", "\tif len(l.rows) > 1 {\n\t\tl.rows[0] = w\n\t}\n"},
	}},
	{"the counts are left out where noise waits", "dp", "TestNoiseDrawnAhead", []edit{
		{"dp/ahead.go", "x<<s.shift+w.units", "0*x+w.units"},
	}},
	{"one publication publishes twice", "dp", "TestPublicationServesOnce", []edit{
		{"dp/publication.go", "\tp.rows, p.unfit = nil, errPublished\n\treturn &late", "\treturn &late"},
		{"dp/publication.go", "\tclear(p.rows)\n\tp.rows, p.unfit = nil, errPublished\n", ""},
	}},
	{"an empty cell gets no noise", "dp", "TestEveryCellIsNoised", []edit{
		{"dp/measure.go", "if scale == 0 {\n\t\treturn 0, nil", "if scale == 0 || x == 0 {\n\t\treturn 0, nil"},
	}},
	{"a row is noised as if it were of length 1", "dp", "TestChargeIsTheWorstPerson", []edit{
		{"dp/measure.go", "d.noisy(src, x, scale*length, multiple,", "d.noisy(src, x, scale, multiple,"},
	}},
	{"the centre's multiple is not in the noise", "dp", "TestChargeIsTheWorstPerson", []edit{
		{"dp/measure.go", "d.mechanism.step(scale*multiple, entry)", "d.mechanism.step(scale, entry)"},
	}},
	{"L0 is forgotten", "dp", "TestChargeIsTheWorstPerson", []edit{
		{"dp/sensitivity.go", ".most(d.workload.Bound) *", ".most(1) *"},
	}},
	{"overlaps are not in the price", "dp", "TestChargeIsTheWorstPerson", []edit{
		{"dp/sensitivity.go", "bonus[i] = prices.pair[i] * (in - out) * (in - out)", "bonus[i] = 0"},
	}},
	{"being outside a segment is free", "dp", "TestChargeIsTheWorstPerson", []edit{
		{"dp/sensitivity.go", "base += prices.seg[i][f] * out\n", "base += 0 * out\n"},
	}},
	{"L-infinity is forgotten", "dp", "TestChargeIsTheWorstPerson", []edit{
		{"dp/feature.go", "price: math.Pow(width, m.power()), entry: width", "price: math.Pow(1, m.power()), entry: width"},
	}},
	{"Laplace is priced as (L2/sd)²", "dp", "TestChargeIsTheWorstPerson", []edit{
		{"dp/strategy.go", "c.Epsilon += charge", "c.MuSquared = int64(s.charge * s.charge / 2 / pico)"},
	}},
	{"a charge is rounded down", "dp", "TestChargeIsRoundedUp", []edit{
		{"dp/strategy.go", "charge := int64(math.Ceil(s.charge / pico))", "charge := int64(math.Floor(s.charge / pico))"},
	}},
	{"the sampler's tail is not set aside", "dp", "TestPriceIsKept", []edit{
		{"dp/strategy.go", "charge, int64(math.Ceil(s.tail/atto))", "charge, 0"},
	}},
	{"the sampler's tail takes nothing of δ", "dp", "TestPriceIsKept", []edit{
		{"dp/strategy.go", "mu = accountant.Mu(p.Epsilon, p.Delta-s.tail)", "mu = accountant.Mu(p.Epsilon, p.Delta)"},
	}},
	{"zCDP's factor 2 is dropped", "dp/accountant", "TestZCDP", []edit{
		{"dp/accountant/zcdp.go", "return (1+b)*rho - (math.Log1p(b)+math.Log(delta))/b", "return (1+b)*rho/2 - (math.Log1p(b)+math.Log(delta))/b"},
	}},
	{"δ is not divided among a person's partitions", "dp/accountant", "TestSelection", []edit{
		{"dp/accountant/selection.go", "delta/float64(l0)\n\tkeep := 0.0\n", "delta\n\tkeep := 0.0\n"},
	}},
	{"a threshold without the person it hides", "dp/accountant", "TestSelection", []edit{
		{"dp/accountant/selection.go", "At: 1 - sigma*Quantile(", "At: -sigma * Quantile("},
	}},
	{"a category's threshold leaves its only person out", "dp", "TestThresholdChance", []edit{
		{"dp/discover.go", "return 1 - scale*accountant.Quantile(single) + grid", "return -scale*accountant.Quantile(single) + grid"},
	}},
	{"a threshold's δ is not divided among categories", "dp", "TestThresholdChance", []edit{
		{"dp/discover.go", "single := accountant.Single(by.price.delta, by.most)", "single := by.price.delta"},
	}},
	{"only the first pick of the commonest is paid for", "dp", "TestTopPicksArePaid", []edit{
		{"dp/beside.go", "for range table.Most {", "for range 1 {"},
	}},
	{"a quantile's rank moves both ways and is paid one way", "dp", "TestQuantilesPrivacy", []edit{
		{"dp/quantile.go", "newExponential(epsilon / float64(2*s.move(places)))", "newExponential(epsilon / float64(s.move(places)))"},
	}},
	{"picks are sharper than they are paid for", "dp", "TestTopPicksArePaid", []edit{
		{"dp/beside.go", "s.picker, err = newExponential(s.unit)", "s.picker, err = newExponential(3 * s.unit)"},
	}},
}
