// SPDX-License-Identifier: Apache-2.0

package local

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// server answers SQL in one process for all cases of a test: a line of JSON
// with statements and a query in, a line with rows out.
const server = `
import json, sys, duckdb
con = duckdb.connect()
con.execute("SET TimeZone='UTC'")
con.execute("SET threads=2")
for line in sys.stdin:
    job = json.loads(line)
    try:
        for s in job["setup"]:
            con.execute(s)
        rows = con.execute(job["query"]).fetchall()
        print(json.dumps({"rows": [list(r) for r in rows]}), flush=True)
    except Exception as e:
        print(json.dumps({"error": str(e)}), flush=True)
`

// A duckDB is an independent engine, for comparing exact counts with.
type duckDB struct {
	in  io.Writer
	out *bufio.Reader
}

// newDuckDB starts Python with DuckDB; without it the test is skipped, but not
// in CI.
func newDuckDB(t *testing.T) *duckDB {
	t.Helper()
	python := os.Getenv("THRONG_PYTHON")
	if python == "" {
		python = filepath.Join("..", "..", "..", ".venv", "bin", "python")
	}
	if err := exec.Command(python, "-c", "import duckdb").Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Python with DuckDB: %v", err)
		}
		t.Skip("NOT COMPARED WITH DUCKDB: no Python with DuckDB. Make one with `python3 -m venv .venv && .venv/bin/pip install duckdb` at the module's root, or name one in THRONG_PYTHON")
	}
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
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &duckDB{in, bufio.NewReader(out)}
}

// query runs statements and returns the rows of the last. Numbers are
// json.Number.
func (d *duckDB) query(setup []string, query string) ([][]any, error) {
	job, err := json.Marshal(map[string]any{"setup": append([]string{}, setup...), "query": query})
	if err != nil {
		return nil, err
	}
	if _, err := d.in.Write(append(job, '\n')); err != nil {
		return nil, err
	}
	var answer struct {
		Rows  [][]any
		Error string
	}
	line, err := d.out.ReadBytes('\n')
	if err != nil {
		return nil, err
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
