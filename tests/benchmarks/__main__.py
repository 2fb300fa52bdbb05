"""`make bench`: every benchmark, one after the other."""

from __future__ import annotations

import runpy

BENCHMARKS = ("tests.benchmarks.bench_speech",)

for each in BENCHMARKS:
    print(f"\n{each}")
    runpy.run_module(each, run_name="__main__")
