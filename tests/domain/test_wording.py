from __future__ import annotations

import alifbo
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.wording import folded, tokens

UZBEK_TEXT = (
    "assalomu alaykum rahmat xizmat ko‘rsatish yordam yo‘q bo‘ladi to‘lov muddatli ertaga qo‘ng‘iroq tayyor dunyo "
    "daryo yetkazib yer kompaniya muzlatgich kafolat chegirma o‘rnatish g‘isht shoshilinch ehtiyoj hisob xato sentabr "
    "ma’lumot e’lon mas’ul san’at iqtisodiyot yangi yaxshi eshik qiyin oldin ketsa tushuntirish singlim"
)

uzbek_texts = st.lists(st.sampled_from(UZBEK_TEXT.split()), min_size=1, max_size=8).map(" ".join)
# Random syllables; apostrophe letters, digraphs and iotated vowels included.
LATIN_LETTERS = "a b d e f g h i j k l m n o p q r s t u v x y z o‘ g‘ sh ch"
syllables = st.lists(st.sampled_from(LATIN_LETTERS.split()), min_size=1, max_size=7).map("".join)


@given(st.text(max_size=60))
def test_folding_a_key_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(max_size=60))
def test_a_key_has_single_spaces_and_no_edges(text: str) -> None:
    key = folded(text)
    assert key == " ".join(key.split())


@given(uzbek_texts)
def test_latin_and_cyrillic_spellings_share_a_key(text: str) -> None:
    assert folded(alifbo.to_cyrillic(text).text) == folded(text)


@given(syllables)
def test_any_letters_written_in_cyrillic_share_a_key(word: str) -> None:
    assert folded(alifbo.to_cyrillic(word).text) == folded(word)


@given(uzbek_texts)
def test_the_new_latin_alphabet_shares_a_key(text: str) -> None:
    assert folded(alifbo.to_new_latin(text).text) == folded(text)


@given(uzbek_texts, st.sampled_from("'’‘`ʻʼ´′"))
def test_the_shape_of_an_apostrophe_does_not_matter(text: str, apostrophe: str) -> None:
    assert folded(text.replace("‘", apostrophe).replace("’", apostrophe)) == folded(text)


@given(uzbek_texts)
def test_case_does_not_matter(text: str) -> None:
    assert folded(text.upper()) == folded(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("yo‘q", "йук"),
        ("yo‘q", "yoq"),
        ("to‘lov", "tulov"),
        ("to‘lov", "tolov"),
        ("rahmat", "raxmat"),
        ("рахмат", "rahmat"),
        ("қайта", "кайта"),
        ("ещё всё", "еще все"),
        ("приём", "прием"),
        ("цирк", "sirk"),
        ("militsiya", "милиция"),
        ("assalomu", "asalomu"),
        ("Джизак", "Jizak"),
        ("Ok!!", "ok"),
        ("тайёр", "tayyor"),
    ],
)
def test_two_spellings_of_one_word_share_a_key(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("narx", "marx"), ("да", "нет"), ("bor", "yo‘q"), ("120", "1200")])
def test_different_words_keep_different_keys(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_punctuation_separates_tokens() -> None:
    assert tokens("Salom,dunyo! — 24/7") == ("salum", "dune", "24", "7")


def test_nothing_has_no_tokens() -> None:
    assert tokens(" …😀 ") == ()
