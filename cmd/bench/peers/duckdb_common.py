# SPDX-License-Identifier: Apache-2.0
"""What both forms of SQL share: from one row of atoms a person to counts."""
import duckdb

from common import COLUMNS, finish


def connect(args):
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET enable_progress_bar = false")
    if args.threads:
        con.execute(f"SET threads = {args.threads}")
    return con


def texts(values):
    return "(" + ", ".join(f"'{v}'" for v in values) + ")"


def instant(t):
    return f"TIMESTAMPTZ '{t:%Y-%m-%d %H:%M:%S}+00'"


def condition(w, of):
    """A filter as a condition on a row of events."""
    parts = [f"{c} IN {texts(of[c])}" for c in COLUMNS if c in of]
    if "hours" in of:
        parts.append(f"event_time >= {instant(w.since(of['hours']))}")
    return " AND ".join(parts) or "true"


def membership(w, rule):
    """A segment's rule as a condition on a person's atoms a0, a1, …"""
    if "sql" in rule:
        return f"coalesce({rule['sql']}, false)"
    if "all" in rule:
        return "(" + " AND ".join(membership(w, r) for r in rule["all"]) + ")"
    if "any" in rule:
        return "(" + " OR ".join(membership(w, r) for r in rule["any"]) + ")"
    if "not" in rule:
        return f"(NOT {membership(w, rule['not'])})"
    if "column" in rule:
        return f"coalesce({rule['column']} IN {texts(rule['in'])}, false)"
    return f"a{w.number(rule)}"


def aggregate(w, atom):
    """An atom as one filtered aggregate over a person's events."""
    of, kind, least = atom
    passes = condition(w, w.filters[of])
    if kind == "cents":
        return f"coalesce(sum(round(amount * 100)::BIGINT) FILTER (WHERE {passes}), 0) >= {least}"
    if least == 1:
        return f"coalesce(bool_or({passes}), false)"
    return f"count(*) FILTER (WHERE {passes}) >= {least}"


def one_pass(w, args):
    """SQL for a row of user_id, a0, a1, … a person with events, in one pass over them."""
    events = f"'{args.data}/events/*/*.parquet'"
    columns = ", ".join(f"{a} AS a{i}" for i, a in enumerate(w.aggregates or [aggregate(w, atom) for atom in w.atoms]))
    sql = f"SELECT user_id, {columns} FROM {events} GROUP BY user_id"
    if w.aggregates:  # rules in SQL may hold for who has no events
        nothing = f"SELECT {columns} FROM {events} WHERE false"
        sql = f"""WITH active AS ({sql})
        FROM active UNION ALL SELECT u.user_id, n.* FROM '{args.data}/users.parquet' u ANTI JOIN active USING (user_id), ({nothing}) n"""
    return sql


def people_of(w, args, per_person):
    """SQL for a row of user_id, region, age_band, m0, m1, … a person who may be
    counted; the words have a bit for each segment. per_person is SQL as one_pass
    makes it."""
    masks = []
    for k in range(words_of(w)):
        bits = [f"CASE WHEN {membership(w, s['rule'])} THEN {1 << i}::UBIGINT ELSE 0::UBIGINT END" for i, s in enumerate(w.segments[64 * k : 64 * k + 64])]
        masks.append(" | ".join(bits) + f" AS m{k}")
    return f"""
        WITH atoms AS ({per_person}),
             here AS (FROM atoms ANTI JOIN '{args.data}/optout.parquet' o USING (user_id))
        SELECT user_id, coalesce(region, '(other)') AS region, coalesce(age_band, '(other)') AS age_band, {", ".join(masks)}
        FROM here JOIN '{args.data}/users.parquet' u USING (user_id)"""


def words_of(w):
    return (len(w.segments) + 63) // 64


def count(con, w, args, per_person):
    names = [f"m{k}" for k in range(words_of(w))]
    table = con.sql(f"SELECT region, age_band, {', '.join(names)} FROM ({people_of(w, args, per_person)})").to_arrow_table()
    people = 0
    if args.counts:
        people = con.execute(f"SELECT count(*) FROM '{args.data}/users.parquet' u ANTI JOIN '{args.data}/optout.parquet' o USING (user_id)").fetchone()[0]
    finish(w, args, people, table["region"], table["age_band"], [table[m].to_numpy() for m in names])
