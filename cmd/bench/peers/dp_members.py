# SPDX-License-Identifier: Apache-2.0
"""Makes what `bench peers` gives to libraries of differential privacy, which
start where membership is known: a row of user, segment and region for each
segment that a person is in. Opted-out people are left out.

Writes members.parquet and members.csv (no header), and partitions.csv, all
pairs of segment and region that the workload declares, whoever is in them.
"""
import csv
import itertools
import os
import sys

from common import Workload, arguments
from duckdb_common import connect, one_pass, people_of


def main():
    args = arguments()
    w = Workload(args.workload)
    if len(w.segments) > 64:
        sys.exit("more than 64 segments")
    con = connect(args)
    con.execute("CREATE TEMP TABLE names AS SELECT unnest(?) AS segment, unnest(range(?)) AS i", [w.names(), len(w.segments)])
    con.execute(f"CREATE TEMP TABLE people AS {people_of(w, args, one_pass(w, args))}")
    con.execute("CREATE TEMP TABLE members AS SELECT user_id, segment, region FROM people, names WHERE (m0 >> i) & 1 = 1")
    out = os.path.join(args.data, "members")
    os.makedirs(out, exist_ok=True)
    con.execute(f"COPY members TO '{out}/members.parquet'")
    con.execute(f"COPY members TO '{out}/members.csv' (HEADER false)")
    with open(f"{out}/partitions.csv", "w", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows(itertools.product(w.names(), w.domains["region"] + ["(other)"]))


main()
