"""Which of our languages a text is in: Uzbek (both scripts), Russian or English, told by letters and small words.

A sentence of a call is short, and half of its words are names and loans; letters that only one language has and
its function words decide better than statistics of long texts do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from shared.domain.transcript import Turn
from shared.domain.wording import folded

Language = Literal["uz", "ru", "en"]
CallLanguage = Literal["uz", "ru", "en", "mixed"]

MIXED_SHARE = 0.15
"""A call is mixed when its second language has at least this share of the letters whose language is known."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _keys(text: str) -> frozenset[str]:
    return frozenset(folded(text).split())


# Compared as keys, so that one list serves both scripts. Left out: what is also a Russian or English word.
_UZBEK_WORDS = _keys(
    "va bilan uchun ham lekin ammo agar chunki yoki shu bu o‘sha mana qani men sen siz biz ular meni mening menga "
    "menda sizga sizni sizning sizda bizga bizda bizning unga uni uning ularni qanday qanaqa qancha qachon qayer "
    "qayerda nima nega kim necha nechta bor yo‘q emas ekan edi kerak mumkin bo‘ladi bo‘lsa bo‘lib bo‘ldi bo‘lgan ha "
    "xo‘p mayli keyin oldin hozir bugun ertaga kecha yana juda faqat hech hamma har bir ikki uch to‘rt besh olti "
    "yetti sakkiz to‘qqiz o‘n yigirma o‘ttiz qirq ellik yuz ming so‘m rahmat raxmat iltimos kechirasiz salom "
    "assalomu alaykum vaalaykum assalom yaxshi yomon katta kichik yangi deb dedi dedim aytib aytdi berib qilib "
    "qilgan qiling qilaman qilamiz beraman beramiz olaman xayr savdo narxi haqida bo‘yicha kun soat hafta aka opa "
    "uka ismim ismingiz marhamat albatta to‘g‘ri tushunarli tushundim oldi keldi ketdi chiqdi turibdi ishlamayapti "
    "xush kelibsiz eshitaman menimcha balki"
)
_RUSSIAN_WORDS = _words(
    "и в во не на что чтобы я с со как а то все всё она он они мы вы ты так его но да нет ну к у же за бы по только "
    "ее её мне меня мной было вот от о об из ему теперь когда даже или ни быть был была были до вас вам нас нам "
    "себя это этот эта эти того тоже для если уже есть будет будем буду можно нужно надо очень где здесь там тут "
    "кто какой какая какие какую сколько почему потому здравствуйте здравствуй добрый день утро вечер спасибо "
    "пожалуйста хорошо свидания алло слушаю понятно сейчас сегодня завтра потом после через конечно могу можете "
    "хочу хотите хотел хотела ваш ваша ваше вашу наш наша у без под при про чем чём который которая раз два три "
    "четыре пять рублей сум сумов меня зовут"
)
_ENGLISH_WORDS = _words(
    "the a an and or but is are was were be been am i you he she it we they me him her us them my your his its our "
    "their this that these those to of in on at for from with by about as if then than so not no yes yeah okay do "
    "does did don't doesn't didn't have has had can can't could will won't would should may might what when where "
    "who why how which there here please thank thanks hello hi good morning afternoon evening bye goodbye i'm i'll "
    "we'll you're it's that's i'd let's just any some all more very want need know like get go one two three four "
    "five number call press"
)
_UZBEK_ENDING = re.compile(
    r"(?:lari?|larni|larga|lardan|ning|niki|ingiz|imiz|siz|miz|yapti|yapman|yapmiz|yapsiz|ayotgan|mukchi|mukchiman|"
    r"aman|amiz|asiz|adi|maydi|masa|madi|gansiz|ganman|sangiz|dim|dik|dingiz|tdi|ldi|shga|shni|dagi|daman)$"
)
_UZBEK_CYRILLIC_ENDING = re.compile(
    r"(?:лари|ларни|ларга|лардан|нинг|нгиз|имиз|миз|сиз|япти|япман|япмиз|япсиз|ётган|моқчи|мокчи|моқчиман|"
    r"аман|амиз|асиз|майди|масин|гансиз|ганман|сангиз|дингиз|даги)$"
)
_RUSSIAN_ENDING = re.compile(
    r"(?:ться|тся|ого|его|ому|ему|ыми|ими|ый|ий|ая|яя|ое|ее|ую|юю|ешь|ишь|ете|ите|ать|ять|ить|еть|уть|ала|ила|ела|"
    r"али|или|ели|лся|лась|лись|лось|ает|яет|ует|ения|ение|ость|ости|ция|ции|цию|ами|ями|ах|ях|ов|ью)$"
)
_ENGLISH_ENDING = re.compile(r"(?:ing|tion|ment|ness|able|ful|ly|ould|ight|'s|'re|'ve|'ll|n't|ed|er)$")

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z\u00c0-\u024f]")
_WORD = re.compile(r"[^\W\d_]+(?:['’‘ʻʼ`´][^\W\d_]+)*['’‘ʻʼ`´]?")
_SENTENCE_END = re.compile(r"[.!?…\n]+")
_UZBEK_CYRILLIC_LETTER = re.compile(r"[ўқғҳ]")
_RUSSIAN_LETTER = re.compile(r"[ыщ]")
_UZBEK_LATIN_LETTER = re.compile(r"[og]['’‘ʻʼ`´]|[öğşçñ]|q(?!u)|x(?=[aoiu])")
_ENGLISH_LETTER = re.compile(r"w|th|ck|ee|ou|c(?!h)|qu")


def language_of(text: str) -> Language | None:
    """The language most of the text is in; None when it is none of ours or too little to tell."""
    scores = _scores(text.casefold())
    best = max(scores, key=lambda language: scores[language])
    others = max(score for language, score in scores.items() if language != best)
    return best if scores[best] >= 1 and scores[best] > others else None


def call_language(turns: Iterable[Turn]) -> CallLanguage | None:
    """The language of a whole call, sentence by sentence: people change it in the middle of a turn.

    What a sentence does not tell, the turn's own `language` may. None when nothing tells.
    """
    letters: dict[str, int] = {}
    for turn in turns:
        known = turn.language if turn.language in ("uz", "ru", "en") else None
        for sentence in _SENTENCE_END.split(turn.text):
            language = language_of(sentence) or known
            if language is not None:
                letters[language] = letters.get(language, 0) + len(sentence)
    if not letters:
        return None
    shares = sorted(letters.items(), key=lambda pair: (-pair[1], pair[0]))
    total = sum(letters.values())
    if len(shares) > 1 and shares[1][1] >= MIXED_SHARE * total:
        return "mixed"
    first = shares[0][0]
    return "uz" if first == "uz" else "ru" if first == "ru" else "en"


def _scores(text: str) -> dict[Language, float]:
    scores: dict[Language, float] = {"uz": 0.0, "ru": 0.0, "en": 0.0}
    for word in _WORD.findall(text):
        if _CYRILLIC.search(word):
            scores["uz"] += _uzbek_cyrillic(word)
            scores["ru"] += _russian(word)
        elif _LATIN.search(word):
            english = _english(word)
            scores["en"] += english
            scores["uz"] += 0 if english >= 2 else _uzbek_latin(word)
    return scores


def _uzbek_cyrillic(word: str) -> float:
    score = 2.0 if folded(word) in _UZBEK_WORDS and word not in _RUSSIAN_WORDS else 0.0
    score += 2.0 if _UZBEK_CYRILLIC_LETTER.search(word) else 0.0
    return score + (1.0 if len(word) > 4 and _UZBEK_CYRILLIC_ENDING.search(word) else 0.0)


def _russian(word: str) -> float:
    if _UZBEK_CYRILLIC_LETTER.search(word):
        return 0.0
    score = 2.0 if word in _RUSSIAN_WORDS else 0.0
    score += 2.0 if _RUSSIAN_LETTER.search(word) else 0.0
    score += 1.0 if len(word) > 4 and _RUSSIAN_ENDING.search(word) else 0.0
    # Cyrillic that says nothing else is Russian more often than not.
    return score + (0.3 if folded(word) not in _UZBEK_WORDS else 0.0)


def _uzbek_latin(word: str) -> float:
    key = folded(word)
    score = 2.0 if key in _UZBEK_WORDS else 0.0
    score += 2.0 if _UZBEK_LATIN_LETTER.search(word) else 0.0
    return score + (1.0 if len(key) > 4 and _UZBEK_ENDING.search(key) else 0.0)


def _english(word: str) -> float:
    word = word.replace("’", "'")
    score = 2.0 if word in _ENGLISH_WORDS else 0.0
    if _UZBEK_LATIN_LETTER.search(word):
        return score
    score += 0.5 if _ENGLISH_LETTER.search(word) else 0.0
    return score + (0.7 if len(word) > 4 and _ENGLISH_ENDING.search(word) else 0.0)
