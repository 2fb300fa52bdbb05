"""Talk figures: arithmetic over where each speaker speaks."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from shared.domain.audio import Span, total_ms, union
from shared.domain.transcript import Speaker

PAUSE_WITHIN_MONOLOGUE_MS = 2_000
"""A pause up to this long does not end a monologue unless the other side speaks in it."""
INTERRUPTION_OVERLAP_MS = 400
"""Shorter overlaps are back-channel (`ha`, `угу`), not interruption."""


class SpeakerFigures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    talk_ms: int
    interruptions: int
    """How often this speaker began while the other was speaking and kept on."""
    longest_monologue_ms: int
    answer_delay_ms: int | None = None
    """Median gap between the end of the other's speech and the start of this speaker's answer."""


class TalkFigures(BaseModel):
    """`silence_ms` + time in which anybody speaks = `duration_ms`."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    duration_ms: int
    silence_ms: int
    speakers: Mapping[Speaker, SpeakerFigures]


def talk_figures(spans_by_speaker: Mapping[Speaker, tuple[Span, ...]], duration_ms: int) -> TalkFigures:
    """Figures for each speaker present in `spans_by_speaker`; spans are clipped to the call."""
    spans = {speaker: _within(spans, duration_ms) for speaker, spans in spans_by_speaker.items()}
    everybody = tuple(span for each in spans.values() for span in each)
    return TalkFigures(
        duration_ms=duration_ms,
        silence_ms=duration_ms - total_ms(everybody),
        speakers={
            speaker: _figures(own, union(tuple(s for other, each in spans.items() if other != speaker for s in each)))
            for speaker, own in spans.items()
        },
    )


def _within(spans: tuple[Span, ...], duration_ms: int) -> tuple[Span, ...]:
    clipped = (
        Span(start_ms=max(0, s.start_ms), end_ms=min(duration_ms, s.end_ms))
        for s in spans
        if s.start_ms < duration_ms and s.end_ms > 0 and s.end_ms > s.start_ms
    )
    return union(tuple(clipped))


def _figures(own: tuple[Span, ...], others: tuple[Span, ...]) -> SpeakerFigures:
    return SpeakerFigures(
        talk_ms=total_ms(own),
        interruptions=sum(1 for span in own if _interrupts(span, others)),
        longest_monologue_ms=_longest_monologue_ms(own, others),
        answer_delay_ms=_answer_delay_ms(own, others),
    )


def _interrupts(span: Span, others: tuple[Span, ...]) -> bool:
    return any(
        other.start_ms < span.start_ms < other.end_ms
        and min(span.end_ms, other.end_ms) - span.start_ms >= INTERRUPTION_OVERLAP_MS
        for other in others
    )


def _longest_monologue_ms(own: tuple[Span, ...], others: tuple[Span, ...]) -> int:
    longest = 0
    current: Span | None = None
    for span in own:
        if current is not None and _goes_on(current, span, others):
            current = Span(start_ms=current.start_ms, end_ms=span.end_ms)
        else:
            current = span
        longest = max(longest, current.length_ms)
    return longest


def _goes_on(current: Span, following: Span, others: tuple[Span, ...]) -> bool:
    if following.start_ms - current.end_ms > PAUSE_WITHIN_MONOLOGUE_MS:
        return False
    return not any(o.start_ms < following.start_ms and o.end_ms > current.end_ms for o in others)


def _answer_delay_ms(own: tuple[Span, ...], others: tuple[Span, ...]) -> int | None:
    delays: list[int] = []
    for other in others:
        if any(s.start_ms < other.end_ms < s.end_ms for s in own):
            continue  # this side was speaking already: what it says later is no answer to `other`
        answer = next((s for s in own if s.start_ms >= other.end_ms), None)
        if answer is None:
            continue
        if any(o.start_ms >= other.end_ms and o.start_ms < answer.start_ms for o in others):
            continue  # the other side spoke again first: this was no answer to `other`
        delays.append(answer.start_ms - other.end_ms)
    if not delays:
        return None
    delays.sort()
    return delays[(len(delays) - 1) // 2]
