"""Laws of talk figures, and a model that looks at the call in steps of a fifth of a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.audio import Span, total_ms
from shared.domain.talk import (
    INTERRUPTION_OVERLAP_MS,
    PAUSE_WITHIN_MONOLOGUE_MS,
    SpeakerFigures,
    TalkFigures,
    talk_figures,
)
from shared.domain.transcript import Speaker

STEP_MS = 200
STEPS = 40
DURATION_MS = STEPS * STEP_MS
Said = Mapping[Speaker, tuple[Span, ...]]


def a_span(start_step: int, end_step: int) -> Span:
    return Span(start_ms=start_step * STEP_MS, end_ms=end_step * STEP_MS)


def spans(least: int = 0, most: int = STEPS) -> st.SearchStrategy[tuple[Span, ...]]:
    """Spans on the grid, overlapping as they like."""
    return st.lists(
        st.builds(lambda start, length: a_span(start, start + length), st.integers(least, most), st.integers(0, 13)),
        max_size=6,
    ).map(tuple)


def said(least: int = 0, most: int = STEPS) -> st.SearchStrategy[Said]:
    return st.fixed_dictionaries({Speaker.OPERATOR: spans(least, most), Speaker.CUSTOMER: spans(least, most)})


@given(said(least=-5, most=STEPS + 5))
def test_talk_and_silence_are_the_call(call: Said) -> None:
    figures = talk_figures(call, DURATION_MS)
    talked = [each.talk_ms for each in figures.speakers.values()]

    anybody = DURATION_MS - figures.silence_ms
    assert max(talked) <= anybody <= min(sum(talked), DURATION_MS)
    assert figures.speakers.keys() == call.keys()


@given(said())
@example(
    {
        # The operator interrupts and goes on: what is said seconds later answers nothing.
        Speaker.OPERATOR: (a_span(5, 15), a_span(30, 35)),
        Speaker.CUSTOMER: (a_span(0, 10),),
    }
)
def test_figures_are_those_of_a_look_at_every_fifth_of_a_second(call: Said) -> None:
    figures = talk_figures(call, DURATION_MS)

    heard = {speaker: [_speaks(each, step) for step in range(STEPS)] for speaker, each in call.items()}
    operator, customer = heard[Speaker.OPERATOR], heard[Speaker.CUSTOMER]
    assert figures.speakers[Speaker.OPERATOR] == model(operator, customer)
    assert figures.speakers[Speaker.CUSTOMER] == model(customer, operator)


@given(said(most=STEPS // 2), st.integers(0, 5_000))
def test_a_later_start_changes_silence_alone(call: Said, later_ms: int) -> None:
    moved = {
        speaker: tuple(Span(start_ms=s.start_ms + later_ms, end_ms=s.end_ms + later_ms) for s in each)
        for speaker, each in call.items()
    }

    before, after = talk_figures(call, DURATION_MS), talk_figures(moved, DURATION_MS + later_ms)
    assert after.speakers == before.speakers
    assert after.silence_ms == before.silence_ms + later_ms


@given(said())
def test_swapping_the_speakers_swaps_their_figures(call: Said) -> None:
    swapped = {Speaker.OPERATOR: call[Speaker.CUSTOMER], Speaker.CUSTOMER: call[Speaker.OPERATOR]}

    one, other = talk_figures(call, DURATION_MS), talk_figures(swapped, DURATION_MS)
    assert one.speakers[Speaker.OPERATOR] == other.speakers[Speaker.CUSTOMER]
    assert one.speakers[Speaker.CUSTOMER] == other.speakers[Speaker.OPERATOR]
    assert one.silence_ms == other.silence_ms


@given(said())
def test_speech_cut_in_two_is_the_same_speech(call: Said) -> None:
    def halves(span: Span) -> tuple[Span, Span]:
        middle = (span.start_ms + span.end_ms) // 2
        return Span(start_ms=span.start_ms, end_ms=middle), Span(start_ms=middle, end_ms=span.end_ms)

    cut = {speaker: tuple(half for span in each for half in halves(span)) for speaker, each in call.items()}
    assert talk_figures(cut, DURATION_MS) == talk_figures(call, DURATION_MS)


@given(spans())
def test_who_speaks_alone_interrupts_and_answers_nobody(alone: tuple[Span, ...]) -> None:
    figures = talk_figures({Speaker.UNKNOWN: alone}, 200 * STEP_MS).speakers[Speaker.UNKNOWN]

    assert figures.talk_ms == total_ms(alone)
    assert (figures.interruptions, figures.answer_delay_ms) == (0, None)


def test_a_call_in_which_nobody_speaks_is_silence() -> None:
    assert talk_figures({}, 1_000) == TalkFigures(duration_ms=1_000, silence_ms=1_000, speakers={})
    assert talk_figures({Speaker.OPERATOR: ()}, 0).silence_ms == 0


def model(own: Sequence[bool], other: Sequence[bool]) -> SpeakerFigures:
    """The figures of one side by a look at every step; a step outside the call is silent."""

    def at(heard: Sequence[bool], step: int) -> bool:
        return 0 <= step < STEPS and heard[step]

    starts = [step for step in range(STEPS) if own[step] and not at(own, step - 1)]
    interruptions = 0
    for start in starts:
        together = next((n for n in range(STEPS + 1) if not (at(own, start + n) and at(other, start + n))), 0)
        interruptions += at(other, start - 1) and together * STEP_MS >= INTERRUPTION_OVERLAP_MS

    longest = 0
    begun: int | None = None
    pause = 0
    for step in range(STEPS):
        if own[step]:
            if begun is None or pause * STEP_MS > PAUSE_WITHIN_MONOLOGUE_MS:
                begun = step
            pause = 0
            longest = max(longest, step + 1 - begun)
        elif other[step]:
            begun, pause = None, 0
        else:
            pause += 1

    delays = []
    for end in (step for step in range(1, STEPS + 1) if other[step - 1] and not at(other, step)):
        if at(own, end - 1) and at(own, end):
            continue
        answer = next((step for step in range(end, STEPS) if own[step]), None)
        if answer is not None and not any(other[end:answer]):
            delays.append((answer - end) * STEP_MS)
    delays.sort()
    return SpeakerFigures(
        talk_ms=sum(own) * STEP_MS,
        interruptions=interruptions,
        longest_monologue_ms=longest * STEP_MS,
        answer_delay_ms=delays[(len(delays) - 1) // 2] if delays else None,
    )


def _speaks(spans: tuple[Span, ...], step: int) -> bool:
    return any(span.start_ms <= step * STEP_MS < span.end_ms for span in spans)
