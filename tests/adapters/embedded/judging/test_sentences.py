from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.embedded.judging.sentences import sentences_of
from shared.domain.analysis import verified
from shared.domain.transcript import Speaker, Turn


def a_turn(text: str, index: int = 0) -> Turn:
    return Turn(index=index, speaker=Speaker.OPERATOR, start_ms=index * 1000, end_ms=index * 1000 + 900, text=text)


@given(st.lists(st.text(max_size=80), max_size=5))
def test_every_piece_is_a_verifiable_quote(texts: list[str]) -> None:
    turns = tuple(a_turn(text, i) for i, text in enumerate(texts))
    assert all(verified(sentence.evidence, turns).is_verified for sentence in sentences_of(turns))


def test_a_turn_is_cut_at_the_ends_of_its_sentences() -> None:
    wholes = [s.text for s in sentences_of([a_turn("Xo‘p. Ertaga boramiz! Manzil qanday?")]) if s.is_whole]
    assert wholes == ["Xo‘p.", "Ertaga boramiz!", "Manzil qanday?"]


def test_short_neighbours_are_judged_together_too() -> None:
    pieces = [s.text for s in sentences_of([a_turn("Nihol Texnika. Assalomu alaykum.")])]
    assert "Nihol Texnika. Assalomu alaykum." in pieces


def test_a_long_sentence_is_judged_by_its_clauses_too() -> None:
    pieces = [
        s.text for s in sentences_of([a_turn("Assalomu alaykum, Nihol Texnika kompaniyasi, men Aziza, eshitaman.")])
    ]
    assert "Nihol Texnika kompaniyasi," in pieces


def test_speech_without_marks_is_cut_into_pieces_that_can_be_quoted() -> None:
    sentences = sentences_of([a_turn("so‘z " * 100)])
    assert max(len(sentence.words) for sentence in sentences) <= 40


def test_what_has_no_letter_is_no_sentence() -> None:
    assert sentences_of([a_turn("… 😀"), a_turn("", 1)]) == []
