"""The judge that needs no key and no network: sentence vectors, words and rules. The same call, the same answer."""

from __future__ import annotations

from shared.adapters.embedded.judging import questions
from shared.adapters.embedded.judging.choices import outcome, products, purpose
from shared.adapters.embedded.judging.e5_model import NAME, shared_model
from shared.adapters.embedded.judging.items import answers
from shared.adapters.embedded.judging.matching import Matcher
from shared.adapters.embedded.judging.mood import call_sentiment, felt
from shared.adapters.embedded.judging.promises import promises
from shared.adapters.embedded.judging.sentences import sentences_of
from shared.adapters.embedded.judging.summary import summary
from shared.domain.analysis import Judgement
from shared.domain.checklist import Choice
from shared.ports.judge import JudgeRequest

VERSION = "3"
"""Changes with every change of weights, thresholds or data that can change an answer."""


class E5Judge:
    """Implements `shared.ports.judge.Judge`. The model is loaded on first use and shared by the process.

    The transcript is only ever compared, so no sentence in it can instruct; one that tries is not evidence either.
    """

    @property
    def name(self) -> str:
        return "e5"

    def judge(self, request: JudgeRequest) -> Judgement:
        model = shared_model()
        things = [phrase for product in request.template.products for phrase in product.phrases]
        matcher = Matcher(model, sentences_of(request.turns), things)
        promised = promises(matcher, request.spoken_on)
        purpose_id = purpose(request.template.purposes, matcher)
        outcome_id = outcome(request.template.outcomes, matcher)
        agrees = questions.agreed(matcher)
        text, turns = summary(
            matcher,
            request.summary_language,
            purpose=_title(request.template.purposes, purpose_id),
            outcome=_title(request.template.outcomes, outcome_id),
            promises=promised,
        )
        return Judgement(
            answers=answers(request.checklist.items, matcher, request.summary_language),
            sentiment=call_sentiment(felt(matcher, model)),
            purpose=purpose_id,
            outcome=outcome_id,
            products=products(request.template.products, matcher),
            summary=text,
            summary_turns=turns,
            promises=promised,
            is_over=questions.is_over(matcher),
            satisfied=questions.satisfied(matcher),
            agreed=agrees,
            decision=questions.decision(matcher, agrees),
            source=questions.source(request.template.sources, matcher),
            topics=questions.topics(request.template.topics, matcher),
            objections=questions.objections(request.template.objections, matcher),
            next_step=questions.next_step(promised),
            questions=questions.answers(request.template.questions, matcher),
            model=NAME,
            prompt_version=VERSION,
        )


def _title(choices: tuple[Choice, ...], chosen: str | None) -> str | None:
    return next((choice.title for choice in choices if choice.id == chosen), None)
