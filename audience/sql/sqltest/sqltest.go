// SPDX-License-Identifier: Apache-2.0

// Package sqltest runs SQL for tests, by DuckDB and Spark, each in a process of
// Python's.
package sqltest

import (
	_ "embed"
	"errors"
	"os"
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
	process *Process
}

// patience is how long one query may take. The first one waits for the engine to
// start.
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
	if d == sql.Spark && os.Getenv(variable) == "" && os.Getenv("CI") != "true" {
		t.Skip("NOT COMPARED: Spark is for CI, or name a Python with pyspark in THRONG_SPARK_PYTHON")
	}
	python := Python(t, variable, environment, module, "../..")
	return &Engine{d, Start(t, d.ID, patience, python, server, d.ID)}
}

// Query runs statements and returns the rows of a query. Numbers are json.Number.
func (e *Engine) Query(query string, setup ...string) ([][]any, error) {
	rows, err := e.process.Ask(map[string]any{"setup": append([]string{}, setup...), "query": query})
	if err != nil {
		if why, _, long := strings.Cut(err.Error(), "JVM stacktrace"); long {
			return nil, errors.New(why)
		}
	}
	return rows, err
}
