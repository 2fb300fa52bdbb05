"""How well a judge does on labelled transcripts: `python -m tests.evaluation.evaluate [split …] [--errors]`.

The splits are `samples` (samples/dialogues) and the folders of tests/evaluation/transcripts: `dev`, which weights and
thresholds may be fitted on, and `test`, which nobody tunes by. Labels were written before the judge was tuned.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from shared.adapters.embedded.e5_judge import E5Judge
from shared.domain.analysis import Judgement, Verdict, verified_judgement
from shared.domain.checklist import AnalysisTemplate, Checklist
from shared.domain.language import call_language
from shared.domain.transcript import Turn
from shared.ports.judge import Judge, JudgeRequest
from shared.runtime.open_world import world_of
from shared.runtime.settings import load_settings
from tests.evaluation.figures import Pairs, agreement, kappa, macro_f1

ROOT = Path(__file__).parents[2]
TRANSCRIPTS = Path(__file__).parent / "transcripts"
SPLITS = ("samples", "dev", "test")


@dataclass(frozen=True)
class Labelled:
    """A transcript and what a person says of it."""

    name: str
    request: JudgeRequest
    language: str
    expected: dict[str, Any]


@dataclass
class Tally:
    """What was expected and given, over a split."""

    calls: int = 0
    seconds: float = 0.0
    tokens: int = 0
    languages: list[tuple[str, str | None]] = field(default_factory=list)
    verdicts: list[tuple[str, str]] = field(default_factory=list)
    moods: list[tuple[str, str]] = field(default_factory=list)
    purposes: list[tuple[str | None, str | None]] = field(default_factory=list)
    outcomes: list[tuple[str | None, str | None]] = field(default_factory=list)
    products: Counter[str] = field(default_factory=Counter)
    promises: Counter[str] = field(default_factory=Counter)
    proofs: list[tuple[bool, bool]] = field(default_factory=list)
    """For every answer that is owed a quote: (True, whether it has one that is in the transcript)."""
    errors: list[str] = field(default_factory=list)


def labelled(split: str) -> list[Labelled]:
    """In order of name."""
    checklist = Checklist.model_validate_json((ROOT / "samples" / "checklist.json").read_bytes())
    template = AnalysisTemplate.model_validate_json((ROOT / "samples" / "template.json").read_bytes())
    folder = ROOT / "samples" / "dialogues" if split == "samples" else TRANSCRIPTS / split
    return [_read(path, checklist, template) for path in sorted(folder.glob("*.json"))]


def _read(path: Path, checklist: Checklist, template: AnalysisTemplate) -> Labelled:
    data = json.loads(path.read_bytes())
    turns = tuple(Turn(index=i, **turn) for i, turn in enumerate(data["turns"]))
    request = JudgeRequest(
        turns=turns,
        language=call_language(turns) or data["language"],
        checklist=checklist,
        template=template,
        summary_language="uz",
        spoken_on=datetime.fromisoformat(data["started_at"]).date(),
    )
    return Labelled(name=path.stem, request=request, language=data["language"], expected=data["expected"])


def tallied(judge: Judge, calls: Iterable[Labelled]) -> Tally:
    tally = Tally()
    for call in calls:
        started = time.perf_counter()
        raw = judge.judge(call.request)
        tally.seconds += time.perf_counter() - started
        tally.calls += 1
        tally.tokens += raw.usage.input_tokens + raw.usage.output_tokens
        judgement = verified_judgement(raw, call.request.checklist, call.request.template, call.request.turns)
        tally.languages.append((call.language, call_language(call.request.turns)))
        _tally_answers(tally, call, judgement)
        _tally_moods(tally, call, judgement)
        _tally_rest(tally, call, judgement, len(raw.promises))
    return tally


def _tally_answers(tally: Tally, call: Labelled, judgement: Judgement) -> None:
    for answer in judgement.answers:
        expected = call.expected["verdicts"][answer.item]
        tally.verdicts.append((expected, answer.verdict.value))
        if answer.verdict in (Verdict.YES, Verdict.NO):
            tally.proofs.append((True, answer.evidence is not None and answer.evidence.is_verified))
        if expected != answer.verdict:
            quote = answer.evidence.quote if answer.evidence else ""
            tally.errors.append(
                f"{call.name}: {answer.item}: {expected} expected, {answer.verdict} ({answer.confidence:.2f}) «{quote}»"
            )


def _tally_moods(tally: Tally, call: Labelled, judgement: Judgement) -> None:
    for side, expected in call.expected["sentiment"].items():
        given = getattr(judgement.sentiment, side)
        tally.moods.append((expected, given.mood.value if given else "none"))
        if given is None or given.mood != expected:
            quotes = " | ".join(call.request.turns[i].text for i in given.turns[:3]) if given else ""
            tally.errors.append(
                f"{call.name}: mood of {side}: {expected} expected, {given.mood if given else None} «{quotes}»"
            )


def _tally_rest(tally: Tally, call: Labelled, judgement: Judgement, promised: int) -> None:
    tally.purposes.append((call.expected["purpose"], judgement.purpose))
    tally.outcomes.append((call.expected["outcome"], judgement.outcome))
    for name in ("purpose", "outcome"):
        if call.expected[name] != getattr(judgement, name):
            tally.errors.append(f"{call.name}: {name}: {call.expected[name]} expected, {getattr(judgement, name)}")
    wanted, given = set(call.expected["products"]), set(judgement.products)
    tally.products.update(both=len(wanted & given), wanted=len(wanted), given=len(given))
    if wanted != given:
        tally.errors.append(f"{call.name}: products: {sorted(wanted)} expected, {sorted(given)}")
    due = [(p["by"], date.fromisoformat(p["due"]) if p["due"] else None) for p in call.expected["promises"]]
    made = [(p.by.value, p.due) for p in judgement.promises]
    both = sum((Counter(due) & Counter(made)).values())
    tally.promises.update(both=both, wanted=len(due), given=promised)
    if Counter(due) != Counter(made):
        quotes = " | ".join(f"{p.by} {p.due} {p.evidence.quote}" for p in judgement.promises)
        tally.errors.append(f"{call.name}: promises: {[(by, str(day)) for by, day in due]} expected, «{quotes}»")


def report(tally: Tally) -> str:
    decided = [(e, g) for e, g in tally.verdicts if g != Verdict.UNCERTAIN]
    rows = (
        ("transcripts", str(tally.calls)),
        ("verdicts: agreement", f"{agreement(tally.verdicts):.3f} of {len(tally.verdicts)}"),
        ("verdicts: Cohen's kappa", f"{kappa(tally.verdicts):.3f}"),
        ("verdicts: agreement where decided", f"{agreement(decided):.3f} of {len(decided)}"),
        ("verdicts: called uncertain", f"{1 - len(decided) / max(1, len(tally.verdicts)):.3f}"),
        ("evidence in the transcript", f"{agreement(tally.proofs):.3f} of {len(tally.proofs)}"),
        ("sentiment: macro-F1", f"{macro_f1(tally.moods):.3f} (agreement {agreement(tally.moods):.3f})"),
        ("language of the call", f"{agreement(tally.languages):.3f}"),
        ("purpose", _with_none(tally.purposes)),
        ("outcome", _with_none(tally.outcomes)),
        ("products: precision, recall", _precision_recall(tally.products)),
        ("promises with their day: precision, recall", _precision_recall(tally.promises)),
        ("tokens a call", f"{tally.tokens // max(1, tally.calls)}"),
        ("milliseconds a call", f"{1000 * tally.seconds / max(1, tally.calls):.0f}"),
    )
    return "".join(f"  {name:<44}{value}\n" for name, value in rows)


def _with_none(pairs: Pairs) -> str:
    wrong = sum(given is not None and given != expected for expected, given in pairs)
    return f"{agreement(pairs):.3f} (wrong {wrong}, silent {sum(g is None and e is not None for e, g in pairs)})"


def _precision_recall(counts: Counter[str]) -> str:
    precision = counts["both"] / counts["given"] if counts["given"] else float("nan")
    recall = counts["both"] / counts["wanted"] if counts["wanted"] else float("nan")
    return f"{precision:.3f}, {recall:.3f}"


def configured(name: str) -> Judge:
    """The embedded judge, or the vendor's that the environment configures."""
    if name == "e5":
        return E5Judge()
    given = {"environment": "development", "world": "embedded", "data_dir": Path(tempfile.mkdtemp())}
    assumed = {"signing_secret": "only-for-an-evaluation-" * 2, "public_url": "http://127.0.0.1"}
    return world_of(load_settings({**given, **assumed})).judge(name)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("splits", nargs="*", metavar="split", help=", ".join(SPLITS))
    parser.add_argument("--errors", action="store_true", help="list every disagreement")
    parser.add_argument("--judge", default="e5", help="e5, or openai as the DIALIX_OPENAI_ variables name it")
    parser.add_argument(
        "--times", type=int, default=1, help="judge each call so often, and say how often verdicts flip"
    )
    options = parser.parse_args(arguments)
    judge = configured(options.judge)
    for split in options.splits or SPLITS:
        calls = labelled(split)
        if calls:
            judge.judge(calls[0].request)  # the model's load is nobody's call
        tally = tallied(judge, calls)
        sys.stdout.write(f"{split}\n{report(tally)}")
        if options.times > 1:
            again = [tallied(judge, calls).verdicts for _ in range(options.times - 1)]
            flips = sum(len({run[at] for run in (tally.verdicts, *again)}) > 1 for at in range(len(tally.verdicts)))
            sys.stdout.write(f"  {'verdicts that flip between runs':<44}{flips} of {len(tally.verdicts)}\n")
        if options.errors:
            sys.stdout.write("".join(f"    {error}\n" for error in tally.errors))


if __name__ == "__main__":
    main(sys.argv[1:])
