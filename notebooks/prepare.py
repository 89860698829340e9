"""Makes the releases that the notebooks read, below ../.demo.

Uses the program as anybody would: `throng init`, `throng build`. What stands
already is left as it is, so a second run is quick and charges nothing.

nights   25 more weeks of the demo's plan, paid by the demo's own account
budget   an invented shop, built at four prices
audit    two invented crowds that differ by ten people, 200 builds of each
"""

import datetime
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

TOP = Path(__file__).resolve().parent.parent
DEMO = TOP / ".demo"
THRONG = TOP / "bin" / "throng"


def throng(*args, cwd=TOP):
    done = subprocess.run([THRONG, *map(str, args)], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"throng {' '.join(map(str, args))}\n{done.stderr}")


def nights():
    last = datetime.date(2011, 12, 9)
    for week in range(25, 0, -1):
        day = last - datetime.timedelta(weeks=week)
        if not (DEMO / f"releases/gift-shop/date={day}/release").exists():
            throng("build", "datasets/plans/gift-shop.yaml", "--data", "datasets/online-retail", "--date", day,
                   "--ledger", f"sqlite:{DEMO}/ledger.db", "--out", DEMO / "releases", "--quiet")


def budget():
    shop = DEMO / "budget"
    if not shop.exists():
        throng("init", shop)
    plan = (shop / "plan.yaml").read_text()
    day = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)
    for name, epsilon in (("eighth", 0.125), ("quarter", 0.25), ("half", 0.5), ("one", 1)):
        if list(shop.glob(f"releases/{name}/date=*/release")):
            continue
        file = shop / f"{name}.yaml"
        file.write_text(plan.replace("name: shop\n", f"name: {name}\n").replace("epsilon: 1,", f"epsilon: {epsilon},"))
        throng("build", file, "--date", day, "--quiet")


AUDIT_PLAN = """\
throng: 1
name: audit
data:
  events:
    events: {files: events.parquet, person: user_id, time: event_time}
  opt_outs: none                  # the people are invented
purpose: measurement
lookback: 3660d
privacy: {account: audit, epsilon: 1, delta: 1e-8}
segments:
  - {id: there, rule: events.size() > 0}
release: [reach]
"""


def audit():
    jobs = []
    for world, people in (("without", 1000), ("with", 1010)):
        folder = DEMO / "audit" / world
        if not (folder / "ledger.db").exists():
            folder.mkdir(parents=True)
            (folder / "plan.yaml").write_text(AUDIT_PLAN)
            duckdb.sql(f"""COPY (SELECT 'p' || i AS user_id, TIMESTAMP '2024-01-01 12:00:00' AS event_time
                           FROM range({people}) t(i)) TO '{folder}/events.parquet'""")
            throng("ledger", "init", cwd=folder)
            throng("ledger", "account", "audit", "--epsilon", 100, "--delta", 1e-5, "--period", "364d", "--no-ceiling", cwd=folder)
        for i in range(200):
            day = datetime.date(2024, 1, 2) + datetime.timedelta(days=i)
            if not (folder / f"releases/audit/date={day}/release").exists():
                jobs.append((folder, day))
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(lambda j: throng("build", "plan.yaml", "--date", j[1], "--quiet", cwd=j[0]), jobs))


nights()
budget()
audit()
