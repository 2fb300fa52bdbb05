"""The day a person names, counted from the day they speak: tomorrow, Thursday, in three days, the 25th of November."""

from __future__ import annotations

import re
from datetime import date, timedelta

from shared.domain.wording import folded


def due_date(text: str, spoken_on: date) -> date | None:
    """The first day named in the text, not before `spoken_on`; None when it names none."""
    words = folded(text).split()
    found: list[tuple[int, date]] = []
    for i in range(len(words)):
        day = _day_at(words, i, spoken_on)
        if day is not None:
            found.append((i, day))
    # “Tomorrow, on Thursday”: the first is meant; “today … I will say when on Monday” too.
    return found[0][1] if found else None


def _keys(text: str) -> tuple[str, ...]:
    return tuple(folded(text).split())


_TODAY = _keys("bugun сегодня today бугун tonight bugunoq бугуноқ")
_TOMORROW = _keys("ertaga завтра tomorrow ertalabga ertagacha ertadan")
_AFTER_TOMORROW = _keys("indinga послезавтра индин indin")
_WEEKDAYS = (
    re.compile(r"dushanba\w*|punedelnik\w*|munday"),
    re.compile(r"seshanba\w*|vturnik\w*|tuesday"),
    re.compile(r"churshanba\w*|sred[uieya]?|sredam|wednesday"),
    re.compile(r"payshanba\w*|chetverg\w*|thursday"),
    re.compile(r"juma|juma(?:da|ga|gacha|ni|kuni)|pyatnis\w*|friday"),
    re.compile(r"shanba|shanba(?:da|ga|gacha|ni)|subut\w*|saturday"),
    re.compile(r"yakshanba\w*|vuskresen\w*|sunday"),
)
_MONTHS = tuple(
    re.compile(pattern)
    for pattern in (
        r"yanvar\w*|january",
        r"fevral\w*|february",
        r"mart\w*|march",
        r"aprel\w*|april",
        r"may(?:da|ga|gacha|ning|ya)?",
        r"iyun\w*|june",
        r"iyul\w*|july",
        r"avgust\w*|august",
        r"sent[ay]?br\w*|sent[ie]abr\w*|september",
        r"uktabr\w*|ukt[iy]abr\w*|uctuber",
        r"nuyabr\w*|nuabr\w*|nuvember",
        r"dekabr\w*|december",
    )
)
_UNITS = {
    word: value
    for value, names in enumerate(
        (
            "",
            "bir один одного одну первое первого one first bitta",
            "ikki два две двух второе второго two second ikkita couple пару",
            "uch три трех трёх третье третьего three third uchta",
            "to‘rt четыре четырех четырёх четвертое четвертого four fourth",
            "besh пять пяти пятое пятого five fifth",
            "olti шесть шести шестое шестого six sixth",
            "yetti семь семи седьмое седьмого seven seventh",
            "sakkiz восемь восьми восьмое восьмого eight eighth",
            "to‘qqiz девять девяти девятое девятого nine ninth",
            "o‘n десять десяти десятое десятого ten tenth",
            "одиннадцать одиннадцатое одиннадцатого eleven eleventh",
            "двенадцать двенадцатое двенадцатого twelve twelfth",
            "тринадцать тринадцатое тринадцатого thirteen thirteenth",
            "четырнадцать четырнадцатое четырнадцатого fourteen fourteenth",
            "пятнадцать пятнадцатое пятнадцатого fifteen fifteenth",
            "шестнадцать шестнадцатое шестнадцатого sixteen sixteenth",
            "семнадцать семнадцатое семнадцатого seventeen seventeenth",
            "восемнадцать восемнадцатое восемнадцатого eighteen eighteenth",
            "девятнадцать девятнадцатое девятнадцатого nineteen nineteenth",
        )
    )
    for word in _keys(names)
}
_TENS = {
    word: value
    for value, names in (
        (10, "o‘n"),
        (20, "yigirma двадцать двадцатое двадцатого twenty twentieth"),
        (30, "o‘ttiz тридцать тридцатое тридцатого thirty thirtieth"),
    )
    for word in _keys(names)
}
# Of keys: double letters are single, o is u, x is h.
_DAY = re.compile(r"kun(?:dan|da|i|gacha|lik)?|den|dnya|dney|days?")
_WEEK = re.compile(r"hafta(?:dan|da|ga|gacha)?|nedel\w*|weks?")
_SHORT = re.compile(r"suat(?:dan|da|gacha)?|dakika(?:dan|da|gacha)?|chas\w*|minut\w*|hurs?|minutes?")
_AFTER = re.compile(r"keyin\w*|sung|ichida|mubaynida|utib")
_BEFORE = re.compile(r"cherez|techenie|in|within|za")
_NEXT = re.compile(r"keyingi|kelasi|kelgusi|sleduyush\w*|neht")
_ORDINAL = re.compile(r"(\w+?)(?:inchi|nchi|th|st|nd|rd)?")


def _day_at(words: list[str], i: int, today: date) -> date | None:
    word = words[i]
    if word in _AFTER_TOMORROW or (word == "after" and words[i + 1 : i + 2] == list(_keys("tomorrow"))):
        return today + timedelta(days=2)
    if word in _TOMORROW:
        return today + timedelta(days=1)
    if word in _TODAY:
        return today
    return _counted(words, i, today) or _weekday(words, i, today) or _of_month(words, i, today)


def _counted(words: list[str], i: int, today: date) -> date | None:
    """N days, weeks or hours from now: the unit stands at `i`, with its number before it and after/in around it."""
    unit = words[i]
    span = 1 if _DAY.fullmatch(unit) else 7 if _WEEK.fullmatch(unit) else 0 if _SHORT.fullmatch(unit) else None
    if span is None:
        return None
    number, length = _number_ending(words, i)
    before = words[i - length - 1] if i > length else ""
    is_after = i + 1 < len(words) and _AFTER.fullmatch(words[i + 1]) is not None
    if not is_after and not _BEFORE.fullmatch(before) and not (before in ("a", "an") and i >= 2):
        return None
    if before in ("a", "an") and not _BEFORE.fullmatch(words[i - length - 2]):
        return None
    if number is None:
        # через неделю, bir haftadan keyin: one; a bare "kundan keyin" names nothing.
        if span == 1 and not before:
            return None
        number = 1
    return today + timedelta(days=span * number) if number * span <= 366 else None


def _weekday(words: list[str], i: int, today: date) -> date | None:
    for weekday, pattern in enumerate(_WEEKDAYS):
        if pattern.fullmatch(words[i]):
            ahead = (weekday - today.weekday() - 1) % 7 + 1
            # “Next Monday” and “kelasi hafta dushanba” are in the next calendar week.
            if any(_NEXT.fullmatch(word) for word in words[max(0, i - 3) : i]):
                ahead = 7 - today.weekday() + weekday
            return today + timedelta(days=ahead)
    return None


def _of_month(words: list[str], i: int, today: date) -> date | None:
    month = next((m for m, pattern in enumerate(_MONTHS, 1) if pattern.fullmatch(words[i])), None)
    if month is None:
        return None
    at = i - 1 if i and words[i - 1] == "uf" else i
    before, after = _number_ending(words, at)[0], _number_starting(words, i + 1)
    # “on November 25”: the key of “on” is that of Uzbek ten.
    day = after if before is None or (after is not None and words[at - 1] == "un") else before
    if day is None:
        return None
    for year in (today.year, today.year + 1):
        try:
            named = date(year, month, day)
        except ValueError:
            continue
        if named >= today:
            return named
    return None


def _number_ending(words: list[str], end: int) -> tuple[int | None, int]:
    """The number written just before `end`, in digits or words, and how many words it took."""
    if end < 1:
        return None, 0
    unit = _value(words[end - 1])
    if unit is None:
        return None, 0
    if unit < 10 and end >= 2 and words[end - 2] in _TENS:
        return _TENS[words[end - 2]] + unit, 2
    return unit, 1


def _number_starting(words: list[str], start: int) -> int | None:
    if start >= len(words):
        return None
    first = _value(words[start])
    if first in (20, 30) and start + 1 < len(words) and (rest := _value(words[start + 1])) and rest < 10:
        return first + rest
    return first


def _value(word: str) -> int | None:
    for form in (word, match.group(1) if (match := _ORDINAL.fullmatch(word)) else word):
        if form.isdecimal() and len(form) <= 3:
            return int(form)
        if form in _UNITS:
            return _UNITS[form]
        if form in _TENS:
            return _TENS[form]
    return None
