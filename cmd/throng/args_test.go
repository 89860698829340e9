// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestPermute(t *testing.T) {
	for _, c := range []struct {
		name, args, want, err string
	}{
		{"nothing", "throng", "throng", ""},
		{"flags first", "throng build --date 2011-12-09 plan.yaml", "throng build --date 2011-12-09 -- plan.yaml", ""},
		{"flags last", "throng build plan.yaml --date 2011-12-09", "throng build --date 2011-12-09 -- plan.yaml", ""},
		{"flags on both sides", "throng build --quiet plan.yaml --date=2011-12-09", "throng build --quiet --date=2011-12-09 -- plan.yaml", ""},
		{"one dash", "throng build plan.yaml -date 2011-12-09", "throng build -date 2011-12-09 -- plan.yaml", ""},
		{"a short name", "throng build plan.yaml -q", "throng build -q -- plan.yaml", ""},
		{"below a group", "throng ledger account shop --epsilon 8", "throng ledger account --epsilon 8 -- shop", ""},
		{"end of flags", "throng check -- --odd.yaml", "throng check -- --odd.yaml", ""},
		{"flags after the end are arguments", "throng check -- a --json", "throng check -- a --json", ""},
		{"a lone dash is an argument", "throng check -", "throng check -- -", ""},
		{"an argument called help", "throng check help", "throng check -- help", ""},
		{"help", "throng build plan.yaml --help", "throng build --help -- plan.yaml", ""},
		{"help of the program", "throng --help", "throng --help", ""},
		{"help as a command", "throng help ledger status", "throng ledger status --help", ""},
		{"help below a group", "throng ledger help", "throng ledger --help", ""},
		{"unknown command", "throng biuld plan.yaml", "", `did you mean "build"?`},
		{"unknown command below a group", "throng ledger stauts", "", `did you mean "status"?`},
		{"unknown flag", "throng build plan.yaml --leger sqlite:x", "", "did you mean --ledger?"},
		{"unknown flag with a value", "throng build plan.yaml --dat=2011-12-09", "", "did you mean --da"},
		{"a flag of no command", "throng build plan.yaml --wibble", "", "unknown flag --wibble"},
		{"a flag before the command", "throng --quiet build plan.yaml", "", "throng COMMAND --quiet"},
		{"a missing value", "throng build plan.yaml --date", "", "--date needs a value"},
		{"a flag for a value", "throng build plan.yaml --date --json", "", "--date needs a value"},
		{"an empty value", "throng build plan.yaml --date=", "", "--date: its value is empty"},
		{"a flag twice", "throng build plan.yaml --ledger sqlite:a --ledger sqlite:b", "", "--ledger is given twice"},
		{"an alias twice", "throng build plan.yaml -q --quiet", "", "--quiet is given twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := newApp(io.Discard, io.Discard)
			app.Setup()
			got, err := permute(app, strings.Fields(c.args))
			if err != nil {
				if c.err == "" || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %q, want %q", err, c.err)
				}
				return
			}
			if c.err != "" || !slices.Equal(got, strings.Fields(c.want)) {
				t.Errorf("got %q, want %q, error %q", got, c.want, c.err)
			}
		})
	}
}

// TestEmptyValue shows that a flag whose value is an unset variable of a script
// is refused and does not fall back to a default.
func TestEmptyValue(t *testing.T) {
	for _, flag := range []string{"--date", "--ledger", "--data", "--out", "--key-file"} {
		for _, value := range []string{"", " "} {
			app := newApp(io.Discard, io.Discard)
			app.Setup()
			if _, err := permute(app, []string{"throng", "build", "plan.yaml", flag, value}); err == nil {
				t.Errorf("%s %q was taken", flag, value)
			}
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"biuld": "build", "chek": "check", "inti": "init", "zebra": "", "shwo": "show"} {
		if got := nearest(word, []string{"init", "build", "check", "show", "explain"}); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// TestWords pins how figures are written.
func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		grouped(1234567): "1\u202f234\u202f567", units(123456, 2, "GBP"): "1\u202f234.56 GBP", units(7, 0, ""): "7",
		short(1e-7): "1e-7", short(0.9131): "0.914", short(8): "8", percent(0.73106): "73.1 %",
		clean("a\x1b[31mb\u202e"): "a[31mb", count(1, "build"): "1 build", count(2, "build"): "2 builds",
		everyDays(0.01): "less than an hour", everyDays(0.5): "12.0 hours", everyDays(7): "7 days",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for size, want := range map[string]int64{"4GiB": 4 << 30, "500MB": 500e6, "1024": 1024, "": 0, "1.5 KiB": 1536} {
		if got, err := bytesOf(size); err != nil || got != want {
			t.Errorf("bytesOf(%q) = %d, %v", size, got, err)
		}
	}
	for _, size := range []string{"x", "-1", "4GiBs", "0", "NaN"} {
		if _, err := bytesOf(size); err == nil {
			t.Errorf("bytesOf(%q) was taken", size)
		}
	}
}
