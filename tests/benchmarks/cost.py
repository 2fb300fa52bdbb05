"""docs/cost.md: what 1,000 calls cost in infrastructure, from counted operations and list prices.

List prices in US dollars, as read in November 2026 from copies of Google's pages; look them up before quoting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.json"
FUNCTIONS = ROOT / "infra" / "terraform" / "functions.tf"
SCHEDULER = ROOT / "infra" / "terraform" / "scheduler.tf"

CALLS = 1_000
GIB = 2**30

PRICES: Mapping[str, tuple[float, str]] = {
    "vcpu_s": (0.000024, "Cloud Run vCPU-second, tier 1"),
    "gib_s": (0.0000025, "Cloud Run GiB-second"),
    "request": (0.40 / 1e6, "Cloud Run request"),
    "read": (0.06 / 1e5, "Firestore document read, US multi-region (European regions: unverified)"),
    "write": (0.18 / 1e5, "Firestore document written"),
    "delete": (0.02 / 1e5, "Firestore document deleted"),
    "class_a": (0.005 / 1e3, "Cloud Storage class A operation"),
    "class_b": (0.0004 / 1e3, "Cloud Storage class B operation"),
    "gib_month": (0.023, "Cloud Storage Standard GiB-month, europe-west3"),
    "gib_month_nearline": (0.010, "Cloud Storage Nearline GiB-month"),
    "egress_gib": (0.12, "GiB to the internet"),
    "pubsub_gib": (40 / 1024, "Pub/Sub GiB, 1,000 bytes a message at least, sent and brought each"),
    "task": (0.40 / 1e6, "Cloud Tasks operation"),
    "log_gib": (0.50, "Cloud Logging GiB (unverified)"),
    "job_month": (0.10, "Cloud Scheduler job and month"),
    "secret_month": (0.06, "Secret Manager version and month"),
}

START_S = 3.0
"""Billed for an instance that starts: assumed. Here it takes 1 to 1.5 s (bench_cold_start); Google's part is unseen."""
COLD_SHARE = 0.1
"""Of deliveries; calls come in crowds, and an instance stays for some minutes."""
JUDGE_S = 8.0
"""A language model's answer, waited for; of the embedded judge nothing is deployed."""
RETRIES = 1.1
"""Deliveries that happen, over those needed."""
LOG_BYTES = 6_000
"""Of a call, in all its steps."""
NEARLINE_AFTER_MONTHS = 2
KEPT_MONTHS = 12

_FUNCTION = re.compile(r"^    (\w+) = \{\n(.*?)^    \}", re.MULTILINE | re.DOTALL)


def gib_of(memory: str) -> float:
    return float(memory[:-2]) / (1024 if memory.endswith("Mi") else 1)


def machines() -> dict[str, tuple[float, float]]:
    """By entry point, vCPU and GiB, as infra/terraform/functions.tf says."""
    text = FUNCTIONS.read_text()
    found = {}
    for name, body in _FUNCTION.findall(text):
        cpu, memory = re.search(r'cpu\s+= "([\d.]+)"', body), re.search(r'memory\s+= "(\w+)"', body)
        if cpu and memory:
            found[name] = (float(cpu[1]), gib_of(memory[1]))
    return found


def lines(operations: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """(what, how it is counted, US dollars) of `CALLS` calls."""
    steps: Mapping[str, Mapping[str, float]] = operations["steps"]
    of = machines()
    price = {name: each for name, (each, _) in PRICES.items()}

    def total(name: str) -> float:
        return RETRIES * CALLS * sum(step[name] for step in steps.values())

    seconds = {
        name: RETRIES * step["deliveries"] * (COLD_SHARE * START_S)
        + RETRIES * (JUDGE_S if name == "analyze" else step["seconds"])
        for name, step in steps.items()
    }
    vcpu_s = CALLS * sum(each * of[name][0] for name, each in seconds.items())
    gib_s = CALLS * sum(each * of[name][1] for name, each in seconds.items())
    audio_gib = CALLS * operations["recording"]["bytes"] / GIB
    artifacts_gib = CALLS * operations["artifacts"]["bytes"] / GIB
    messages = total("messages") + CALLS  # and the event of the object
    tasks = 2 * total("tasks")
    standard = NEARLINE_AFTER_MONTHS * audio_gib + KEPT_MONTHS * artifacts_gib
    nearline = (KEPT_MONTHS - NEARLINE_AFTER_MONTHS) * audio_gib
    return [
        ("CPU", f"{vcpu_s:,.0f} vCPU-s", vcpu_s * price["vcpu_s"]),
        ("memory", f"{gib_s:,.0f} GiB-s", gib_s * price["gib_s"]),
        ("requests", f"{total('deliveries'):,.0f}", total("deliveries") * price["request"]),
        ("Firestore reads", f"{total('reads'):,.0f}", total("reads") * price["read"]),
        ("Firestore writes", f"{total('writes'):,.0f}", total("writes") * price["write"]),
        (
            "Storage operations",
            f"{total('class_a') + CALLS:,.0f} A, {total('class_b'):,.0f} B",
            (total("class_a") + CALLS) * price["class_a"] + total("class_b") * price["class_b"],
        ),
        (
            "Pub/Sub",
            f"{messages:,.0f} messages, sent and brought",
            2 * messages * 1_000 / GIB * price["pubsub_gib"],
        ),
        ("Cloud Tasks", f"{tasks:,.0f} operations", tasks * price["task"]),
        ("sound to a speech vendor", f"{audio_gib:.2f} GiB", audio_gib * price["egress_gib"]),
        ("logs", f"{CALLS * LOG_BYTES / 1e6:,.0f} MB", CALLS * LOG_BYTES / GIB * price["log_gib"]),
        (
            f"kept for {KEPT_MONTHS} months",
            f"{audio_gib + artifacts_gib:.2f} GiB, sound on Nearline after {NEARLINE_AFTER_MONTHS} months",
            standard * price["gib_month"] + nearline * price["gib_month_nearline"],
        ),
    ]


def document() -> str:
    """The text of docs/cost.md."""
    operations = json.loads(OPERATIONS.read_text())
    recording = operations["recording"]
    steps: Mapping[str, Mapping[str, float]] = operations["steps"]
    counted = lines(operations)
    jobs = len(re.findall(r"cron = ", SCHEDULER.read_text()))
    fixed = jobs * PRICES["job_month"][0] + PRICES["secret_month"][0]
    columns = ("deliveries", "reads", "writes", "class_a", "class_b", "messages", "tasks", "seconds")
    return "\n".join(
        [
            "# What the infrastructure costs",
            "",
            "Written by `make docs` from `docs/operations.json` and `tests/benchmarks/cost.py`; never edited.",
            "Vendors of speech and language models are not in it: they cost far more, and each company's tariff says",
            "how much.",
            "",
            "## One call",
            "",
            "Counted on Google's emulators by `python -m tests.benchmarks.bench_operations --write`: a stereo MP3 of",
            f"{recording['seconds']} seconds, {recording['bytes'] / 1e6:.2f} MB, dropped into the bucket; nothing was",
            "delivered twice. Seconds are one shared core's; those of `analyze` are of the embedded judge's first",
            "judgement and are not used below.",
            "",
            "| entry point | " + " | ".join(columns).replace("class_", "objects ") + " |",
            "|---|" + "--:|" * len(columns),
            *(_row(f"`{step}`", [each[name] for name in columns]) for step, each in steps.items()),
            _row("**together**", [sum(each[name] for each in steps.values()) for name in columns]),
            "",
            f"## {CALLS:,} such calls",
            "",
            "No free tier, which every project of a billing account shares.",
            "",
            "| | counted | US dollars |",
            "|---|---|--:|",
            *(f"| {what} | {how} | {cost:.3f} |" for what, how, cost in counted),
            f"| **together** | | **{sum(cost for *_, cost in counted):.2f}** |",
            "",
            f"Beside them: {jobs} Scheduler jobs and a secret, {fixed:.2f} US dollars a month for any number of calls.",
            "",
            "## What was assumed",
            "",
            f"- {RETRIES:g} deliveries for each needed; one in {1 / COLD_SHARE:.0f} waits {START_S:g} s for a start.",
            f"- A language model answers in {JUDGE_S:g} s, and no other call uses the instance meanwhile; four could.",
            f"- {LOG_BYTES / 1000:g} KB of logs a call. One look at the recogniser's job: a webhook brings the first.",
            "- Pages that people open, exports and reports are not counted: they cost by the reader, not by the call.",
            "",
            "## Prices",
            "",
            "| | US dollars |",
            "|---|--:|",
            *(f"| {said} | {each:.10f}".rstrip("0").rstrip(".") + " |" for each, said in PRICES.values()),
            "",
        ]
    )


def _row(name: str, values: list[float]) -> str:
    return f"| {name} | " + " | ".join(f"{value:g}" for value in values) + " |"
