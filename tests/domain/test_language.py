from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.language import call_language, language_of
from shared.domain.transcript import Speaker, Turn

UZBEK_LATIN = (
    "Assalomu alaykum, Nihol Texnika kompaniyasi, men Aziza, eshitaman.",
    "Muzlatgich kerak edi, narxi qancha?",
    "Ertaga soat o‘nda ustamiz boradi.",
    "Ha, mayli, rahmat.",
    "Konditsionerni qachon o'rnatib berasizlar?",
    "Menga zakazni otmen qilib bering.",
    "Muddatli to‘lovga olsam, oyiga necha puldan tushadi?",
    "Telefonimga sms kelmadi",
)
UZBEK_CYRILLIC = (
    "Ассалому алайкум, мен Дилшодман, сизга қандай ёрдам бера оламан?",
    "Кир ювиш машинаси ишламаяпти.",
    "Эртага устамиз боради.",
    "Рахмат сизга, хайр.",
    "Нархи канча булади?",
    "Заказимни качон олиб келасизлар?",
)
RUSSIAN = (
    "Здравствуйте, компания Нихол Техника, меня зовут Азиза, слушаю вас.",
    "Сколько стоит доставка по городу?",
    "Хорошо, спасибо, до свидания.",
    "Мастер приедет завтра после обеда.",
    "Да, конечно.",
    "Холодильник сломался.",
    "В рассрочку на двенадцать месяцев",
)
ENGLISH = (
    "Good afternoon, you have reached Nihol Texnika, how can I help you?",
    "The washing machine is leaking.",
    "Your order will be delivered tomorrow.",
    "Okay, thank you, bye.",
    "Please hold while I try that extension.",
    "Can I pay in instalments?",
)


@pytest.mark.parametrize("text", UZBEK_LATIN + UZBEK_CYRILLIC)
def test_uzbek_is_told_in_either_script(text: str) -> None:
    assert language_of(text) == "uz"


@pytest.mark.parametrize("text", RUSSIAN)
def test_russian_is_told(text: str) -> None:
    assert language_of(text) == "ru"


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_told(text: str) -> None:
    assert language_of(text) == "en"


@pytest.mark.parametrize("text", ["", "😀", "12 345", "Aziza", "…", "東京", "Nihol"])
def test_too_little_to_tell_is_not_guessed(text: str) -> None:
    assert language_of(text) is None


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    assert language_of(text) in ("uz", "ru", "en", None)


@given(st.sampled_from(UZBEK_LATIN + UZBEK_CYRILLIC + RUSSIAN + ENGLISH))
def test_case_does_not_change_the_language(text: str) -> None:
    assert language_of(text.upper()) == language_of(text)


def turns(*texts: str, language: str | None = None) -> list[Turn]:
    return [
        Turn(index=i, speaker=Speaker.UNKNOWN, start_ms=i * 1000, end_ms=i * 1000 + 900, text=text, language=language)
        for i, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (UZBEK_LATIN, "uz"),
        (UZBEK_CYRILLIC, "uz"),
        (UZBEK_LATIN + UZBEK_CYRILLIC, "uz"),
        (RUSSIAN, "ru"),
        (ENGLISH, "en"),
        (UZBEK_LATIN + RUSSIAN, "mixed"),
        ((*RUSSIAN, "Okay."), "ru"),
        (("Алло, здравствуйте. Muzlatgich bo‘yicha tel qilyapman. Доставка есть? Ertaga kerak edi.",), "mixed"),
    ],
)
def test_a_call_is_mixed_when_a_second_language_has_a_real_share(texts: tuple[str, ...], expected: str) -> None:
    assert call_language(turns(*texts)) == expected


def test_what_the_text_does_not_tell_the_recogniser_may() -> None:
    assert call_language(turns("Aziza", language="uz")) == "uz"


def test_a_call_without_words_has_no_language() -> None:
    assert call_language(turns("…", "")) is None
