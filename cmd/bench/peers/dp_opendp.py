# SPDX-License-Identifier: Apache-2.0
"""OpenDP with polars. It is told that a person has at most one row in each of
at most 50 groups, and does not look whether that holds: the fastest form."""
import os

from dp_common import DELTA, EPSILON, SEGMENTS, arguments, partitions, rho, write

ARGS = arguments()
os.environ["POLARS_MAX_THREADS"] = str(ARGS.threads)

import opendp.prelude as dp  # noqa: E402  reads the environment when it is imported
import polars as pl  # noqa: E402


def main():
    dp.enable_features("contrib")
    by = ["segment", "region"]
    members = pl.scan_parquet(ARGS.parquet).select(by)
    context = dp.Context.compositor(
        data=members,
        privacy_unit=dp.unit_of(contributions=[dp.polars.Bound(by=by, per_group=1, num_groups=SEGMENTS)]),
        privacy_loss=dp.loss_of(rho=rho(EPSILON, DELTA)),
        split_evenly_over=1,
    )
    keys = pl.LazyFrame(partitions(ARGS), schema=by, orient="row")
    counts = context.query().group_by(by).agg(dp.len(signed=True)).with_keys(keys).release().collect()
    write(ARGS, counts.select(*by, "len").iter_rows())


main()
