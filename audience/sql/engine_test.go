// SPDX-License-Identifier: Apache-2.0

package sql_test

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

	"github.com/throng-dp/throng/audience/sql"
)

// An engine runs SQL in a process of its own.
type engine struct {
	*sql.Dialect
	in   io.Writer
	out  *bufio.Reader
	kill func()
}

// patience is how long one query may take. Spark's first one starts it.
const patience = 2 * time.Minute

// newEngine starts an engine. Without it the test is skipped, but not in CI.
func newEngine(t *testing.T, d *sql.Dialect) *engine {
	t.Helper()
	variable, environment, module := "THRONG_PYTHON", ".venv", "duckdb"
	if d == sql.Spark {
		variable, environment, module = "THRONG_SPARK_PYTHON", ".venv-spark", "pyspark"
	}
	python := os.Getenv(variable)
	if python == "" {
		python = filepath.Join("..", "..", environment, "bin", "python")
	}
	if err := exec.Command(python, "-c", "import "+module).Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Python with %s: %v", module, err)
		}
		t.Skipf("NOT COMPARED: no Python with %s. Make one with `make %s`, or name one in %s", module, environment[1:], variable)
	}
	cmd := exec.Command(python, filepath.Join("testdata", "server.py"), d.ID)
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
	return &engine{d, in, bufio.NewReader(out), kill}
}

// query returns the rows of a query. Numbers are json.Number.
func (e *engine) query(query string, setup ...string) ([][]any, error) {
	job, err := json.Marshal(map[string]any{"setup": append([]string{}, setup...), "query": query})
	if err != nil {
		return nil, err
	}
	watch := time.AfterFunc(patience, e.kill)
	defer watch.Stop()
	if _, err := e.in.Write(append(job, '\n')); err != nil {
		return nil, err
	}
	line, err := e.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("%s ended, or had no answer in %v: %w", e.ID, patience, err)
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
		return nil, errors.New(strings.SplitN(answer.Error, "JVM stacktrace", 2)[0])
	}
	return answer.Rows, nil
}
