"""A transcribed call is judged, its evidence checked, its score taken; one analysis, one charge."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from shared.domain.analysis import Finding, Judgement, Verdict, counted_verdict, score, verified_judgement
from shared.domain.call import Call, Reason, Stage, moved
from shared.domain.checklist import Checklist
from shared.domain.company import Company
from shared.domain.errors import JudgementFailed, NotAuthenticated, NotPermitted, TransientError
from shared.domain.identity import ChecklistId
from shared.domain.money import judgement_tiyin
from shared.ports.judge import JudgeRequest
from shared.services.repositories.calls import Analysis, CallChange, Calls, Charge
from shared.services.repositories.checklists import Checklists
from shared.services.repositories.companies import Companies
from shared.services.steps import CallStep, claim, give_up, is_ours, publish_settled, release
from shared.services.world import World

NO_CHECKLIST = Checklist(id=ChecklistId(""), title="", segments=())
"""A company without a checklist has its calls analysed, and not scored."""


def analyze_call(command: CallStep, world: World) -> Call | None:
    """The call as it then stands; None when this step has been made or is out of date. Raises TransientError."""
    calls = Calls(world.documents, command.company)
    call = claim(world, command, Stage.TRANSCRIBED, becomes=Stage.ANALYZING)
    if call is None:
        publish_settled(world, calls.get(command.call))
        return None
    company = Companies(world.documents).get(call.company)
    checklist = _checklist(call, company, world)
    turns = calls.turns(call)
    judge = world.judge(company.judge)
    try:
        judgement = judge.judge(
            JudgeRequest(
                turns=turns,
                language=call.language or "",
                checklist=checklist,
                template=company.template,
                summary_language=company.language,
                spoken_on=call.started_at.astimezone(ZoneInfo(company.time_zone)).date(),
            )
        )
    except TransientError:
        release(world, call)
        raise
    except JudgementFailed:
        return give_up(world, call, Reason.JUDGEMENT_REJECTED)
    except (NotAuthenticated, NotPermitted):
        # nothing is wrong with the call: it can be begun again once somebody has paid or mended the key
        return give_up(world, call, Reason.JUDGE_UNAVAILABLE)
    verified = verified_judgement(judgement, checklist, company.template, turns)
    return _settle(call, company, checklist, judge.name, verified, world)


def _checklist(call: Call, company: Company, world: World) -> Checklist:
    """The version that scored the call before, so that a second look compares; else the company's newest."""
    checklists = Checklists(world.documents, call.company)
    if call.checklist is not None and call.checklist_version is not None:
        return checklists.get(call.checklist, call.checklist_version)
    return checklists.get(company.checklist) if company.checklist else NO_CHECKLIST


def _settle(call: Call, company: Company, checklist: Checklist, judge: str, judgement: Judgement, world: World) -> Call:
    now = world.clock.now()
    scored = score(checklist, judgement.answers)
    cost = judgement_tiyin(company.tariff, judgement.usage.input_tokens, judgement.usage.output_tokens)
    used = checklist if checklist is not NO_CHECKLIST else None
    analysis = Analysis(
        revision=call.revision,
        created_at=now,
        checklist=used.id if used else None,
        checklist_version=used.version if used else None,
        judge=judge,
        judgement=judgement,
        score=scored,
        summary_language=company.language,
    )

    def settle(current: Call, change: CallChange) -> Call | None:
        if not is_ours(current, call):
            return None
        change.put_analysis(call.id, analysis)
        change.charge(Charge(call=call.id, revision=call.revision, stage=Stage.ANALYZING, amount_tiyin=cost, at=now))
        spent = current.cost.model_copy(update={"judgement_tiyin": current.cost.judgement_tiyin + cost})
        judged = current.model_copy(
            update={
                "analysis_revision": call.revision,
                "checklist": analysis.checklist,
                "checklist_version": analysis.checklist_version,
                "score": scored if used else None,
                "sentiment": judgement.sentiment,
                "purpose": judgement.purpose,
                "outcome": judgement.outcome,
                "products": judgement.products,
                "topics": judgement.topics,
                "objections": tuple(dict.fromkeys(each.kind for each in judgement.objections if each.kind)),
                "acquisition": judgement.source,
                "is_over": _counted(judgement.is_over),
                "satisfied": _counted(judgement.satisfied),
                "agreed": _counted(judgement.agreed),
                "summary": judgement.summary,
                "cost": spent,
            }
        )
        return moved(judged, Stage.ANALYZED, now)

    settled = Calls(world.documents, call.company).change(call.id, settle)
    publish_settled(world, settled)
    return settled


def _counted(finding: Finding | None) -> Verdict | None:
    return counted_verdict(finding) if finding else None
