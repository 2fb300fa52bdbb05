from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.embedded.judging.dates import due_date

MONDAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bugun kechgacha qo‘ng‘iroq qilaman", MONDAY),
        ("Сегодня до шести", MONDAY),
        ("I will do it today", MONDAY),
        ("Bir soatdan keyin", MONDAY),
        ("через час", MONDAY),
        ("in two hours", MONDAY),
        ("Ertaga soat o‘nda", date(2026, 11, 17)),
        ("Эртага тушликкача", date(2026, 11, 17)),
        ("завтра утром", date(2026, 11, 17)),
        ("Indinga boramiz", date(2026, 11, 18)),
        ("послезавтра", date(2026, 11, 18)),
        ("the day after tomorrow", date(2026, 11, 18)),
        ("Uch kundan keyin", date(2026, 11, 19)),
        ("3 kun ichida", date(2026, 11, 19)),
        ("через три дня", date(2026, 11, 19)),
        ("в течение 5 дней", date(2026, 11, 21)),
        ("within five days", date(2026, 11, 21)),
        ("in a week", date(2026, 11, 23)),
        ("Bir haftadan keyin", date(2026, 11, 23)),
        ("через неделю", date(2026, 11, 23)),
        ("ikki haftadan so‘ng", date(2026, 11, 30)),
        ("Payshanba kuni", date(2026, 11, 19)),
        ("Жума куни тушгача", date(2026, 11, 20)),
        ("в среду после обеда", date(2026, 11, 18)),
        ("on Friday", date(2026, 11, 20)),
        ("Dushanba kuni", date(2026, 11, 23)),
        ("next Wednesday", date(2026, 11, 25)),
        ("kelasi hafta seshanba kuni", date(2026, 11, 24)),
        ("25-noyabr kuni", date(2026, 11, 25)),
        ("yigirma beshinchi noyabrga", date(2026, 11, 25)),
        ("двадцать пятого ноября", date(2026, 11, 25)),
        ("on November 25th", date(2026, 11, 25)),
        ("on the 3rd of December", date(2026, 12, 3)),
        ("10 yanvargacha", date(2027, 1, 10)),
    ],
)
def test_a_day_is_counted_from_the_day_of_the_call(text: str, expected: date) -> None:
    assert due_date(text, MONDAY) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Xo‘p, tushundim",
        "Uch kun kutdim",
        "Narxi besh million",
        "30 fevral",
        "кундан кейин",
        "In the living room",
        "За три миллиона",
        "o‘n ikki oyga bo‘lib to‘lash",
        "999 kundan keyin",
    ],
)
def test_what_names_no_day_has_none(text: str) -> None:
    assert due_date(text, MONDAY) is None


@given(st.text(max_size=60), st.dates(min_value=date(2020, 1, 1), max_value=date(2100, 1, 1)))
def test_a_day_named_is_never_before_the_call(text: str, spoken_on: date) -> None:
    day = due_date(text, spoken_on)
    assert day is None or day >= spoken_on


WORDS = [
    "ertaga",
    "через",
    "3",
    "kundan",
    "keyin",
    "неделю",
    "on",
    "Friday",
    "25",
    "noyabr",
    "next",
    "after",
    "a",
    "in",
    "дней",
    "week",
    "o‘n",
    "ikki",
    "first",
    "of",
]


@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_words_of_time_in_any_order_are_understood_or_not_but_never_break(text: str, spoken_on: date) -> None:
    day = due_date(text, spoken_on)
    assert day is None or day >= spoken_on
