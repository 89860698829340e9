# Writes one table of events in as many forms as Parquet has, each into a folder
# of its own below sys.argv[1], and want.json: what DuckDB counts of it.
import decimal, json, os, random, sys, uuid
import duckdb, pyarrow as pa, pyarrow.compute as pc, pyarrow.dataset as ds, pyarrow.parquet as pq
from datetime import datetime, timedelta, timezone

root, rnd = sys.argv[1], random.Random(7)
as_of = datetime(2011, 12, 10, tzinfo=timezone.utc)
rows = []
for _ in range(3000):
    who = rnd.choice([None, rnd.randrange(300), rnd.randrange(20)])
    at = as_of - timedelta(days=rnd.randrange(45))  # a third at midnight, a third just before
    at -= rnd.choice([timedelta(0), timedelta(milliseconds=1), timedelta(milliseconds=rnd.randrange(86_400_000))])
    at = None if rnd.random() < .02 else at
    rows.append((
        None if who is None else str(who), at, rnd.choice([None, rnd.randrange(100), 0, 127]),
        rnd.choice([None, round(rnd.uniform(-50, 500), 2), 0.0, -0.0]),
        rnd.choice([None, "a", "ä" * rnd.randrange(5), "s%d" % rnd.randrange(900), ""]), rnd.choice([None, True, False]),
        rnd.choice([None, decimal.Decimal(rnd.randrange(-10**6, 10**6)) / 100]), None if at is None else at.date()))
schema = pa.schema({"who": pa.string(), "at": pa.timestamp("us", "UTC"), "n": pa.int64(), "x": pa.float64(),
                    "s": pa.string(), "b": pa.bool_(), "d": pa.decimal128(9, 2), "day": pa.date32()})
names, N = schema.names, len(rows)
T = pa.table([pa.array(c, t) for c, t in zip(zip(*rows), schema.types)], schema=schema)

def out(form, name="a.parquet"):
    os.makedirs(f"{root}/{form}", exist_ok=True)
    return f"{root}/{form}/{name}"

def arrow(form, table=T, name="a.parquet", **options):
    pq.write_table(table, out(form, name), **options)

def cast(**types):
    return pa.table({n: T[n].cast(types.get(n, T[n].type)) for n in names})

for codec in ["snappy", "gzip", "brotli", "lz4", "zstd", "none"]:
    arrow("pages-v1-" + codec, compression=codec)
    arrow("pages-v2-" + codec, compression=codec, data_page_version="2.0", data_page_size=500)
arrow("plain", use_dictionary=False, row_group_size=1000)
arrow("plain-v2", use_dictionary=False, data_page_version="2.0", data_page_size=500)
arrow("fallback", dictionary_pagesize_limit=500, data_page_size=500)
arrow("fallback-v2", dictionary_pagesize_limit=500, data_page_size=500, data_page_version="2.0", compression="zstd")
arrow("delta", use_dictionary=False, data_page_version="2.0", data_page_size=1000, column_encoding={
    "who": "DELTA_BYTE_ARRAY", "at": "DELTA_BINARY_PACKED", "n": "DELTA_BINARY_PACKED", "x": "BYTE_STREAM_SPLIT",
    "s": "DELTA_LENGTH_BYTE_ARRAY", "b": "RLE", "day": "DELTA_BINARY_PACKED", "d": "DELTA_BYTE_ARRAY"})
arrow("byte-stream-split", use_dictionary=False, column_encoding={c: "BYTE_STREAM_SPLIT" for c in ["n", "at", "d"]})
arrow("int96", version="1.0", use_deprecated_int96_timestamps=True)
arrow("int96-plain", use_deprecated_int96_timestamps=True, use_dictionary=False)
arrow("checksums", write_page_index=True, write_page_checksum=True, store_schema=False, write_statistics=False)
arrow("small-groups", row_group_size=64)
arrow("decimal-int", store_decimal_as_integer=True)
arrow("decimal-long", cast(d=pa.decimal128(18, 4), s=pa.large_string()), store_decimal_as_integer=True)
arrow("millis", cast(at=pa.timestamp("ms", "UTC")))
nanos = T.set_column(1, "at", pc.add(T["at"].cast(pa.int64()), 0).cast(pa.timestamp("us")).cast(pa.timestamp("ns")).cast(pa.int64()))
nanos = nanos.set_column(1, "at", pc.add(nanos["at"], 999).cast(pa.timestamp("ns", "UTC")))  # cut off towards the past
arrow("nanos", nanos)
arrow("nanos-plain", nanos, use_dictionary=False)
arrow("no-zone", cast(at=pa.timestamp("us")))
for t in [pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16(), pa.uint32()]:
    arrow(f"n-{t}", cast(n=t))
arrow("categories", T.set_column(4, "s", T["s"].dictionary_encode()))
arrow("int-keys", cast(who=pa.int64()))
arrow("int-keys-delta", cast(who=pa.int32()), use_dictionary=False, column_encoding={"who": "DELTA_BINARY_PACKED"})
def keyed(form, key, type=pa.string(), table=T, name="a.parquet", **options):
    """The same people under other keys."""
    keys = pa.array([None if k is None else key(int(k)) for k in table["who"].to_pylist()], pa.binary(16) if type == pa.uuid() else type)
    arrow(form, table.set_column(0, "who", pa.ExtensionArray.from_storage(type, keys) if type == pa.uuid() else keys), name, **options)

def uuid_of(k):
    return uuid.uuid5(uuid.NAMESPACE_OID, str(k))

half = N // 2
keyed("uuid-keys", lambda k: uuid_of(k).bytes, pa.uuid())
keyed("uuid-keys-plain", lambda k: uuid_of(k).bytes, pa.uuid(), use_dictionary=False)
keyed("uuid-keys-and-texts", lambda k: uuid_of(k).bytes, pa.uuid(), T.slice(0, half))
keyed("uuid-keys-and-texts", lambda k: str(uuid_of(k)), table=T.slice(half), name="b.parquet", use_dictionary=False)
keyed("hex-keys", lambda k: uuid_of(k).hex, use_dictionary=False, row_group_size=700)
keyed("long-keys", lambda k: f"{k:0>40}", data_page_size=500, dictionary_pagesize_limit=500)
keyed("edge-keys", lambda k: f"{k:0>3}".ljust(13 + k % 5, "é"[:1] if k % 2 else "e"), use_dictionary=False)  # 13 to 21 bytes
keyed("zero-keys", lambda k: "0" * (k % 3) + str(k // 3 + 1), dictionary_pagesize_limit=500)
keyed("near-hex-keys", lambda k: uuid_of(k // 2).hex if k % 2 else uuid_of(k // 2).hex.upper())  # capitals are other keys

# Texts of 20 kB that order, and begin, as those without the tail do.
long = T.set_column(4, "s", pa.array([s + "x" * 20_000 if s and s[0] == "ä" else s for s in T["s"].to_pylist()]))
arrow("long-texts", long, compression="zstd")
arrow("long-texts-plain", long, use_dictionary=False, data_page_version="2.0", compression="zstd")
arrow("long-texts-delta", long, use_dictionary=False, compression="zstd", column_encoding={"s": "DELTA_BYTE_ARRAY"})
arrow("blooms", write_page_index=True, data_page_size=500, row_group_size=500, bloom_filter_options={"who": {"ndv": 300}, "s": {"ndv": 900}})

beside = T
for name, value, t in [
    ("list", [1, 2], None), ("no list", [], pa.list_(pa.int32())), ("struct", {"a": 1, "n": None}, None), ("map", [("k", 1)], pa.map_(pa.string(), pa.int64())),
    ("records", [{"x": 1}, {"x": None}], None), ("nothing", None, pa.null()), ("binary", b"\xff", None), ("clock", 1, pa.time64("us")),
    ("unsigned", 2**63, pa.uint64()), ("span", 1, pa.duration("us")), ("wide", decimal.Decimal(1), pa.decimal128(38, 2)), ("half", 1.0, pa.float16()), ("message", "secret", None)]:
    beside = beside.append_column(name, pa.array([value] * N, t))
arrow("beside", beside.select(beside.column_names[len(names):] + names))
arrow("empty-beside")
arrow("empty-beside", T.slice(0, 0), "b.parquet")
pq.ParquetWriter(out("empty-beside", "c.parquet"), schema).close()
with pq.ParquetWriter(out("empty-groups"), schema) as w:
    for lo, hi in [(0, 10), (10, 10), (10, N), (N, N)]:
        w.write_table(T.slice(lo, hi - lo))
for i, codec in enumerate(["none", "zstd", "snappy"]):
    arrow("split", T.slice(i * N // 3, N // 3).select(rnd.sample(names, len(names))), f"{i}.parquet", compression=codec, use_dictionary=i != 1)
valued, lacking = T.filter(pc.is_valid(T["n"])), T.filter(pc.is_null(T["n"]))
arrow("column-missing", valued)
arrow("column-missing", lacking.drop_columns(["n"]), "b.parquet")
arrow("column-of-nulls", valued)
arrow("column-of-nulls", lacking.set_column(2, "n", pa.nulls(len(lacking))), "b.parquet")
first = pc.fill_null(pc.utf8_slice_codeunits(T["s"], 0, 1), "?")
ds.write_dataset(T.append_column("part", pc.binary_join_element_wise("x/ %=", first, "")), f"{root}/partitions", format="parquet",
                 partitioning=ds.partitioning(pa.schema([("part", pa.string())]), flavor="hive"))
arrow("many-columns", T.slice(10))
arrow("many-columns", pa.table({**{f"c{i}": [i] * 10 for i in range(9990)}, **{n: T[n].slice(0, 10) for n in names}}), "b.parquet")

con = duckdb.connect()
con.execute("SET TimeZone='UTC'")
con.register("t", T)

def duck(form, options="", select="SELECT * FROM t"):
    con.execute(f"COPY ({select}) TO '{out(form)}' (FORMAT parquet{options})")

for codec in ["snappy", "gzip", "brotli", "lz4_raw", "zstd", "uncompressed"]:
    duck("duckdb-" + codec, f", COMPRESSION {codec}")
duck("duckdb-plain", ", DICTIONARY_SIZE_LIMIT 1")
duck("duckdb-v2", ", PARQUET_VERSION v2")
duck("duckdb-v2-plain", ", PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE 2048")
for t in ["TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS"]:
    duck("duckdb-" + t.lower(), "", f'SELECT * REPLACE ("at"::{t} AS "at") FROM t')
duck("duckdb-types", "", "SELECT * REPLACE (n::UTINYINT AS n, d::DECIMAL(18,2) AS d, who::BIGINT AS who) FROM t")
duck("duckdb-uuid-keys", "", "SELECT * REPLACE (md5(who)::UUID AS who) FROM t")
duck("duckdb-hex-keys", ", PARQUET_VERSION v2", "SELECT * REPLACE (md5(who) AS who) FROM t")
duck("duckdb-beside", "", "SELECT {'a': 1} AS st, [1,2] AS li, MAP {'a': 1} AS ma, uuid() AS u, 1::HUGEINT AS hu, *, INTERVAL 1 DAY AS iv, 'x'::BLOB AS bl FROM t")

counts = con.execute("""
with v as (select *, TIMESTAMPTZ '2011-12-10 00:00:00+00' - "at" as ago from t
           where who is not null and "at" < '2011-12-10 00:00:00+00' and "at" >= '2011-11-10 00:00:00+00'),
p as (select count(*) > 5 as many, sum(n) > 200 as n, sum(x::DECIMAL(12, 2)) > 500 as x, bool_or(x > 100) as above, bool_or(x = 0) as zero,
  bool_or(s = '') as blank, count(distinct s) >= 3 as texts, count(distinct d) >= 3 as decimals, bool_or(b) as some,
  bool_and(coalesce(b, false)) as every, sum(d) > 0 as d, bool_or(ago <= INTERVAL 7 DAY) as week, bool_or(ago <= INTERVAL 1 DAY) as today,
  bool_or(day = '2011-12-09') as day, max(s) > 's3' as s, bool_or(starts_with(s, 's4')) as s4, avg(n) is null as none from v group by who)
select count(*) as everybody, count_if(COLUMNS(*)) from p""")
ids = ["", "many", "n", "x", "above", "zero", "blank", "texts", "decimals", "some", "every", "d", "week", "today", "day", "s", "s4", "none"]
with open(f"{root}/want.json", "w") as f:
    json.dump(dict(zip(ids, counts.fetchone(), strict=True)), f)
