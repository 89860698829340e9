// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRatiosAreTakenWithinRounds(t *testing.T) {
	all := samples{
		"build": {{cpu: 2}, {cpu: 8}, {cpu: 6}},
		"floor": {{cpu: 1}, {cpu: 4}, {cpu: 2}}, // the second round was disturbed
	}
	if got := all.ratio("build", "floor", cpu); got != (spread{2, 2, 3}) {
		t.Errorf("%+v", got)
	}
	if got := spreadOf([]float64{4, 1, 3, 2}); got != (spread{2.5, 1, 4}) {
		t.Errorf("%+v", got)
	}
}

func TestFiguresHaveThreeDigits(t *testing.T) {
	for x, want := range map[float64]string{123.4: "123", 12.34: "12.3", 1.234: "1.23", 0.1234: "0.123"} {
		if got := figure(x); got != want {
			t.Errorf("%v: %s, want %s", x, got, want)
		}
	}
}

func TestTablesReplaceTheirOldSelves(t *testing.T) {
	doc := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(doc, []byte("# Head\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"old\n", "new\n"} {
		for _, title := range []string{"S", "M"} {
			if err := put(doc, title, table); err != nil {
				t.Fatal(err)
			}
		}
	}
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	const section = "### S\n\n<!-- bench S -->\nnew\n<!-- end bench S -->\n"
	if got := string(text); !strings.HasPrefix(got, "# Head\n\n"+section) || strings.Contains(got, "old") || strings.Count(got, "new") != 2 {
		t.Errorf("%s", got)
	}
}

func TestMeasureAChild(t *testing.T) {
	s, err := (&bench{}).child(t.Context(), os.Args[0], "-test.run", "^$")
	if err != nil {
		t.Fatal(err)
	}
	if s.wall <= 0 {
		t.Errorf("%+v", s)
	}
	if _, err := (&bench{}).child(t.Context(), os.Args[0], "-no-such-flag"); err == nil {
		t.Error("a child that fails passes")
	}
}

func TestSpeedsAreReadFromGoTest(t *testing.T) {
	out := "goos: linux\nBenchmarkKernels/decode,_plain_ints-2 \t 15\t 1596888 ns/op\t 125.2 Mrows/s\t 16 B/op\nBenchmarkKernels/keys \t 1\t 9 ns/op\t 0.500 Mrows/s\nPASS\n"
	got, err := speeds([]byte(out))
	if err != nil || len(got) != 2 || got[0] != (speed{"decode, plain ints-2", 125.2}) || got[1] != (speed{"keys", 0.5}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "BenchmarkKernels/x 1 9 ns/op"} {
		if _, err := speeds([]byte(bad)); err == nil {
			t.Errorf("%q has no speeds, and no error", bad)
		}
	}
}
