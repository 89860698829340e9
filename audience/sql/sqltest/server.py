# Answers SQL by the engine in sys.argv[1]: a line of JSON with statements and a
# query in, a line with rows out.
import json, sys


def duckdb():
    import duckdb
    con = duckdb.connect()
    for setting in ["SET TimeZone='Asia/Kathmandu'", "SET threads=2", "SET enable_progress_bar=false"]:
        con.execute(setting)
    return lambda sql: con.execute(sql).fetchall()


def spark():
    from pyspark.sql import SparkSession
    s = SparkSession.builder.master("local[2]")
    for name, value in {"spark.sql.session.timeZone": "Asia/Kathmandu", "spark.ui.enabled": "false", "spark.driver.memory": "800m",
                        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
                        "spark.sql.shuffle.partitions": "1", "spark.sql.codegen.wholeStage": "false",
                        "spark.sql.codegen.factoryMode": "NO_CODEGEN"}.items():
        s = s.config(name, value)
    s = s.getOrCreate()
    s.sparkContext.setLogLevel("ERROR")
    return lambda sql: [list(r) for r in s.sql(sql).collect()]


run = {"duckdb": duckdb, "spark": spark}[sys.argv[1]]()
for line in sys.stdin:
    job = json.loads(line)
    try:
        for statement in job["setup"]:
            run(statement)
        print(json.dumps({"rows": [list(r) for r in run(job["query"])]}), flush=True)
    except Exception as e:
        print(json.dumps({"error": str(e)}), flush=True)
