"""What was measured of Whisper base, pinned: which calls come out as supported, and which must not."""

from __future__ import annotations

import pytest

from shared.adapters.embedded.spoken_language import Hearing, is_hopeless, is_loop, likelier, verdict

RUSSIAN = "Здравствуйте, назовите номер заказа, сейчас проверю, подождите минуту, пожалуйста."
ENGLISH = "Please stay on the line and your call will be answered by the next available agent."
NONSENSE = "When you've got a room, you've got a Susla room, " * 8
MENU = (
    "Нажмите один, чтобы прослушать сообщение, нажмите два, чтобы удалить сообщение, нажмите три, чтобы переслать "
    "сообщение, нажмите четыре, чтобы сохранить сообщение, нажмите пять, чтобы повторить сообщение."
)


def reads_as(text: str) -> str:
    return "ru" if any("а" <= letter <= "я" for letter in text.lower()) else "en"


def a_hearing(
    language: str, text: str, *, logprob: float = -0.25, length_s: float = 20.0, **detected: float
) -> Hearing:
    return Hearing(length_s=length_s, detected=detected, language=language, text=text, logprob=logprob)


def test_a_russian_call_is_supported() -> None:
    answer = verdict([a_hearing("ru", RUSSIAN, ru=0.97, uk=0.02), a_hearing("ru", MENU, ru=0.99)], reads_as, None)
    assert (answer.language, answer.is_supported) == ("ru", True)


def test_a_russian_call_that_the_detector_takes_for_ukrainian_is_supported() -> None:
    answer = verdict([a_hearing("ru", RUSSIAN, ru=0.3, uk=0.6)], reads_as, None)
    assert (answer.language, answer.is_supported) == ("ru", True)


def test_a_russian_call_with_one_window_of_noise_is_supported() -> None:
    noise = a_hearing("en", "Ah! " * 60, logprob=-0.14, length_s=16, en=0.63)
    answer = verdict([a_hearing("ru", RUSSIAN, ru=0.97), noise], reads_as, None)
    assert (answer.language, answer.is_supported) == ("ru", True)


def test_a_call_in_both_languages_is_mixed() -> None:
    answer = verdict([a_hearing("ru", RUSSIAN, ru=0.97), a_hearing("en", ENGLISH, en=0.97)], reads_as, None)
    assert (answer.language, answer.is_supported) == ("mixed", True)


@pytest.mark.parametrize(
    "hearing",
    [
        a_hearing("en", NONSENSE, logprob=-0.3, hu=0.83, en=0.02),
        a_hearing("en", "Maintain your shoes like I was", logprob=-1.22, ja=0.42, en=0.06),
        a_hearing("en", "Thank you very much for watching, see you next time.", logprob=-0.9, th=0.5, en=0.4),
        a_hearing("en", "", logprob=0.0, hu=0.3, en=0.04),
        a_hearing("ru", "Yaxshi rahmat sizga ham katta rahmat aytaman", logprob=-0.5, ru=0.4),
    ],
    ids=["loop", "unsure", "fluent nonsense", "nothing", "wrong script"],
)
def test_a_call_of_what_whisper_makes_of_uzbek_is_unsupported_and_uzbek(hearing: Hearing) -> None:
    answer = verdict([hearing, hearing], reads_as, None)
    assert (answer.language, answer.is_supported) == ("uz", False)


def test_an_uzbek_call_with_a_russian_sentence_is_unsupported() -> None:
    uzbek = a_hearing("en", NONSENSE, logprob=-0.3, hu=0.8)
    answer = verdict([uzbek, uzbek, a_hearing("ru", RUSSIAN, ru=0.97)], reads_as, None)
    assert not answer.is_supported


def test_a_german_call_is_unsupported_and_german_unless_the_call_is_known_to_be_uzbek() -> None:
    german = a_hearing("en", "Good day, how can I help you with that?", logprob=-0.9, de=0.98)
    assert verdict([german], reads_as, None).language == "de"
    assert verdict([german], reads_as, "uz").language == "uz"


def test_a_call_without_a_word_is_of_no_language_and_not_refused_for_it() -> None:
    answer = verdict([a_hearing("en", "", length_s=1.0, en=0.1)], reads_as, None)
    assert (answer.language, answer.is_supported) == (None, True)


def test_an_honest_russian_menu_is_no_loop_and_a_loop_is() -> None:
    assert not is_loop(MENU)
    assert not is_loop(RUSSIAN)
    assert is_loop("Ah! " * 60)
    assert is_loop("Пу-ну-ка-" + "я-" * 60)


def test_a_minute_and_a_half_of_nonsense_is_enough() -> None:
    uzbek = a_hearing("en", NONSENSE, logprob=-0.3, hu=0.8)
    assert not is_hopeless([uzbek] * 4, reads_as)
    assert is_hopeless([uzbek] * 5, reads_as)
    assert not is_hopeless([*[uzbek] * 5, a_hearing("ru", RUSSIAN, ru=0.9)], reads_as)


def test_the_hint_decides_where_the_detector_does_not() -> None:
    assert likelier({"hu": 0.8, "en": 0.05, "ru": 0.01}, "ru") == "ru"
    assert likelier({"en": 0.9, "ru": 0.05}, "ru") == "en"
