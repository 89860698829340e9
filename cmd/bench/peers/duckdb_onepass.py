# SPDX-License-Identifier: Apache-2.0
"""DuckDB, as a good analyst writes it: one pass over the events, one filtered
aggregate for each atom."""
from common import Workload, arguments
from duckdb_common import condition, connect, count


def aggregate(w, atom):
    of, kind, least = atom
    passes = condition(w, w.filters[of])
    if kind == "cents":
        return f"coalesce(sum(round(amount * 100)::BIGINT) FILTER (WHERE {passes}), 0) >= {least}"
    if least == 1:
        return f"coalesce(bool_or({passes}), false)"
    return f"count(*) FILTER (WHERE {passes}) >= {least}"


def main():
    args = arguments()
    w = Workload(args.workload)
    columns = ", ".join(f"{aggregate(w, atom)} AS a{i}" for i, atom in enumerate(w.atoms))
    count(connect(args), w, args, f"SELECT user_id, {columns} FROM '{args.data}/events/*/*.parquet' GROUP BY user_id")


main()
