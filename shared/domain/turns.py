"""From what was recognised on each channel to turns: who spoke, uninterrupted, when; and who is the operator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.call import Direction, SpeakersBy
from shared.domain.language import language_of
from shared.domain.transcript import Segment, Speaker, Turn, Word
from shared.domain.wording import folded

PHRASE_GAP_MS = 800
"""Words closer than this belong to one breath."""
TURN_GAP_MS = 4_000
"""A longer silence ends a turn even if nobody else speaks."""
BACK_CHANNEL_WORDS = 2
BACK_CHANNEL_MS = 1_200
"""`ha`, `угу`, `okay`: so few words in so little time, while the other side goes on, take no turn from it."""

PLAIN = 0.75
"""From this confidence on, what is said stands against what a company's setting says of its exchange."""
_AS_SET = 0.9

_OPERATOR_SAYS = (
    "yordam bera olaman", "qanday yordam", "eshitaman sizni", "kompaniyasi", "call markazi", "operator", "ismim",
    "чем могу помочь", "как могу вам помочь", "компания", "вас приветствует", "меня зовут", "оператор", "ваш звонок",
    "how can i help", "how may i help", "thank you for calling", "this call may be", "please hold", "my name is",
    "one moment please", "welcome to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OperatorChannel:
    """`confidence` is 0 to 1; 0.5 says that nothing spoke for either."""

    channel: int
    confidence: float
    is_said: bool = False
    """By what is said, rather than by who speaks first."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Who speaks on which channel, and how that is known."""

    speakers: Mapping[int, Speaker]
    found_by: SpeakersBy | None = None
    confidence: float | None = None

    @property
    def operator_channel(self) -> int | None:
        return next((channel for channel, who in self.speakers.items() if who is Speaker.OPERATOR), None)


@dataclass(slots=True)
class _Phrase:
    speaker: Speaker
    words: list[Word]
    language: str | None

    @property
    def start_ms(self) -> int:
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        return max(word.end_ms for word in self.words)

    @property
    def is_short(self) -> bool:
        count = sum(len(word.text.split()) for word in self.words)
        return count <= BACK_CHANNEL_WORDS and self.end_ms - self.start_ms <= BACK_CHANNEL_MS


def turns_from(segments: Iterable[Segment], roles: Mapping[int, Speaker]) -> tuple[Turn, ...]:
    """Turns in order of their start; every word is in exactly one. A channel without a role is unknown's.

    A segment without words counts as one long word.
    """
    phrases = sorted(
        (
            phrase
            for speaker, words in _words_by_speaker(segments, roles).items()
            for phrase in _phrases(speaker, words)
        ),
        key=lambda phrase: (phrase.start_ms, phrase.end_ms, phrase.speaker),
    )
    turns: list[_Phrase] = []
    open_turns: dict[Speaker, _Phrase] = {}
    for position, phrase in enumerate(phrases):
        current = open_turns.get(phrase.speaker)
        if current is not None and phrase.start_ms - current.end_ms <= TURN_GAP_MS:
            current.words.extend(phrase.words)
        else:
            turns.append(phrase)
            open_turns[phrase.speaker] = phrase
        if not (phrase.is_short and _others_go_on(phrase, phrases, position)):
            open_turns = {phrase.speaker: open_turns[phrase.speaker]}
    turns.sort(key=lambda turn: (turn.start_ms, turn.end_ms, turn.speaker))
    return tuple(
        Turn(
            index=index,
            speaker=turn.speaker,
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            text=text,
            language=language_of(text) or turn.language,
            words=tuple(turn.words),
        )
        for index, (turn, text) in enumerate((turn, " ".join(word.text for word in turn.words)) for turn in turns)
    )


def _words_by_speaker(
    segments: Iterable[Segment], roles: Mapping[int, Speaker]
) -> dict[Speaker, list[tuple[Word, str | None]]]:
    words: dict[Speaker, list[tuple[Word, str | None]]] = {}
    for segment in segments:
        speaker = roles.get(segment.channel, Speaker.UNKNOWN)
        own = segment.words or (Word(text=segment.text.strip(), start_ms=segment.start_ms, end_ms=segment.end_ms),)
        words.setdefault(speaker, []).extend((word, segment.language) for word in own if word.text.strip())
    for own_words in words.values():
        own_words.sort(key=lambda each: (each[0].start_ms, each[0].end_ms))
    return words


def _phrases(speaker: Speaker, words: Sequence[tuple[Word, str | None]]) -> list[_Phrase]:
    phrases: list[_Phrase] = []
    for word, language in words:
        if phrases and word.start_ms - phrases[-1].end_ms <= PHRASE_GAP_MS:
            phrases[-1].words.append(word)
        else:
            phrases.append(_Phrase(speaker, [word], language))
    return phrases


def _others_go_on(phrase: _Phrase, phrases: Sequence[_Phrase], position: int) -> bool:
    """Whether somebody who was speaking as `phrase` began speaks on when it ends."""
    until = phrase.end_ms + PHRASE_GAP_MS
    before = {
        p.speaker for p in phrases[:position] if p.speaker != phrase.speaker and p.end_ms >= phrase.start_ms - 1500
    }
    after = {
        p.speaker for p in phrases if p.speaker != phrase.speaker and p.end_ms > phrase.end_ms and p.start_ms <= until
    }
    return bool(before & after)


def operator_channel(segments: Sequence[Segment], direction: Direction | None) -> OperatorChannel:
    """Which of two channels is the operator's, by what is said on each, else by who speaks first.

    Whoever is called speaks first: the operator of an inbound call, the customer of an outbound one.
    """
    said = {
        channel: folded(
            " ".join(s.text for s in sorted(segments, key=lambda s: s.start_ms) if s.channel == channel)[:2000]
        )
        for channel in (0, 1)
    }
    votes = {channel: sum(folded(phrase) in text for phrase in _OPERATOR_SAYS) for channel, text in said.items()}
    if votes[0] != votes[1]:
        winner = 0 if votes[0] > votes[1] else 1
        return OperatorChannel(winner, (votes[winner] + 1) / (votes[0] + votes[1] + 2), is_said=True)
    first = min(segments, key=lambda s: s.start_ms).channel if segments else 0
    if direction is Direction.OUTBOUND:
        return OperatorChannel(1 - first, 0.6)
    return OperatorChannel(first, 0.6 if direction is Direction.INBOUND else 0.5)


def speaker_roles(
    segments: Sequence[Segment],
    direction: Direction | None,
    *,
    channels: int,
    of_call: int | None = None,
    of_call_by: SpeakersBy = SpeakersBy.SENDER,
    of_company: int | None = None,
) -> Roles:
    """Whose each channel is. The call's own word stands; a company's setting is checked by what is said.

    Of a single channel nobody knows, unless the recogniser told voices apart: then see `by_voice`.
    """
    if channels < 2:
        return Roles({0: Speaker.UNKNOWN})
    if of_call is not None:
        return _roles(of_call, of_call_by, 1.0)
    found = operator_channel(segments, direction)
    if of_company is not None and not (found.is_said and found.channel != of_company and found.confidence >= PLAIN):
        return _roles(of_company, SpeakersBy.COMPANY, _AS_SET)
    return _roles(found.channel, SpeakersBy.CONTENT if found.is_said else SpeakersBy.ORDER, found.confidence)


def by_voice(segments: Sequence[Segment]) -> tuple[Segment, ...] | None:
    """A single channel's segments as if each voice had a channel; None when one voice or none was told apart.

    The two that say most are 0 and 1, in order of appearance; whoever else speaks comes after.
    """
    said: dict[str, int] = {}
    for segment in sorted(segments, key=lambda each: each.start_ms):
        if segment.speaker_label is not None:
            said[segment.speaker_label] = said.get(segment.speaker_label, 0) + segment.end_ms - segment.start_ms
    if len(said) < 2:
        return None
    most = sorted(said, key=lambda label: -said[label])[:2]
    order = [label for label in said if label in most] + [label for label in said if label not in most]
    nobody = len(order)
    return tuple(
        segment.model_copy(
            update={"channel": nobody if segment.speaker_label is None else order.index(segment.speaker_label)}
        )
        for segment in segments
    )


def _roles(operator: int, found_by: SpeakersBy, confidence: float) -> Roles:
    return Roles({operator: Speaker.OPERATOR, 1 - operator: Speaker.CUSTOMER}, found_by, confidence)
