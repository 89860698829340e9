// SPDX-License-Identifier: Apache-2.0

// Package sqltest runs SQL for tests, by DuckDB and Spark, each in a process of
// Python's.
package sqltest

import (
	"bufio"
	"bytes"
	_ "embed"
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

//go:embed server.py
var server string

// An Engine runs SQL in a process of its own.
type Engine struct {
	*sql.Dialect
	in   io.Writer
	out  *bufio.Reader
	kill func()
}

// patience is how long one query may take, on a machine that does much else, too.
// The first one waits for the engine to start.
const patience = 8 * time.Minute

// New starts an engine for a package two folders below the module's. Without the
// engine the test is skipped, but not in CI. Spark takes ten seconds to start: it
// is left to CI, or to whoever names a Python that has it in THRONG_SPARK_PYTHON.
func New(t *testing.T, d *sql.Dialect) *Engine {
	t.Helper()
	variable, environment, module := "THRONG_PYTHON", ".venv", "duckdb"
	if d == sql.Spark {
		variable, environment, module = "THRONG_SPARK_PYTHON", ".venv-spark", "pyspark"
	}
	python := os.Getenv(variable)
	if python == "" && d == sql.Spark && os.Getenv("CI") != "true" {
		t.Skip("NOT COMPARED: Spark is for CI, or name a Python with pyspark in THRONG_SPARK_PYTHON")
	}
	if python == "" {
		python = filepath.Join("..", "..", environment, "bin", "python")
	}
	if err := exec.Command(python, "-c", "import "+module).Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Python with %s: %v", module, err)
		}
		t.Skipf("NOT COMPARED: no Python with %s. Make one with `make %s`, or name one in %s", module, environment[1:], variable)
	}
	cmd := exec.Command(python, "-c", server, d.ID)
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
	return &Engine{d, in, bufio.NewReader(out), kill}
}

// Query runs statements and returns the rows of a query. Numbers are json.Number.
func (e *Engine) Query(query string, setup ...string) ([][]any, error) {
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
