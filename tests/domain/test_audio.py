"""Laws of spans of time."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.audio import Span, total_ms, union

SPANS = st.lists(
    st.builds(lambda start, length: Span(start_ms=start, end_ms=start + length), st.integers(0, 50), st.integers(0, 9)),
    max_size=8,
).map(tuple)


def covered(spans: tuple[Span, ...]) -> set[int]:
    """The milliseconds in which there is a span, one by one."""
    return {moment for span in spans for moment in range(span.start_ms, span.end_ms)}


@given(SPANS)
def test_a_union_covers_exactly_what_its_spans_cover(spans: tuple[Span, ...]) -> None:
    assert covered(union(spans)) == covered(spans)
    assert total_ms(spans) == len(covered(spans))


@given(SPANS)
def test_a_union_is_in_order_apart_and_without_empty_spans(spans: tuple[Span, ...]) -> None:
    joined = union(spans)

    assert all(span.length_ms > 0 for span in joined)
    assert all(one.end_ms < other.start_ms for one, other in pairwise(joined))


@given(SPANS)
def test_joining_twice_changes_nothing(spans: tuple[Span, ...]) -> None:
    assert union(union(spans)) == union(spans)


@given(SPANS, st.randoms(use_true_random=False))
def test_the_order_of_spans_does_not_matter(spans: tuple[Span, ...], random: Random) -> None:
    shuffled = list(spans)
    random.shuffle(shuffled)

    assert union(tuple(shuffled)) == union(spans)


@given(SPANS, SPANS)
def test_joining_in_parts_is_joining_at_once(one: tuple[Span, ...], other: tuple[Span, ...]) -> None:
    assert union(union(one) + union(other)) == union(one + other)
    assert max(total_ms(one), total_ms(other)) <= total_ms(one + other) <= total_ms(one) + total_ms(other)


def test_a_word_of_no_length_covers_nothing() -> None:
    assert union((Span(start_ms=5, end_ms=5),)) == ()
