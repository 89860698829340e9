// SPDX-License-Identifier: Apache-2.0

package sqltest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Python returns a Python that has the modules, which are listed as import takes
// them: the one that a variable names, or that of an environment which make made
// in the module's folder, top. Without one the test is skipped, but not in CI.
func Python(t *testing.T, variable, environment, modules, top string) string {
	t.Helper()
	python := os.Getenv(variable)
	if python == "" {
		python = filepath.Join(filepath.FromSlash(top), environment, "bin", "python")
	}
	if err := exec.Command(python, "-c", "import "+modules).Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Python with %s: %v", modules, err)
		}
		t.Skipf("NOT COMPARED: no Python with %s. Make one with `make %s`, or name one in %s", modules, strings.TrimPrefix(environment, "."), variable)
	}
	return python
}

// A Process is one of Python's that answers a line of JSON with a line of JSON:
// {"rows": …} or {"error": …}.
type Process struct {
	name     string
	patience time.Duration
	in       io.Writer
	out      *bufio.Reader
	kill     func()
}

// Start runs a program in Python; name stands in errors. An answer may take as long
// as patience says, on a machine that does much else, too. The process ends with
// the test, which fails where it does not end well.
func Start(t *testing.T, name string, patience time.Duration, python, program string, args ...string) *Process {
	t.Helper()
	cmd := exec.Command(python, append([]string{"-c", program}, args...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = cmd.Process.Kill() } // it may have ended
	t.Cleanup(func() {
		in.Close()
		if t.Failed() {
			kill() // it may be waiting for a reader
		}
		if err := cmd.Wait(); err != nil && !t.Failed() {
			t.Errorf("%v\n%s", err, &said)
		}
	})
	return &Process{name, patience, in, bufio.NewReader(out), kill}
}

// Ask sends a job and returns the rows of the answer. Numbers are json.Number.
func (p *Process) Ask(job any) ([][]any, error) {
	text, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	watch := time.AfterFunc(p.patience, p.kill)
	defer watch.Stop()
	gone := func(err error) error {
		return fmt.Errorf("%s ended, or had no answer in %v: %w", p.name, p.patience, err)
	}
	if _, err := p.in.Write(append(text, '\n')); err != nil {
		return nil, gone(err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return nil, gone(err)
	}
	var answer struct {
		Rows  [][]any
		Error string
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber() // int64 does not fit a float
	if err := dec.Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Error != "" {
		return nil, errors.New(answer.Error)
	}
	return answer.Rows, nil
}
