"""Writes small Parquet files of every encoding, codec and page version, and the rows that must be read of them.

usage: python make_parquet.py OUT      (needs pyarrow, pandas and fastparquet; Tests/ParquetTests reads the result)"""
import datetime, decimal, json, math, os, sys, uuid
import numpy as np, pandas as pd, pyarrow as pa, pyarrow.parquet as pq

OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)


def plain(v):
    """A value as the reader of Swift gives it, as JSON."""
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)): return [plain(x) for x in v]
    if isinstance(v, bytes): return {"bytes": v.hex()}
    if isinstance(v, datetime.datetime):
        s = v.replace(tzinfo=None).isoformat()
        if "." in s: s = s.rstrip("0")
        return s + ("Z" if v.tzinfo else "")
    if isinstance(v, datetime.date): return v.isoformat()
    if isinstance(v, datetime.time):
        s = v.isoformat()
        return s.rstrip("0") if "." in s else s
    if isinstance(v, decimal.Decimal): return str(v)
    if isinstance(v, uuid.UUID): return str(v)
    if isinstance(v, float) and not math.isfinite(v): return str(v)
    return v


def save(name, table, rows=None, **options):
    pq.write_table(table, f"{OUT}/{name}.parquet", **options)
    with open(f"{OUT}/{name}.json", "w") as f: json.dump(plain(rows or table.to_pylist()), f)


n = 60
flat = pa.table({
    "text": pa.array([None if i % 7 == 3 else ["red", "green", "blue", "grün", "a much longer text " + str(i)][i % 5] for i in range(n)]),
    "int": pa.array([None if i % 11 == 5 else i * i * (-1) ** i for i in range(n)], pa.int64()),
    "small": pa.array([i % 5 - 2 for i in range(n)], pa.int32()),
    "double": pa.array([None if i % 13 == 1 else i / 7 for i in range(n)]),
    "float": pa.array([i / 8 for i in range(n)], pa.float32()),
    "flag": pa.array([None if i % 9 == 2 else i % 3 == 0 for i in range(n)]),
    "bytes": pa.array([bytes([i, 255 - i]) * (i % 4) for i in range(n)], pa.binary()),
})
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    for version in ["1.0", "2.0"]:
        save(f"codec-{codec}-v{version[0]}", flat, compression=codec, data_page_version=version, row_group_size=25)
save("plain", flat, use_dictionary=False, compression="none")
save("small-pages", flat, data_page_size=64, write_batch_size=7, dictionary_pagesize_limit=64)
save("delta", flat, use_dictionary=False, data_page_version="2.0", compression="none", column_encoding={
    "text": "DELTA_BYTE_ARRAY", "int": "DELTA_BINARY_PACKED", "small": "DELTA_BINARY_PACKED",
    "bytes": "DELTA_LENGTH_BYTE_ARRAY", "double": "BYTE_STREAM_SPLIT", "float": "BYTE_STREAM_SPLIT", "flag": "RLE"})
extremes = [0, -1, 1, 2**63 - 1, -2**63, 2**62, -2**62, 7] * 40
save("delta-wide", pa.table({"int": pa.array(extremes, pa.int64()), "small": pa.array([x % 2**32 - 2**31 for x in extremes], pa.int32())}),
     use_dictionary=False, column_encoding={"int": "DELTA_BINARY_PACKED", "small": "DELTA_BINARY_PACKED"}, compression="zstd")
image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
nested = pa.table({
    "images": pa.array([None, [], [{"bytes": b"\x89P", "path": "a.png"}], [None, {"bytes": None, "path": None}, {"bytes": b"", "path": ""}]], pa.list_(image)),
    "turns": pa.array([[{"role": "user", "content": "hi"}], [], None, [{"role": "a", "content": None}, {"role": "b", "content": "x"}]], pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
    "deep": pa.array([[[1, 2], [], None, [None, 3]], [], None, [[4]]], pa.list_(pa.list_(pa.int64()))),
    "model": pa.array([{"style": "rule", "ground_truth": "3", "more": {"x": [1.5]}}, None, {"style": None, "ground_truth": "4", "more": None}, {"style": "", "ground_truth": None, "more": {"x": None}}],
                      pa.struct([("style", pa.string()), ("ground_truth", pa.string()), ("more", pa.struct([("x", pa.list_(pa.float64()))]))])),
})
save("nested-v1", nested)
save("nested-v2", nested, data_page_version="2.0", compression="gzip")
save("nested-two-level", nested, use_compliant_nested_type=False, use_dictionary=False)
pages = pa.table({"lists": pa.array([[j for j in range(i % 17)] for i in range(200)], pa.list_(pa.int64()))})
save("lists-over-pages", pages, data_page_size=80, write_batch_size=5)
mapped = pa.table({"map": pa.array([[("a", 1), ("b", None)], [], None], pa.map_(pa.string(), pa.int64()))})
save("map", mapped, [{"map": {"a": 1, "b": None}}, {"map": {}}, {"map": None}])
utc = datetime.timezone.utc
times = pa.table({
    "date": pa.array([datetime.date(2024, 2, 29), datetime.date(1969, 12, 31), None]),
    "ms": pa.array([datetime.datetime(2024, 5, 1, 12, 0, 0, 250000, utc), datetime.datetime(1960, 1, 1, tzinfo=utc), None], pa.timestamp("ms", "UTC")),
    "us": pa.array([datetime.datetime(2024, 5, 1, 12, 0, 0, 123456), datetime.datetime(1, 1, 1), None], pa.timestamp("us")),
    "time": pa.array([datetime.time(23, 59, 59, 500000), datetime.time(0), None], pa.time64("us")),
    "decimal": pa.array([decimal.Decimal("-12.340"), decimal.Decimal("0.001"), None], pa.decimal128(9, 3)),
    "wide": pa.array([decimal.Decimal("-123456789012345678901234567890.5"), decimal.Decimal("0.1"), None], pa.decimal128(38, 1)),
    "half": pa.array([np.float16(1.5), np.float16(-0.125), None], pa.float16()),
    "unsigned": pa.array([255, 0, None], pa.uint8()), "u32": pa.array([2**32 - 1, 0, None], pa.uint32()),
    "uuid": pa.array([uuid.UUID(int=5).bytes, uuid.UUID(int=2**127).bytes, None], pa.binary(16)),
})
save("times", times)
save("decimal-int", times.select(["decimal"]), store_decimal_as_integer=True)
save("int96", times.select(["us"]).slice(0, 1), use_deprecated_int96_timestamps=True)
save("empty", flat.slice(0, 0))
save("no-nulls", pa.table({"a": pa.array([1, 2, 3])}, schema=pa.schema([pa.field("a", pa.int64(), nullable=False)])))
frame = pd.DataFrame({"question": ["a", None, "c"], "n": [1, 2, 3], "share": [0.5, float("nan"), 1.0]})
frame.to_parquet(f"{OUT}/pandas.parquet", index=False)
json.dump([{"question": "a", "n": 1, "share": 0.5}, {"question": None, "n": 2, "share": None}, {"question": "c", "n": 3, "share": 1.0}], open(f"{OUT}/pandas.json", "w"))
frame.to_parquet(f"{OUT}/fastparquet.parquet", engine="fastparquet", index=False)
json.dump([{"question": "a", "n": 1, "share": 0.5}, {"question": None, "n": 2, "share": None}, {"question": "c", "n": 3, "share": 1.0}], open(f"{OUT}/fastparquet.json", "w"))
