# SPDX-License-Identifier: Apache-2.0
"""What the libraries of differential privacy share: where membership is, the
price, and the form of the result: a line of segment, region and noised count."""
import argparse
import csv
from math import log, log1p

EPSILON = 1.0
DELTA = 1e-8
SEGMENTS = 50  # that one person is counted in, at most


def arguments():
    """Reads the command line: the folder that dp_members.py makes, and a file to write."""
    p = argparse.ArgumentParser()
    p.add_argument("members", help="folder with members.parquet, members.csv and partitions.csv")
    p.add_argument("out", help="FILE of segment, region, people that is written")
    p.add_argument("--threads", type=int, default=2)
    args = p.parse_args()
    args.parquet = f"{args.members}/members.parquet"
    args.csv = f"{args.members}/members.csv"
    return args


def partitions(args):
    """The pairs of segment and region that are counted: public."""
    with open(f"{args.members}/partitions.csv", newline="") as f:
        return [tuple(row) for row in csv.reader(f)]


def write(args, rows):
    with open(args.out, "w", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows(rows)


def rho(epsilon, delta):
    """The most zero-concentrated DP that is (epsilon, delta)-DP: what a library
    that takes only ρ is given. Canonne, Kamath, Steinke 2020, corollary 13, whose
    bound holds for each order; the orders tried here are close enough."""
    orders = [1 + 1.01**i for i in range(-500, 1000)]

    def at_most(r):
        return min((a - 1) * (a * r - epsilon) + a * log1p(-1 / a) - log(a - 1) for a in orders)

    least, most = 0.0, epsilon
    for _ in range(60):
        middle = (least + most) / 2
        if at_most(middle) <= log(delta):
            least = middle
        else:
            most = middle
    return least
