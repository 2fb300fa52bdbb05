"""Turns from words: laws that hold for whatever a recogniser returns, and what a reader would complain about."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.call import Direction, SpeakersBy
from shared.domain.transcript import Segment, Speaker, Turn, Word
from shared.domain.turns import by_voice, operator_channel, speaker_roles, turns_from

ROLES = {0: Speaker.OPERATOR, 1: Speaker.CUSTOMER}
CHANNELS = {Speaker.OPERATOR: 0, Speaker.CUSTOMER: 1, Speaker.UNKNOWN: 0}


@st.composite
def segments(draw: st.DrawFn) -> tuple[Segment, ...]:
    """Two channels of words that do not overlap within a channel, cut into segments anywhere; some without words."""
    found: list[Segment] = []
    for channel in (0, 1):
        now = draw(st.integers(0, 3_000))
        for _ in range(draw(st.integers(0, 6))):
            words: list[Word] = []
            for _ in range(draw(st.integers(1, 5))):
                length = draw(st.integers(0, 900))
                text = draw(st.sampled_from(("ha", "xo‘p,", "Здравствуйте.", "yes", "o‘n besh", "— да?")))
                words.append(Word(text=text, start_ms=now, end_ms=now + length))
                now += length + draw(st.sampled_from((0, 40, 700, 900, 2_000, 5_000)))
            found.append(
                Segment(
                    channel=channel,
                    start_ms=words[0].start_ms,
                    end_ms=words[-1].end_ms,
                    text=" ".join(word.text for word in words),
                    words=() if draw(st.booleans()) and draw(st.booleans()) else tuple(words),
                    language=draw(st.sampled_from((None, "uz", "ru"))),
                )
            )
    return tuple(found)


def again(turns: Iterable[Turn]) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            channel=CHANNELS[turn.speaker],
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            text=turn.text,
            words=turn.words,
            language=turn.language,
        )
        for turn in turns
    )


def a_segment(channel: int, *words: tuple[str, int, int]) -> Segment:
    spoken = tuple(Word(text=text, start_ms=start, end_ms=end) for text, start, end in words)
    return Segment(
        channel=channel,
        start_ms=spoken[0].start_ms,
        end_ms=spoken[-1].end_ms,
        text=" ".join(word.text for word in spoken),
        words=spoken,
    )


def a_sentence(channel: int, text: str, start_ms: int, *, word_ms: int = 300) -> Segment:
    words = text.split()
    return a_segment(
        channel, *((word, start_ms + n * word_ms, start_ms + (n + 1) * word_ms - 20) for n, word in enumerate(words))
    )


def said(turns: Iterable[Turn]) -> list[tuple[Speaker, str]]:
    return [(turn.speaker, turn.text) for turn in turns]


@given(segments())
def test_every_word_is_in_exactly_one_turn_of_its_own_speaker(found: tuple[Segment, ...]) -> None:
    expected = Counter(
        (ROLES[segment.channel], word.text, word.start_ms, word.end_ms)
        for segment in found
        for word in segment.words or (Word(text=segment.text, start_ms=segment.start_ms, end_ms=segment.end_ms),)
    )
    kept = Counter(
        (turn.speaker, word.text, word.start_ms, word.end_ms)
        for turn in turns_from(found, ROLES)
        for word in turn.words
    )
    assert kept == expected


@given(segments())
def test_a_turn_is_the_text_and_the_time_of_its_words(found: tuple[Segment, ...]) -> None:
    for index, turn in enumerate(turns_from(found, ROLES)):
        assert turn.index == index
        assert turn.text == " ".join(word.text for word in turn.words)
        assert turn.start_ms == min(word.start_ms for word in turn.words)
        assert turn.end_ms == max(word.end_ms for word in turn.words)


@given(segments())
def test_turns_are_in_order_and_those_of_one_speaker_do_not_overlap(found: tuple[Segment, ...]) -> None:
    turns = turns_from(found, ROLES)
    starts = [turn.start_ms for turn in turns]
    assert starts == sorted(starts)
    for speaker in Speaker:
        own = [word for turn in turns if turn.speaker == speaker for word in turn.words]
        assert all(first.end_ms <= second.start_ms for first, second in itertools.pairwise(own))


@given(segments())
def test_making_turns_of_turns_changes_nothing(found: tuple[Segment, ...]) -> None:
    turns = turns_from(found, ROLES)
    assert turns_from(again(turns), ROLES) == turns


@given(segments())
def test_it_does_not_matter_which_channel_comes_first(found: tuple[Segment, ...]) -> None:
    other_first = sorted(found, key=lambda segment: -segment.channel)
    assert turns_from(other_first, ROLES) == turns_from(found, ROLES)


@given(segments())
@example(())
def test_the_words_of_a_mono_call_are_an_unknown_speakers(found: tuple[Segment, ...]) -> None:
    mono = [segment for segment in found if segment.channel == 0]
    assert {turn.speaker for turn in turns_from(mono, {0: Speaker.UNKNOWN})} <= {Speaker.UNKNOWN}


def test_a_yes_inside_a_monologue_does_not_break_it_in_two() -> None:
    monologue = a_sentence(
        0, "Buyurtmangiz ertaga soat o‘n birda yetkaziladi, kuryer sizga oldindan qo‘ng‘iroq qiladi.", 0
    )
    turns = turns_from([monologue, a_segment(1, ("Ha,", 1_500, 1_800))], ROLES)
    assert said(turns) == [(Speaker.OPERATOR, monologue.text), (Speaker.CUSTOMER, "Ha,")]


def test_an_answer_between_two_sentences_of_the_other_makes_three_turns() -> None:
    turns = turns_from(
        [
            a_sentence(0, "Здравствуйте, чем могу помочь?", 0),
            a_sentence(1, "У меня не работает холодильник.", 1_800),
            a_sentence(0, "Назовите номер заказа.", 3_600),
        ],
        ROLES,
    )
    assert [turn.speaker for turn in turns] == [Speaker.OPERATOR, Speaker.CUSTOMER, Speaker.OPERATOR]


def test_a_short_answer_that_the_other_waited_for_is_a_turn_between_turns() -> None:
    turns = turns_from(
        [
            a_sentence(0, "Is that correct?", 0),
            a_segment(1, ("Yes.", 1_400, 1_700)),
            a_sentence(0, "Thank you.", 2_900),
        ],
        ROLES,
    )
    assert said(turns) == [
        (Speaker.OPERATOR, "Is that correct?"),
        (Speaker.CUSTOMER, "Yes."),
        (Speaker.OPERATOR, "Thank you."),
    ]


def test_a_breath_does_not_end_a_turn_and_a_long_silence_does() -> None:
    turns = turns_from(
        [a_sentence(0, "Bir daqiqa,", 0), a_sentence(0, "tekshiryapman.", 2_500), a_sentence(0, "Topdim.", 12_000)],
        ROLES,
    )
    assert [turn.text for turn in turns] == ["Bir daqiqa, tekshiryapman.", "Topdim."]


@pytest.mark.parametrize(
    "greeting",
    [
        "Assalomu alaykum, Artel kompaniyasi, sizga qanday yordam bera olaman?",
        "Ассалому алайкум, сизга қандай ёрдам бера оламан?",
        "Здравствуйте, компания Артель, чем могу помочь?",
        "Good morning, thank you for calling, how can I help you?",
    ],
)
@pytest.mark.parametrize("channel", [0, 1])
def test_the_one_who_offers_help_is_the_operator(greeting: str, channel: int) -> None:
    found = [a_sentence(1 - channel, "Алло?", 0), a_sentence(channel, greeting, 1_000)]
    answer = operator_channel(found, Direction.INBOUND)
    assert answer.channel == channel
    assert answer.confidence > 0.6


@pytest.mark.parametrize(("direction", "operator"), [(Direction.INBOUND, 1), (Direction.OUTBOUND, 0)])
def test_where_nothing_is_said_of_it_whoever_was_called_speaks_first(direction: Direction, operator: int) -> None:
    found = [a_sentence(1, "Алло", 0), a_sentence(0, "Алло", 2_000)]
    assert operator_channel(found, direction).channel == operator


def test_a_call_in_which_nothing_tells_the_two_apart_has_an_even_confidence() -> None:
    assert operator_channel([], None).confidence == 0.5


# -- whose is which ---------------------------------------------------------------------------------------------

HELP = "Здравствуйте, компания Артель, чем могу помочь?"


def test_what_the_call_itself_says_stands() -> None:
    found = [a_sentence(0, HELP, 0), a_sentence(1, "Алло", 3_000)]
    roles = speaker_roles(found, None, channels=2, of_call=1)
    assert (roles.operator_channel, roles.found_by, roles.confidence) == (1, SpeakersBy.SENDER, 1.0)


def test_a_company_s_setting_stands_against_a_doubt_and_falls_against_what_is_plainly_said() -> None:
    doubt = [a_sentence(1, "Меня зовут Азиз", 0), a_sentence(0, "Алло", 3_000)]
    plain = [a_sentence(1, HELP + " Меня зовут Азиз.", 0), a_sentence(0, "Алло", 6_000)]
    assert speaker_roles(doubt, None, channels=2, of_company=0).found_by is SpeakersBy.COMPANY
    swapped = speaker_roles(plain, None, channels=2, of_company=0)
    assert (swapped.operator_channel, swapped.found_by) == (1, SpeakersBy.CONTENT)
    assert swapped.confidence is not None
    assert swapped.confidence >= 0.75


def test_of_one_channel_nobody_knows() -> None:
    roles = speaker_roles([a_sentence(0, HELP, 0)], Direction.INBOUND, channels=1, of_company=0)
    assert (roles.speakers, roles.found_by, roles.confidence) == ({0: Speaker.UNKNOWN}, None, None)


@given(segments(), st.sampled_from([None, *Direction]), st.sampled_from([None, 0, 1]), st.sampled_from([None, 0, 1]))
def test_two_channels_are_always_an_operator_s_and_a_customer_s(
    found: tuple[Segment, ...], direction: Direction | None, of_call: int | None, of_company: int | None
) -> None:
    roles = speaker_roles(found, direction, channels=2, of_call=of_call, of_company=of_company)
    assert sorted(roles.speakers.items()) in (
        [(0, Speaker.OPERATOR), (1, Speaker.CUSTOMER)],
        [(0, Speaker.CUSTOMER), (1, Speaker.OPERATOR)],
    )
    assert roles.confidence is not None
    assert 0.5 <= roles.confidence <= 1


def labelled(label: str | None, text: str, start_ms: int) -> Segment:
    return a_sentence(0, text, start_ms).model_copy(update={"speaker_label": label})


def test_voices_on_one_channel_become_channels_in_order_of_appearance() -> None:
    found = by_voice([labelled("B", HELP, 0), labelled("A", "Алло, здравствуйте", 3_000), labelled(None, "м", 9_000)])
    assert found is not None
    assert [segment.channel for segment in found] == [0, 1, 2]
    assert speaker_roles(found, None, channels=2).operator_channel == 0


def test_one_voice_and_no_label_are_left_as_they_are() -> None:
    assert by_voice([labelled("A", HELP, 0), labelled("A", "Алло", 3_000)]) is None
    assert by_voice([a_sentence(0, HELP, 0)]) is None


def test_a_third_voice_is_neither_s() -> None:
    found = by_voice([labelled("A", HELP, 0), labelled("C", "да", 2_000), labelled("B", "Алло, слушаю вас", 3_000)])
    assert found is not None
    turns = turns_from(found, speaker_roles(found, None, channels=2).speakers)
    assert [turn.speaker for turn in turns] == [Speaker.OPERATOR, Speaker.UNKNOWN, Speaker.CUSTOMER]


@pytest.mark.parametrize(
    ("text", "language"),
    [("Assalomu alaykum, qanday yordam bera olaman?", "uz"), ("Здравствуйте, чем могу помочь?", "ru"), ("Mhm", "ru")],
)
def test_a_turn_s_language_is_its_text_s_and_else_its_recogniser_s(text: str, language: str) -> None:
    (turn,) = turns_from([a_sentence(0, text, 0).model_copy(update={"language": "ru"})], ROLES)
    assert turn.language == language
