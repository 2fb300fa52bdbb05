"""Judgement of a transcript."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from shared.domain.analysis import Judgement
from shared.domain.checklist import AnalysisTemplate, Checklist
from shared.domain.transcript import Turn


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """Everything a judge may know of a call. Who the operator is, and their history, is not among it.

    The transcript is data, never instruction.
    """

    turns: tuple[Turn, ...]
    language: str
    """Of the call: uz, ru, en or mixed."""
    checklist: Checklist
    template: AnalysisTemplate
    summary_language: str
    """uz, uz-Cyrl, ru or en."""
    spoken_on: date
    """The local day of the call, from which `tomorrow` is counted."""


class Judge(Protocol):
    @property
    def name(self) -> str: ...

    def judge(self, request: JudgeRequest) -> Judgement:
        """The same request gets the same judgement, as far as the model allows.

        One answer for each item of the checklist, in its order. Raises RateLimited or DependencyUnavailable (try
        later), JudgementFailed (never).
        """
        ...
