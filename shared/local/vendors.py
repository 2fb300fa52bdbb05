"""Speech and language vendors for `make run VENDORS=1`: their stubs, which say something of every call.

The recogniser hears one of the sample dialogues, the same for the same length of recording; the model answers yes
where an item's example is nearly said.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from shared.domain.wording import tokens
from shared.local.openai_stub import Model, neutral
from shared.local.openai_stub import serving as serving_openai
from shared.local.uzbekvoice_stub import Said, Voice
from shared.local.uzbekvoice_stub import serving as serving_voice

DIALOGUES = Path(__file__).parents[2] / "samples" / "dialogues"
NAMES = {"recognizer": "uzbekvoice", "judge": "openai"}
"""What a company's fields name them by."""
_SIDES = ("operator", "customer")
_SENTENCE = re.compile(r"[^.!?…]+")
_NEARLY = 0.6


@contextmanager
def answering() -> Iterator[Mapping[str, str]]:
    """The settings by which functions find them."""
    voice, model = Voice(says=Hearing()), Model(says=by_examples)
    with ExitStack() as stack:
        yield {
            "DIALIX_UZBEKVOICE_KEY": voice.key,
            "DIALIX_UZBEKVOICE_URL": stack.enter_context(serving_voice(voice)),
            "DIALIX_OPENAI_KEY": model.key,
            "DIALIX_OPENAI_URL": stack.enter_context(serving_openai(model)),
        }


class Hearing:
    """Both channels of a stereo recording are sent one after the other, the operator's first."""

    def __init__(self) -> None:
        self._channels = count()

    def __call__(self, form: dict[str, str], content: bytes) -> Said:
        duration_ms = _duration_ms(content)
        dialogue = _dialogues()[duration_ms // 1000 % len(_dialogues())]
        is_mono = form.get("run_diarization") != "false"
        side = None if is_mono else _SIDES[next(self._channels) % 2]
        stretch = duration_ms / max(turn["end_ms"] for turn in dialogue)
        said: Said = []
        for turn in dialogue:
            if side in (None, turn["speaker"]):
                words = turn["text"].split()
                step = (turn["end_ms"] - turn["start_ms"]) / len(words)
                for number, word in enumerate(words):
                    start = (turn["start_ms"] + number * step) * stretch
                    speaker = _SIDES.index(turn["speaker"]) if is_mono else None
                    said.append((word, int(start), int(start + step * stretch * 0.9), speaker))
        return said


def by_examples(wanted: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """A judgement by nothing but the examples' words."""
    turns = told["turns"]
    answers = []
    for item in wanted["checklist"]:
        found = _said(item["examples"], [turn for turn in turns if item["by"] in (turn["who"], "unknown")])
        proof = {"turn": found[0], "quote": found[1]} if found else {"turn": None, "quote": None}
        verdict = {"verdict": "yes" if found else "no", "confidence": 0.8 if found else 0.6, "explanation": ""}
        answers.append({"item": item["id"], **verdict, **proof})
    theirs = [turn for turn in turns if turn["who"] == "customer"] or turns
    about = next((each["id"] for each in wanted["purposes"] if _said(each["examples"], theirs)), None)
    rests_on = theirs[:1]
    return neutral(wanted, told) | {
        "answers": answers,
        "purpose": about,
        "summary": " ".join(f"«{turn['said']}»" for turn in rests_on),
        "summary_turns": [turn["n"] for turn in rests_on],
    }


def _said(examples: Sequence[str], turns: Sequence[dict[str, Any]]) -> tuple[int, str] | None:
    """Turn and sentence that have nearly all words of an example."""
    for turn in turns:
        for sentence in _SENTENCE.findall(turn["said"]):
            heard = set(tokens(sentence))
            for example in examples:
                words = set(tokens(example))
                if words and len(words & heard) >= _NEARLY * len(words):
                    return turn["n"], sentence.strip()
    return None


@cache
def _dialogues() -> list[list[dict[str, Any]]]:
    return [json.loads(path.read_bytes())["turns"] for path in sorted(DIALOGUES.glob("uz-*.json"))]


def _duration_ms(content: bytes) -> int:
    import av

    with av.open(io.BytesIO(content), mode="r") as file:
        return int((file.duration or 0) / 1000) or 1
