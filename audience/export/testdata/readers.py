# Reads the files of releases in the folders sys.argv[1:] by readers that share nothing
# with their writer: Python's csv and json, pyarrow, DuckDB, polars. All must tell
# the numbers of catalog.json. Prints for each how many numbers were compared.
import csv, json, sys
import duckdb, polars, pyarrow.parquet

NUMBERS = ["estimate", "lower", "upper", "unbiased", "stddev", "status"]
JOINT = " × "
COLUMNS = ["kind", "segment", "second", "by", "key"] + NUMBERS + ["unit", "decimals"]


def check(folder):
    with open(f"{folder}/catalog.json", encoding="utf-8") as f:
        catalog = json.load(f)

    want = {}

    def tell(kind, segment, second, by, key, number, **more):
        place = (kind, segment or None, second or None, by or None, key or None)
        want.setdefault(place, []).append([number.get(n) for n in NUMBERS] + [more.get("unit") or None, more.get("decimals", 0)])

    if catalog["population"]["reach"]:
        tell("population", "", "", "", "", catalog["population"]["reach"])
    for s in catalog["segments"]:
        if s["reach"]:
            tell("reach", s["id"], "", "", "", s["reach"])
        for b in s["breakdowns"]:
            for c in b["cells"]:
                tell("breakdown", s["id"], "", JOINT.join(b["by"]), JOINT.join(c["key"]), c)
        for f in s["frequency"]:
            for b in f["bins"]:
                tell("frequency", s["id"], "", f["of"], b["key"], b)
            tell("frequency", s["id"], "", f["of"], "(other)", f["other"])
            for b in f.get("at_least", []):
                tell("frequency_at_least", s["id"], "", f["of"], b["key"], b)
        for kind in ["sums", "means"]:
            for a in s[kind]:
                tell(kind[:-1], s["id"], "", a["name"], "", a, unit=a["unit"], decimals=a["decimals"])
        for q in s["quantiles"]:
            for v in q["values"]:
                tell("quantiles", s["id"], "", q["name"], v["at"], v, unit=q["unit"], decimals=q["decimals"])
        for t in s.get("tops", []):
            for c in t["cells"]:
                tell("top", s["id"], "", t["of"], JOINT.join(c["key"]), c)
    for o in catalog["overlaps"]:
        tell("overlap", o["segments"][0], JOINT.join(o["segments"][1:]), "", "", o)

    def compare(reader, rows):
        got = {}
        for row in rows:
            row = [None if x == "" else x for x in row]
            got.setdefault(tuple(row[:5]), []).append(row[5:])
        if got != want:
            places = [p for p in {**got, **want} if got.get(p) != want.get(p)]
            sys.exit(f"{reader}: {places[0]}: {got.get(places[0])}, but {want.get(places[0])} in catalog.json")

    def plain(text):
        """Takes away the apostrophe that keeps a text from being a formula."""
        return text[1:] if text[:1] == "'" and text[1:2] in "=+-@\t\r\n＝＋－＠" else text

    with open(f"{folder}/catalog.csv", newline="", encoding="utf-8") as f:
        lines = list(csv.DictReader(f, strict=True))
    for line in lines:
        for name, text in line.items():
            number = name in ["estimate", "lower", "upper", "unbiased", "stddev", "decimals"]
            if number and text:
                float(text)
            elif not number and text[:1] in tuple("=+-@\t\r\n＝＋－＠"):
                sys.exit(f"catalog.csv: {name} would be a formula: {text!r}")
    whole = lambda x: int(x) if x else None
    real = lambda x: float(x) if x else None
    compare("csv", [[line["kind"]] + [plain(line[n]) for n in ["segment", "second", "by", "key"]] + [whole(line["estimate"]), whole(line["lower"]),
            whole(line["upper"]), real(line["unbiased"]), real(line["stddev"]), line["status"], plain(line["unit"]), int(line["decimals"])] for line in lines])

    cells = f"{folder}/cells.parquet"
    table = pyarrow.parquet.read_table(cells).select(COLUMNS)
    compare("pyarrow", zip(*(column.to_pylist() for column in table.columns)))
    names = ", ".join(f'"{n}"' for n in COLUMNS)
    compare("DuckDB", duckdb.sql(f"SELECT {names} FROM '{cells}'").fetchall())
    compare("polars", polars.read_parquet(cells).select(COLUMNS).rows())
    # A spreadsheet's way to read it: by DuckDB's own reader of CSV, all as text.
    text = duckdb.sql(f"SELECT estimate FROM read_csv('{folder}/catalog.csv', all_varchar = true, header = true) WHERE kind = 'reach'").fetchall()
    if [whole(t[0]) for t in text] != [s["reach"]["estimate"] for s in catalog["segments"] if s["reach"]]:
        sys.exit("DuckDB reads other sizes in catalog.csv")
    print(sum(len(v) for v in want.values()))


for folder in sys.argv[1:]:
    check(folder)
