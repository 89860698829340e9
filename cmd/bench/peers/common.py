# SPDX-License-Identifier: Apache-2.0
"""What the peers share: the workload as atoms, and the last step of counting.

An atom is a test of one person's events: at least so many events, or at least
so many cents spent, among the events that pass a filter. Different segments
share atoms and filters, and every peer evaluates each of them once.
"""
import argparse
import json
from datetime import datetime, timedelta

COLUMNS = ("event_type", "category", "country", "platform")


def arguments():
    """Reads the command line: a folder of data and a workload."""
    p = argparse.ArgumentParser()
    p.add_argument("data", help="folder with events/, users.parquet, optout.parquet")
    p.add_argument("workload", help="wN.json as `bench plan` writes it")
    p.add_argument("--threads", type=int, default=0, help="default: all cores")
    p.add_argument("--counts", action="store_true", help="print the exact counts as JSON, for a test; nothing is printed otherwise")
    return p.parse_args()


class Workload:
    """The segments of a workload, and what they have in common."""

    def __init__(self, path):
        with open(path) as f:
            text = json.load(f)
        self.as_of = datetime.fromisoformat(text["as_of"])
        self.by = text["by"]
        self.domains = text["domains"]
        self.segments = text["segments"]
        self.aggregates = text.get("aggregates", [])  # SQL of a person's events, for rules in SQL
        self.filters = []  # what rows pass: the workload's "of"
        self.atoms = []  # (index of a filter, "times" or "cents", threshold)
        for s in self.segments:
            self._collect(s["rule"])

    def _collect(self, rule):
        for part in rule.get("all", []) + rule.get("any", []) + ([rule["not"]] if "not" in rule else []):
            self._collect(part)
        if "of" in rule:
            if rule["of"] not in self.filters:
                self.filters.append(rule["of"])
            atom = self._atom(rule)
            if atom not in self.atoms:
                self.atoms.append(atom)

    def _atom(self, rule):
        kind = "cents" if "cents" in rule else "times"
        return self.filters.index(rule["of"]), kind, rule[kind]

    def number(self, rule):
        """The number of the atom that a rule is."""
        return self.atoms.index(self._atom(rule))

    def since(self, hours):
        return self.as_of - timedelta(hours=hours)

    def names(self):
        return [s["id"] for s in self.segments]


def finish(w, args, people, region, age, words):
    """Counts people by segment, by segment and cell, and by pair of segments.

    region and age are Arrow columns of one text a person, "(other)" where
    unknown; words are 64-bit masks of segments. Prints the counts only if asked to.
    """
    import numpy as np

    n = len(w.segments)
    (r, regions), (a, ages) = _codes(region), _codes(age)
    cell = r.astype(np.int64) * len(ages) + a
    order = np.argsort(cell, kind="stable")
    pairs = np.zeros((n, n))
    cells = np.zeros((len(regions) * len(ages), n), dtype=np.int64)
    edges = np.searchsorted(cell[order], np.arange(len(cells) + 1))
    masks = np.stack([np.ascontiguousarray(x, dtype="<u8") for x in words], axis=1)
    for c in range(len(cells)):  # a cell's people fit the cache, and a float32 counts them exactly
        who = masks[order[edges[c] : edges[c + 1]]]
        bits = np.unpackbits(who.view(np.uint8), axis=1, bitorder="little")[:, :n].astype(np.float32)
        both = bits.T @ bits
        pairs += both
        cells[c] = np.diag(both)
    if not args.counts:
        return
    names = w.names()
    print(json.dumps({
        "people": int(people),
        "segments": {s: int(k) for s, k in zip(names, cells.sum(axis=0))},
        "cells": [[names[i], regions[c // len(ages)], ages[c % len(ages)], int(cells[c, i])] for c, i in np.argwhere(cells)],
        "pairs": [[names[i], names[j], int(pairs[i, j])] for i in range(n) for j in range(i + 1, n)],
    }))


def _codes(column):
    """Numbers the values of a column: a number for each row, and the values."""
    column = column.dictionary_encode()
    if hasattr(column, "combine_chunks"):
        column = column.combine_chunks()
    return column.indices.to_numpy(zero_copy_only=False), column.dictionary.to_pylist()
