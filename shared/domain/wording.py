"""One spelling for every way a word is written or heard, so that search and matching compare keys, not letters.

Uzbek is written in two official Latin alphabets, in Cyrillic, and in Cyrillic or Latin without its special
letters; recognisers add confusions of their own. The key of a word is the same for all of these:

- apostrophes of every shape go, so `o‘`, `ў`, `ö`, `o`, and `u` (what recognisers hear for `o‘`) share one vowel;
- `x` and `h`, `q` and `k`, `ts` and `s`, `dj` and `j` are one letter each, doubled letters are single;
- `ё`, `yo`, `е`, `ye` are one: Russian writes `ё` as `е`, Uzbek writes `ё` as `yo`.

A key is for comparing and is never shown: different words may share one (`стол`, `стул`), which costs a search
some extra hits and never a missed one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_APOSTROPHES = "'’‘‛`´ʻʼʽʾʿˈˊˋ′‵＇՚ʹꞌ"

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ғ": "g", "д": "d", "е": "e", "ё": "yo", "ж": "j", "з": "z", "и": "i",
    "й": "y", "к": "k", "қ": "q", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ў": "u", "ф": "f", "х": "h", "ҳ": "h", "ц": "s", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i",
    "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_LATIN = {"ö": "u", "ğ": "g", "ş": "sh", "ç": "ch", "ñ": "ng", "x": "h", "ı": "i"}
_LETTERS = str.maketrans(_CYRILLIC | _LATIN)

_O_WITH_APOSTROPHE = re.compile(f"o[{_APOSTROPHES}]")
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_NOT_WORD = re.compile(r"[\W_]+")
_REPEATED = re.compile(r"([^\W\d_])\1+")
_SOUNDS = (
    (re.compile(r"y+o(?=q)"), "yu"),  # yo‘q is typed yoq as often
    (re.compile(r"y+[eo]"), "e"),
    (re.compile(r"o"), "u"),
    (re.compile(r"q"), "k"),
    (re.compile(r"(?:sh)+ch"), "sh"),
    (re.compile(r"t+s"), "s"),
    (re.compile(r"d+j"), "j"),
    (_REPEATED, r"\1"),
)


def folded(text: str) -> str:
    """The text's key: lower case, one space between words, no punctuation; folding a key changes nothing."""
    once = _folded(text)
    # One rule's result can be another's beginning, and rare letters of other scripts decompose into ours.
    while (again := _folded(once)) != once:
        once = again
    return once


def tokens(text: str) -> tuple[str, ...]:
    """The words' keys, in order."""
    return tuple(folded(text).split())


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFC", text).casefold()
    text = _O_WITH_APOSTROPHE.sub("u", text)
    text = _APOSTROPHE.sub("", text).translate(_LETTERS)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    text = _NOT_WORD.sub(" ", text).strip()
    for pattern, replacement in _SOUNDS:
        text = pattern.sub(replacement, text)
    return text


@dataclass(frozen=True)
class WordList:
    """Whole words and beginnings of words, compared as keys."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and (word in self.whole or word.startswith(self.beginnings))

    def count(self, words: tuple[str, ...]) -> int:
        return sum(word in self for word in words)


def word_list(text: str, *, are_beginnings: bool = False) -> WordList:
    """From words separated by space; one that ends in * is a beginning."""
    words = text.split()
    keys = [(folded(word.rstrip("*")), are_beginnings or word.endswith("*")) for word in words]
    return WordList(
        whole=frozenset(key for key, is_beginning in keys if not is_beginning),
        beginnings=tuple(sorted({key for key, is_beginning in keys if is_beginning and key})),
    )
