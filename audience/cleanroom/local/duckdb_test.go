// SPDX-License-Identifier: Apache-2.0

package local

import (
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/sql/sqltest"
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
type duckDB struct{ process *sqltest.Process }

func pythonWith(t *testing.T, variable, environment, modules string) string {
	t.Helper()
	return sqltest.Python(t, variable, environment, modules, "../../..")
}

func newDuckDB(t *testing.T) *duckDB {
	t.Helper()
	return &duckDB{sqltest.Start(t, "DuckDB", patience, pythonWith(t, "THRONG_PYTHON", ".venv", "duckdb"), server)}
}

// A bounding has Python's own HMAC choose the segments that people are kept in.
type bounding struct {
	Key   string   `json:"key"`
	IDs   []string `json:"ids"`
	First int      `json:"first"` // column of the first segment
	Most  int      `json:"most"`
}

// patience is how long one case may take, on a machine that does much else, too.
// They take a tenth of a second.
const patience = 3 * time.Minute

// query runs statements and returns the rows of the last, bounded if asked to
// be. Numbers are json.Number.
func (d *duckDB) query(setup []string, query string, bound *bounding) ([][]any, error) {
	return d.process.Ask(map[string]any{"setup": append([]string{}, setup...), "query": query, "bound": bound})
}
