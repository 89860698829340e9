// SPDX-License-Identifier: Apache-2.0

package local

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

// server answers SQL in one process for all cases of a test: a line of JSON
// with statements and a query in, a line with rows out.
const server = `
import hashlib, hmac, json, sys, duckdb
con = duckdb.connect()
con.execute("SET TimeZone='UTC'")
con.execute("SET threads=2")
con.execute("SET enable_progress_bar=false")

def bound(rows, key, ids, first, most):
    """Takes people out of what they are not kept in; the key stands first."""
    part = lambda s: len(s.encode()).to_bytes(8, "big") + s.encode()
    for r in rows:
        rank = lambda i: hmac.new(key.encode(), part(r[0]) + part(ids[i]), hashlib.sha256).digest()
        for i in sorted((i for i in range(len(ids)) if r[first + i]), key=rank)[most:]:
            r[first + i] = False

for line in sys.stdin:
    job = json.loads(line)
    try:
        for s in job["setup"]:
            con.execute(s)
        rows = con.execute(job["query"]).fetchall()
        rows = [list(r) for r in rows]
        if job.get("bound"):
            bound(rows, **job["bound"])
        print(json.dumps({"rows": rows}), flush=True)
    except Exception as e:
        print(json.dumps({"error": str(e)}), flush=True)
`

// A duckDB is an independent engine, for comparing exact counts with.
type duckDB struct {
	in   io.Writer
	out  *bufio.Reader
	kill func()
}

// pythonWith returns a Python that has the modules: the one that a variable
// names, or that of an environment which make made. Without one the test is
// skipped, but not in CI.
func pythonWith(t *testing.T, variable, environment, modules string) string {
	t.Helper()
	python := os.Getenv(variable)
	if python == "" {
		python = filepath.Join("..", "..", "..", environment, "bin", "python")
	}
	if err := exec.Command(python, "-c", "import "+modules).Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Python with %s: %v", modules, err)
		}
		t.Skipf("NOT COMPARED: no Python with %s. Make one with `make %s`, or name one in %s", modules, strings.TrimPrefix(environment, "."), variable)
	}
	return python
}

func newDuckDB(t *testing.T) *duckDB {
	t.Helper()
	python := pythonWith(t, "THRONG_PYTHON", ".venv", "duckdb")
	cmd := exec.Command(python, "-c", server)
	cmd.Stderr = os.Stderr
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
			t.Error(err)
		}
	})
	return &duckDB{in, bufio.NewReader(out), kill}
}

// A bounding has Python's own HMAC choose the segments that people are kept in.
type bounding struct {
	Key   string   `json:"key"`
	IDs   []string `json:"ids"`
	First int      `json:"first"` // column of the first segment
	Most  int      `json:"most"`
}

// patience is how long one case may take; they take a tenth of a second.
const patience = 30 * time.Second

// query runs statements and returns the rows of the last, bounded if asked to
// be. Numbers are json.Number.
func (d *duckDB) query(setup []string, query string, bound *bounding) ([][]any, error) {
	job, err := json.Marshal(map[string]any{"setup": append([]string{}, setup...), "query": query, "bound": bound})
	if err != nil {
		return nil, err
	}
	watch := time.AfterFunc(patience, d.kill)
	defer watch.Stop()
	if _, err := d.in.Write(append(job, '\n')); err != nil {
		return nil, fmt.Errorf("DuckDB ended, or had no answer in %v: %w", patience, err)
	}
	var answer struct {
		Rows  [][]any
		Error string
	}
	line, err := d.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("DuckDB ended, or had no answer in %v: %w", patience, err)
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
