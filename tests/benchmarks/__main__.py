"""`make bench`: every benchmark, one after the other."""

from __future__ import annotations

import runpy
import sys

BENCHMARKS = (
    "tests.benchmarks.bench_speech",
    "tests.benchmarks.bench_recordings",
    "tests.benchmarks.bench_voices",
    "tests.benchmarks.bench_cold_start",
    "tests.benchmarks.bench_operations",
)

sys.argv = sys.argv[:1]
for each in BENCHMARKS:
    print(f"\n{each}")
    runpy.run_module(each, run_name="__main__")
