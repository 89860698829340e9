# SPDX-License-Identifier: Apache-2.0
"""polars, streaming: one pass over the events, one aggregate for each atom."""
import os

from common import COLUMNS, Workload, arguments, finish

ARGS = arguments()
if ARGS.threads:
    os.environ["POLARS_MAX_THREADS"] = str(ARGS.threads)

import polars as pl  # noqa: E402  reads the environment when it is imported


def condition(w, of):
    parts = [pl.col(c).is_in(of[c]) for c in COLUMNS if c in of]
    if "hours" in of:
        parts.append(pl.col("event_time") >= pl.lit(w.since(of["hours"])))
    return pl.all_horizontal(parts) if parts else pl.lit(True)


def membership(w, rule):
    if "all" in rule:
        return pl.all_horizontal([membership(w, r) for r in rule["all"]])
    if "any" in rule:
        return pl.any_horizontal([membership(w, r) for r in rule["any"]])
    if "not" in rule:
        return ~membership(w, rule["not"])
    if "column" in rule:
        return pl.col(rule["column"]).is_in(rule["in"]).fill_null(False)
    return pl.col(f"a{w.number(rule)}")


def main():
    w = Workload(ARGS.workload)
    rows = pl.scan_parquet(f"{ARGS.data}/events/*/*.parquet", hive_partitioning=False)
    rows = rows.with_columns((pl.col("amount") * 100).round().cast(pl.Int64).alias("cents"))
    passes = [condition(w, of).alias(f"f{i}") for i, of in enumerate(w.filters)]
    aggregates = []
    for i, (of, kind, least) in enumerate(w.atoms):
        f = pl.col(f"f{of}")
        if kind == "cents":
            total = pl.when(f).then(pl.col("cents")).sum()
        else:
            total = f.sum()
        aggregates.append((total >= least).alias(f"a{i}"))
    atoms = rows.select("user_id", "cents", *passes).group_by("user_id").agg(aggregates)
    outs = pl.scan_parquet(f"{ARGS.data}/optout.parquet")
    users = pl.scan_parquet(f"{ARGS.data}/users.parquet")
    words = []
    for k in range((len(w.segments) + 63) // 64):
        bits = [membership(w, s["rule"]).cast(pl.UInt64) * (1 << i) for i, s in enumerate(w.segments[64 * k : 64 * k + 64])]
        words.append(pl.sum_horizontal(bits).alias(f"m{k}"))
    region, age = [pl.col(c).fill_null("(other)") for c in ("region", "age_band")]
    table = atoms.join(outs, on="user_id", how="anti").join(users, on="user_id").select(region, age, *words).collect(engine="streaming")
    people = 0
    if ARGS.counts:
        people = users.join(outs, on="user_id", how="anti").select(pl.len()).collect().item()
    finish(w, ARGS, people, table["region"].to_arrow(), table["age_band"].to_arrow(), [table[f"m{k}"].to_numpy() for k in range(len(words))])


main()
