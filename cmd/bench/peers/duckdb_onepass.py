# SPDX-License-Identifier: Apache-2.0
"""DuckDB, as a good analyst writes it: one pass over the events, one filtered
aggregate for each atom."""
from common import Workload, arguments
from duckdb_common import connect, count, one_pass


def main():
    args = arguments()
    w = Workload(args.workload)
    count(connect(args), w, args, one_pass(w, args))


main()
