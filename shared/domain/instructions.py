"""Speech that talks to whoever judges the call instead of to the other side of the line.

It is never evidence of anything, and no judge is shown it: what a model does not read it cannot obey.
"""

from __future__ import annotations

import re
from functools import cache

from shared.domain.wording import WordList, tokens, word_list

_NEEDED = 2
"""Different words of the list in one sentence: one alone is said in honest calls too."""
_CUT_WORDS = 24
"""Speech without punctuation is looked at in pieces of this many words."""
_OMITTED = "…"
_SENTENCE = re.compile(r"\S.*?(?:[.!?…]+(?=\s|$)|\n|$)", re.DOTALL)
_PIECE = re.compile(rf"(?:\S+\s*){{1,{_CUT_WORDS}}}")


def is_addressed_to_the_judge(words: tuple[str, ...]) -> bool:
    """Whether a sentence, given as the keys of its words, speaks of checklists, scores and instructions."""
    return _words().count(tuple(set(words))) >= _NEEDED


def without_instructions(text: str) -> str:
    """The text with every sentence that addresses the judge left out; what is left is as it was, letter by letter."""
    return _SENTENCE.sub(lambda sentence: _PIECE.sub(_omitted, sentence.group()), text)


def _omitted(piece: re.Match[str]) -> str:
    said = piece.group()
    if not is_addressed_to_the_judge(tokens(said)):
        return said
    return _OMITTED + said[len(said.rstrip()) :]


@cache
def _words() -> WordList:
    return word_list(
        """checklist* cheklist* чек-лист* чеклист* prompt промпт* instruction* инструкци* ko‘rsatma* instruksiya* system
        assistant verdict* вердикт* score scores scoring ball ballar ballni балл балла баллов rating grade grader judge
        ignore disregard игнориру* проигнориру* e’tiborsiz критери* kriteriy* mezon* criteria json items passed"""
    )
