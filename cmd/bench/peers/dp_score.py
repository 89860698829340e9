# SPDX-License-Identifier: Apache-2.0
"""Holds released counts by segment and region against the exact ones, and says
only how far they are away: how many declared partitions FILE has, and the root
of the mean square error over them.

dp_score.py MEMBERS FILE   lines of segment, region, people, or a catalogue of `throng build`

A partition that is missing, or twice there, is a fault, and so is a line that
nobody asked for. What Throng withholds is left out of the mean and counted.
"""
import csv
import json
import math
import sys

import duckdb


def counts(name):
    """Yields segment, region and number; None for what is withheld."""
    if not name.endswith(".json"):
        with open(name, newline="") as f:
            for segment, region, people in csv.reader(f):
                yield segment, region, float(people)
        return
    with open(name) as f:
        catalog = json.load(f)
    for s in catalog["segments"]:
        (table,) = s["breakdowns"]
        for cell in table["cells"]:
            yield s["id"], cell["key"][0], cell["unbiased"]


def score(name, exact):
    released = {}
    for segment, region, people in counts(name):
        if (segment, region) not in exact or (segment, region) in released:
            sys.exit(f"{name}: a partition that was not asked for, or twice")
        released[segment, region] = people
    if len(released) != len(exact):
        sys.exit(f"{name}: {len(released)} of {len(exact)} partitions")
    errors = [(people - exact[key]) ** 2 for key, people in released.items() if people is not None]
    return {"partitions": len(released), "withheld": len(released) - len(errors), "rmse": math.sqrt(sum(errors) / len(errors))}


def main():
    members, name = sys.argv[1:]
    with open(f"{members}/partitions.csv", newline="") as f:
        exact = {tuple(row): 0 for row in csv.reader(f)}
    for segment, region, people in duckdb.sql(f"SELECT segment, region, count(DISTINCT user_id) FROM '{members}/members.parquet' GROUP BY ALL").fetchall():
        if (segment, region) not in exact:
            sys.exit("membership in a partition that is not declared")
        exact[segment, region] = people
    print(json.dumps(score(name, exact)))


main()
