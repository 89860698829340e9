// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/throng-dp/throng/dp/ledger"
)

// watched returns a terminal to write to, and what it shows in the end.
func watched(t *testing.T) (program *os.File, shown func() string) {
	t.Helper()
	screen, program := terminal(t)
	if err := unix.IoctlSetWinsize(int(program.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(&b, screen) // ends with an error when nobody writes any more
	}()
	return program, func() string {
		program.Close()
		<-done
		return b.String()
	}
}

// TestProgress draws a bar of bytes on a terminal, with what is said above it.
func TestProgress(t *testing.T) {
	t.Setenv("TERM", "xterm")
	program, shown := watched(t)
	talk, err := newTalk(program, "text", false)
	if err != nil {
		t.Fatal(err)
	}
	step, end := talk.progress()
	step(10<<20, 40<<20)
	time.Sleep(400 * time.Millisecond) // the library draws every 150 ms
	talk.say("a line")
	step(20<<20, 40<<20)
	time.Sleep(400 * time.Millisecond)
	end()
	talk.say("the end")
	got := shown()
	for _, want := range []string{"counting", "10.0 MiB / 40.0 MiB", "a line", "20.0 MiB / 40.0 MiB", "the end"} {
		if !strings.Contains(got, want) {
			t.Errorf("a terminal does not show %q: %q", want, got)
		}
	}
	if i, j := strings.Index(got, "a line"), strings.Index(got, "20.0 MiB"); i > j {
		t.Error("what is said meanwhile comes too late")
	}
}

// TestQuietWithoutTerminal shows that nothing is drawn where nobody watches, and
// nothing at all is said with --quiet.
func TestQuietWithoutTerminal(t *testing.T) {
	for _, c := range []struct {
		format string
		quiet  bool
	}{{"text", true}, {"json", false}, {"json", true}} {
		program, shown := watched(t)
		talk, err := newTalk(program, c.format, c.quiet)
		if err != nil {
			t.Fatal(err)
		}
		if step, end := talk.progress(); step != nil {
			t.Error("a bar is drawn")
			end()
		}
		if got := shown(); got != "" {
			t.Errorf("shown: %q", got)
		}
	}
	var b strings.Builder
	talk, err := newTalk(&b, "text", false)
	if err != nil {
		t.Fatal(err)
	}
	if step, _ := talk.progress(); step != nil {
		t.Error("a bar is drawn into a file")
	}
}

var colourCodes = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// TestColours builds on a terminal: with colours, without them where NO_COLOR or
// TERM=dumb say so, and to a file without anything but text.
func TestColours(t *testing.T) {
	d := newDesk(t)
	d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}})
	build := strings.Fields("throng build plan.yaml --date 2011-12-09")
	for _, c := range []struct {
		name, variable, value string
		colours               bool
	}{
		{"on a terminal", "TERM", "xterm-256color", true},
		{"NO_COLOR", "NO_COLOR", "1", false},
		{"TERM=dumb", "TERM", "dumb", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("NO_COLOR", "")
			t.Setenv("TERM", "xterm")
			t.Setenv(c.variable, c.value)
			program, shown := watched(t)
			if exit := run(t.Context(), build, program, io.Discard); exit != 0 {
				t.Fatalf("exit %d", exit)
			}
			got := shown()
			if colours := colourCodes.MatchString(got); colours != c.colours || !strings.Contains(got, "Bought something") {
				t.Errorf("colours: %v; shown: %q", colours, got)
			}
		})
	}
	var out, talk strings.Builder
	if exit := run(t.Context(), build, &out, &talk); exit != 0 || colourCodes.MatchString(out.String()+talk.String()) {
		t.Errorf("exit %d, to a file: %q, %q", exit, out.String(), talk.String())
	}
}
