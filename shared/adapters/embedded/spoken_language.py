"""Whether what Whisper wrote down was really said in a language it can write down.

Whisper base hears Uzbek as almost anything (Hungarian, Thai, English) and writes fluent nonsense or loops. No single
sign tells; together they do: what its detector says, how sure it was of its words, whether they repeat themselves, and
whether the text reads as the language it is meant to be.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

SUPPORTED = ("ru", "en")
_HEARD_AS: Mapping[str, tuple[str, ...]] = {"ru": ("ru", "uk", "be", "bg"), "en": ("en",)}
"""Over a telephone the detector takes some Russian for its neighbours."""
LOOP_RATIO = 2.4
_SURE, _POSSIBLE = 0.5, 0.2
_FAIR_LOGPROB, _GOOD_LOGPROB = -1.0, -0.6
_TRUSTED_SHARE = 0.5
_MIXED_SHARE = 0.2
_NAMED_SHARE = 0.9
_HOPELESS_AFTER_S = 90.0


class ReadsAs(Protocol):
    """Which of uz, ru and en a text reads as."""

    def __call__(self, text: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was made of one window: `detected` holds the detector's probabilities, `logprob` is a token's mean."""

    length_s: float
    detected: Mapping[str, float]
    language: str
    text: str
    logprob: float

    def is_trusted(self, reads_as: ReadsAs) -> bool:
        probability = heard(self.detected, self.language)
        sure_enough = (probability >= _SURE and self.logprob >= _FAIR_LOGPROB) or (
            probability >= _POSSIBLE and self.logprob >= _GOOD_LOGPROB
        )
        return (
            sure_enough
            and not is_loop(self.text)
            and _is_in_script(self.text, self.language)
            and (
                len(self.text) < 20 or reads_as(self.text) == self.language  # of shorter texts it cannot be told
            )
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The language of the call, and whether it was one that can be transcribed."""

    language: str | None
    is_supported: bool


def heard(detected: Mapping[str, float], language: str) -> float:
    """How much of the detector's belief goes to that language, its telephone neighbours included."""
    return sum(detected.get(name, 0.0) for name in _HEARD_AS.get(language, (language,)))


def likelier(detected: Mapping[str, float], hint: str | None) -> str:
    """Which supported language a window is to be transcribed in; the hint decides what the detector does not."""
    best = max(SUPPORTED, key=lambda language: heard(detected, language))
    if heard(detected, best) < _POSSIBLE and hint in SUPPORTED:
        return hint
    return best


def verdict(hearings: Sequence[Hearing], reads_as: ReadsAs, hint: str | None) -> Verdict:
    """Of the whole call. Windows that gave no text say nothing, unless all are so."""
    telling = [hearing for hearing in hearings if hearing.text]
    trusted: Counter[str] = Counter()
    for hearing in telling:
        if hearing.is_trusted(reads_as):
            trusted[hearing.language] += round(hearing.length_s * 1000)
    total = sum(round(hearing.length_s * 1000) for hearing in telling)
    if not telling and not any(_is_foreign(hearing) for hearing in hearings):
        return Verdict(None, is_supported=True)
    if total and trusted.total() >= _TRUSTED_SHARE * total:
        (language, most), *others = trusted.most_common()
        if others and others[0][1] > _MIXED_SHARE * (most + others[0][1]):
            return Verdict("mixed", is_supported=True)
        return Verdict(language, is_supported=True)
    return Verdict(_foreign_language(hearings, hint), is_supported=False)


def is_hopeless(hearings: Sequence[Hearing], reads_as: ReadsAs) -> bool:
    """True when so much has been heard in vain that the rest need not be: nonsense takes longest to transcribe."""
    telling = [hearing for hearing in hearings if hearing.text]
    return sum(h.length_s for h in telling) >= _HOPELESS_AFTER_S and not any(h.is_trusted(reads_as) for h in telling)


def is_loop(text: str) -> bool:
    """True for a text that says the same again and again.

    Whisper's own ratio counts UTF-8 bytes, of which Cyrillic has two a letter, and calls honest Russian a loop.
    """
    data = text.encode("cp1251", "replace")
    return len(data) / len(zlib.compress(data)) > LOOP_RATIO


def _is_foreign(hearing: Hearing) -> bool:
    return hearing.length_s >= 5 and max(heard(hearing.detected, language) for language in SUPPORTED) < _POSSIBLE


def _foreign_language(hearings: Sequence[Hearing], hint: str | None) -> str:
    # Around Tashkent speech that is neither Russian nor English is Uzbek; the detector is believed only when it
    # names another language again and again, which of Uzbek it does not.
    total = sum(hearing.length_s for hearing in hearings) or 1.0
    shares: dict[str, float] = {"uz": 0.0}
    for hearing in hearings:
        for name, probability in hearing.detected.items():
            shares[name] = shares.get(name, 0.0) + probability * hearing.length_s / total
    language, share = max(shares.items(), key=lambda pair: pair[1])
    if hint == "uz" or language in SUPPORTED or share < _NAMED_SHARE:
        return "uz"
    return language


def _is_in_script(text: str, language: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    cyrillic = sum(1 for letter in letters if unicodedata.name(letter, "").startswith("CYRILLIC"))
    share = cyrillic / len(letters) if letters else 0.0
    return share > 0.6 if language == "ru" else share < 0.4
