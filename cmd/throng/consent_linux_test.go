// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// terminal returns the two ends of a pseudo-terminal.
func terminal(t *testing.T) (screen, program *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here")
	}
	t.Cleanup(func() { screen.Close() })
	ask := func(what uintptr, n *int32) {
		if _, _, bad := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), what, uintptr(unsafe.Pointer(n))); bad != 0 {
			t.Fatal(bad)
		}
	}
	var unlocked, number int32
	ask(syscall.TIOCSPTLCK, &unlocked)
	ask(syscall.TIOCGPTN, &number)
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return screen, program
}

// TestLookup asks for one person on a terminal. The key is read from standard
// input and shows nowhere.
func TestLookup(t *testing.T) {
	dir := t.TempDir()
	const key = "+4915112345678"
	for name, text := range map[string]string{
		"plan.yaml": `throng: 1
name: shop
data:
  events:
    orders: {files: orders.parquet, person: user_id, time: event_time}
  opt_outs: {files: opt_outs.csv, person: user_id, purpose: purpose}
purpose: ads
lookback: 365d
privacy: {account: shop, epsilon: 1, delta: 1e-8}
segments: [{id: buyers, rule: orders.size() > 0}]
release: [reach]
`,
		"opt_outs.csv": "user_id,purpose\n" + key + ",ads\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lookup := func(typed string) (shown, talk string, exit int) {
		screen, program := terminal(t)
		in, hand, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hand.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		hand.Close()
		stdin := os.Stdin
		os.Stdin = in
		defer func() { os.Stdin = stdin; in.Close() }()
		var stderr bytes.Buffer
		exit = run(t.Context(), []string{"throng", "consent", "lookup", filepath.Join(dir, "plan.yaml")}, program, &stderr)
		out := make([]byte, 4096)
		n := 0
		if exit == 0 {
			n, _ = screen.Read(out)
		}
		return string(out[:n]), stderr.String(), exit
	}
	shown, talk, exit := lookup(key + "\n")
	if exit != 0 || !strings.Contains(shown, "ads                 not counted") || !strings.Contains(shown, "measurement         no choice against it") {
		t.Errorf("exit %d, shown %q, said %q", exit, shown, talk)
	}
	if strings.Contains(shown+talk, key[3:]) {
		t.Error("the key is shown")
	}
	if shown, _, exit := lookup("somebody else"); exit != 0 || strings.Contains(shown, "not counted") {
		t.Errorf("somebody else: exit %d, shown %q", exit, shown)
	}
	if _, talk, exit := lookup("\n"); exit != 2 || !strings.Contains(talk, "one person's key") {
		t.Errorf("nobody: exit %d, said %q", exit, talk)
	}
}
