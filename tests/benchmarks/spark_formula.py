"""The payment formula in Apache Spark on an export, against the amounts in it: `python spark_formula.py EXPORT RELEASE`.

By hand, in an environment that has pyspark and a Java: it is no dependency of the project. Reads `payment_input`, `gpci` and
`payment` of an export (`pfs export EXPORT --only payment payment_input gpci --release RELEASE`). The fee is computed for every
code in every locality with Spark's decimals, rounded half up once; prints how many amounts are the same to the cent, and ends
with 1 when one is not.
"""

from __future__ import annotations

import sys
import time

from pyspark.sql import SparkSession  # type: ignore[import-not-found]
from pyspark.sql import functions as f

_KEY = ["mac", "locality", "hcpcs_code", "modifier", "qp_status"]


def fee(practice_expense: str):  # type: ignore[no-untyped-def]
    """(work x index + practice expense x index + malpractice x index) x factor, rounded half up to the cent."""
    units = (
        f.col("payment_work_rvu") * f.col("work_gpci")
        + f.col(practice_expense) * f.col("pe_gpci")
        + f.col("mp_rvu") * f.col("mp_gpci")
    )
    return f.round(units * f.col("payment_factor"), 2)


def main(export: str, release: str) -> int:
    """Computes, compares, prints; 0 when every amount is the same."""
    spark = SparkSession.builder.master("local[2]").appName("pfs").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    began = time.perf_counter()

    def read(name: str):  # type: ignore[no-untyped-def]
        return spark.read.parquet(f"{export}/{name}").where(f.col("release_id") == release)

    computed = (
        read("payment_input")
        .crossJoin(read("gpci").select("mac", "locality", "work_gpci", "pe_gpci", "mp_gpci"))
        .select(*_KEY, fee("nonfacility_pe_rvu").alias("outside"), fee("facility_pe_rvu").alias("inside"))
    )
    both = computed.join(read("payment").select(*_KEY, "nonfacility_fee", "facility_fee"), _KEY)
    row = both.agg(
        f.count("*").alias("rows"),
        f.sum((f.col("outside") == f.col("nonfacility_fee")).cast("int")).alias("outside_same"),
        f.sum((f.col("inside") == f.col("facility_fee")).cast("int")).alias("inside_same"),
    ).first()
    print(dict(read("payment_input").dtypes)["payment_factor"], dict(read("payment").dtypes)["nonfacility_fee"])
    print(
        f"Spark {spark.version}, {release}: {row['rows']:,} rows; the same cents outside facilities in {row['outside_same']:,}, "
        f"in facilities in {row['inside_same']:,}; {time.perf_counter() - began:.1f} s"
    )
    return 0 if row["rows"] == row["outside_same"] == row["inside_same"] else 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:3]))
