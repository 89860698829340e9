#!/usr/bin/env python3
"""Makes two networks of the study: a messenger that knows people by phone number,
and a social network that knows them by an id of its own.

    python two_networks.py [DIR]

The numbers are invented, of the range 07700 900000 to 900999 that Ofcom keeps for
plays and films: nobody has them. Which spelling a row has is drawn by its place.
What the files hold is told in README.md.
"""
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

DIR = sys.argv[1] if len(sys.argv) > 1 else "."

SPELLINGS = [
    "+447700{0}", "07700 {0}", "0044 7700 {0}", "+44 (0)7700 {0}", "(07700) {1}-{2}", "tel:+44-7700-{0}", "447700{0}",
    "\u202a+44 7700 {0}\u202c",  # as address books of phones copy it
]


def spelt(user, row):
    n = f"{900000 + NUMBER[user]}"
    return SPELLINGS[row * 7 % len(SPELLINGS)].format(n, n[:3], n[3:])


def write(name, columns):
    pq.write_table(pa.table(columns), f"{DIR}/{name}", compression="zstd", compression_level=19)


users = pq.read_table(f"{DIR}/users.parquet")
events = pq.read_table(f"{DIR}/events.parquet")
friends = pq.read_table(f"{DIR}/friends.parquet")
ids = users["user_id"].to_pylist()
NUMBER = {u: i * 577 % 1000 for i, u in enumerate(sorted(ids))}  # 577 and 1000 have no factor in common

write("phones.parquet", {"user_id": ids, "msisdn": [spelt(u, i) for i, u in enumerate(ids)]})

both = {"sent": events["user_id"].to_pylist(), "received": events["peer_id"].to_pylist()}
write("messenger.parquet", {
    "msisdn": [spelt(u, i) for d in both for i, u in enumerate(both[d])],
    "direction": [d for d in both for _ in both[d]],
    "event_type": pa.concat_arrays(events["event_type"].combine_chunks() for _ in both),
    "event_time": pa.concat_arrays(events["event_time"].combine_chunks() for _ in both),
})

first = pc.min(events["event_time"]).as_py().replace(hour=0, minute=0, second=0, microsecond=0)
a, b = friends["user_a"].to_pylist(), friends["user_b"].to_pylist()
write("friendships.parquet", {
    "user_id": a + b, "friend_id": b + a,
    "seen_at": pa.array([first] * (2 * len(a)), pa.timestamp("us", "UTC")),
})

# Invented choices, under either key.
drawn = sorted(ids, key=lambda u: NUMBER[u] * 389 % 1000)
with open(f"{DIR}/opt_outs_social.csv", "w") as f:
    f.write("user_id,purpose\n" + "".join(f"{u},{p}\n" for u, p in zip(drawn[:12], ["ads", "all", "measurement"] * 4)))
with open(f"{DIR}/opt_outs_messenger.csv", "w") as f:
    f.write("number,purpose\n" + "".join(f"{spelt(u, i)},{p}\n" for i, (u, p) in enumerate(zip(drawn[12:24], ["ads", "all", "measurement"] * 4))))
