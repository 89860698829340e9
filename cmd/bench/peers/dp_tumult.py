# SPDX-License-Identifier: Apache-2.0
"""Tumult Analytics on Spark, in one local JVM."""
import os
import sys

from dp_common import DELTA, EPSILON, SEGMENTS, arguments, partitions, rho, write
from pyspark.sql import SparkSession
from tmlt.analytics import (
    AddRowsWithID,
    KeySet,
    MaxGroupsPerID,
    MaxRowsPerGroupPerID,
    QueryBuilder,
    RhoZCDPBudget,
    Session,
)


def main():
    args = arguments()
    os.environ["PYSPARK_PYTHON"] = sys.executable  # Spark's workers would take any python3
    spark = (
        SparkSession.builder.master(f"local[{args.threads}]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", args.threads)
        .config("spark.driver.memory", "4g")
        .config("spark.sql.warehouse.dir", os.path.join(os.path.dirname(os.path.abspath(args.out)), "warehouse"))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    budget = RhoZCDPBudget(rho(EPSILON, DELTA))
    session = Session.from_dataframe(budget, "members", spark.read.parquet(args.parquet), protected_change=AddRowsWithID("user_id"))
    keys = KeySet.from_tuples(partitions(args), columns=["segment", "region"])
    # Bounded by segment, a person moves the vector of counts by √50 in L2; by rows
    # alone it would be 50, since all could be in one partition.
    members = QueryBuilder("members").enforce(MaxGroupsPerID("segment", SEGMENTS)).enforce(MaxRowsPerGroupPerID("segment", 1))
    query = members.groupby(keys).count()
    counts = session.evaluate(query, budget)
    write(args, ((r["segment"], r["region"], r["count"]) for r in counts.collect()))
    spark.stop()


main()
