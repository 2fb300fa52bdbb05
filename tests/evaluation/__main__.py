"""`make eval`: the embedded judge against the labelled calls."""

from __future__ import annotations

import sys

from tests.evaluation.evaluate import main

main(sys.argv[1:])
