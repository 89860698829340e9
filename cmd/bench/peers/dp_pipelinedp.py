# SPDX-License-Identifier: Apache-2.0
"""PipelineDP on its local backend."""
import csv

import pipeline_dp as pdp
from dp_common import DELTA, EPSILON, SEGMENTS, arguments, partitions, write


def main():
    args = arguments()
    with open(args.csv, newline="") as f:
        members = [(person, (segment, region)) for person, segment, region in csv.reader(f)]
    accountant = pdp.NaiveBudgetAccountant(total_epsilon=EPSILON, total_delta=DELTA)
    engine = pdp.DPEngine(accountant, pdp.LocalBackend())
    counts = engine.aggregate(
        members,
        pdp.AggregateParams(
            noise_kind=pdp.NoiseKind.GAUSSIAN,
            metrics=[pdp.Metrics.PRIVACY_ID_COUNT],
            max_partitions_contributed=SEGMENTS,
            max_contributions_per_partition=1,
        ),
        pdp.DataExtractors(
            privacy_id_extractor=lambda row: row[0],
            partition_extractor=lambda row: row[1],
            value_extractor=lambda row: 0,
        ),
        public_partitions=partitions(args),
    )
    accountant.compute_budgets()
    write(args, ((segment, region, m.privacy_id_count) for (segment, region), m in counts))


main()
