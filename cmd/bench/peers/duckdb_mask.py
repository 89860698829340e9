# SPDX-License-Identifier: Apache-2.0
"""DuckDB, as an expert writes it: every row gets a mask of the filters that it
passes, from one small look-up table a column, and a person's masks are OR-ed.
Only thresholds above one need an aggregate of their own."""
from common import COLUMNS, Workload, arguments
from duckdb_common import connect, count, instant

BITS = 62  # filters in a word: BIGINT has a sign


def words_of(w):
    return [w.filters[i : i + BITS] for i in range(0, len(w.filters), BITS)]


def mask(filters, passes):
    return sum(1 << i for i, f in enumerate(filters) if passes(f))


def look_up(con, w, column):
    """Makes a table of a column's values; returns, by word, what a row of any
    other value passes."""
    values = sorted({v for f in w.filters for v in f.get(column, [])})
    words = words_of(w)
    rows = []
    for v in values:
        row = [str(mask(f, lambda of: column not in of or v in of[column])) for f in words]
        rows.append(f"('{v}', {', '.join(row)})")
    names = ", ".join(f"b{k} BIGINT" for k in range(len(words)))
    con.execute(f"CREATE TEMP TABLE by_{column} (v VARCHAR, {names})")
    if rows:
        con.execute(f"INSERT INTO by_{column} VALUES {', '.join(rows)}")
    return [mask(f, lambda of: column not in of) for f in words]


def recency(w, filters):
    """The mask of the windows that a row falls into, as a CASE."""
    cases = []
    for hours in sorted({f["hours"] for f in w.filters if "hours" in f}):
        inside = mask(filters, lambda of: of.get("hours", hours) >= hours)
        cases.append(f"WHEN event_time >= {instant(w.since(hours))} THEN {inside}")
    always = mask(filters, lambda of: "hours" not in of)
    return f"CASE {' '.join(cases)} ELSE {always} END::BIGINT" if cases else f"{always}::BIGINT"


def main():
    args = arguments()
    w = Workload(args.workload)
    con = connect(args)
    words = words_of(w)
    parts = [[recency(w, f)] for f in words]
    joins = []
    for c in COLUMNS:
        for k, otherwise in enumerate(look_up(con, w, c)):
            parts[k].append(f"coalesce(by_{c}.b{k}, {otherwise})")
        joins.append(f"LEFT JOIN by_{c} ON e.{c} = by_{c}.v")
    masks = ", ".join(f"{' & '.join(p)} AS w{k}" for k, p in enumerate(parts))
    rows = f"SELECT user_id, round(amount * 100)::BIGINT AS cents, {masks} FROM '{args.data}/events/*/*.parquet' e {' '.join(joins)}"

    def bit(of):
        return f"(w{of // BITS} & {1 << of % BITS}) <> 0"

    aggregates = [f"bit_or(w{k}) AS w{k}" for k in range(len(words))]
    tests = []
    for i, (of, kind, least) in enumerate(w.atoms):
        if kind == "cents":
            aggregates.append(f"coalesce(sum(cents) FILTER (WHERE {bit(of)}), 0) AS n{i}")
        elif least > 1:
            aggregates.append(f"count_if({bit(of)}) AS n{i}")
        tests.append(f"{bit(of) if kind == 'times' and least == 1 else f'n{i} >= {least}'} AS a{i}")
    count(con, w, args, f"SELECT user_id, {', '.join(tests)} FROM (SELECT user_id, {', '.join(aggregates)} FROM ({rows}) GROUP BY user_id)")


main()
