# Writes the table in the folder sys.argv[1] by Spark: each form into a folder of
# its own below sys.argv[2]. What the engine must refuse goes below sys.argv[3].
import sys
from pyspark.sql import SparkSession, functions as f

source, root, refused = sys.argv[1:]
spark = (SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false")
         .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
         .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS").config("spark.driver.memory", "600m").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
T = spark.read.parquet(source).coalesce(1).cache()
N = T.count()


def write(form, table=T, to=root, codec="zstd", parts=None, mode="error", **options):
    """Options are parquet-java's, with _ for the dots."""
    w = table.write.mode(mode).option("compression", codec)
    for k, v in options.items():
        w = w.option("parquet." + k.replace("__", "-").replace("_", "."), str(v))
    if parts:
        w = w.partitionBy(*parts)
    w.parquet(f"{to}/{form}")


v2, plain = {"writer_version": "PARQUET_2_0"}, {"enable_dictionary": "false"}
small = {"page_size": 500, "page_size_row_check_min": 10, "page_size_row_check_max": 50}
for codec in ["none", "snappy", "gzip", "lz4_raw", "zstd"]:
    write("spark-" + codec, codec=codec)
    write("spark-v2-" + codec, codec=codec, **v2, **small)
write("spark-plain", **plain)
write("spark-v2-plain", **v2, **plain)  # the DELTA encodings
write("spark-v2-plain-small", codec="none", **v2, **plain, **small)
write("spark-fallback", dictionary_page_size=500, **small)
write("spark-v2-fallback", dictionary_page_size=500, **v2, **small)
write("spark-small-groups", block_size=4096, block_size_row_check_min=10, block_size_row_check_max=50, **small)
write("spark-blooms", **{"bloom_filter_enabled": "true", "bloom_filter_max_bytes": 4096}, **small)
write("spark-no-checksums", **{"page_write__checksum_enabled": "false"}, **v2)
write("spark-many-files", T.repartition(7))
write("spark-empty-files", T.where("false"))
write("spark-empty-files", T, mode="append")
write("spark-partitions", T.withColumn("part", f.coalesce(f.substring("s", 1, 1), f.lit("?"))), parts=["part"])
write("spark-int-keys", T.withColumn("who", f.col("who").cast("long")), **v2, **plain)
write("spark-small-int-keys", T.withColumn("who", f.col("who").cast("short")))
write("spark-uuid-keys", T.withColumn("who", f.regexp_replace(f.md5("who"), "^(.{8})(.{4})(.{4})(.{4})(.{12})$", "$1-$2-$3-$4-$5")))
write("spark-no-zone", T.withColumn("at", f.col("at").cast("timestamp_ntz")))
write("spark-decimal-long", T.withColumn("d", f.col("d").cast("decimal(18,4)")))
write("spark-bytes", T.withColumn("n", f.col("n").cast("byte")))
write("spark-beside", T.selectExpr(
    "named_struct('a', n, 'b', s) as st", "array(n, null) as li", "map('k', s) as ma", "array(named_struct('x', x)) as rs", "cast(s as binary) as bi",
    "cast(1 as decimal(38, 2)) as wide", "interval 1 day as iv", "cast(null as int) as nothing", "parse_json('{\"a\": 1}') as va", "*"))
for times in ["INT96", "TIMESTAMP_MILLIS"]:
    spark.conf.set("spark.sql.parquet.outputTimestampType", times)
    write("spark-" + times.lower())
    write("spark-v2-plain-" + times.lower(), **v2, **plain)
spark.conf.set("spark.sql.parquet.writeLegacyFormat", "true")
write("spark-legacy")  # decimals of fixed bytes, INT96 aside
write("spark-legacy-plain", T.withColumn("d", f.col("d").cast("decimal(18,4)")), **v2, **plain)
write("lz4", to=refused, codec="lz4")
spark.stop()
