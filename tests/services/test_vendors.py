"""A call heard by UzbekVoice and judged by OpenAI, each a server that speaks its wire format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.call import Reason, Stage
from shared.domain.transcript import Speaker
from shared.local.onlinepbx_stub import Account
from shared.local.openai_stub import Model, neutral
from shared.local.openai_stub import serving as serving_openai
from shared.local.uzbekvoice_stub import Said, Voice
from shared.local.uzbekvoice_stub import serving as serving_voice
from shared.runtime.settings import Settings
from shared.services.repositories.calls import CallFilter, Calls
from shared.services.repositories.companies import Companies
from tests.faults.counted_world import CrashPoints
from tests.faults.grounds import COMPANY, RECORDING, SECRET, SPEECH, Ground, embedded, keep_company
from tests.faults.kills import SaysTheSame
from tests.faults.pipeline import Pipeline

pytestmark = [pytest.mark.slow, pytest.mark.models]

OPERATOR = "assalomu alaykum artel kompaniyasi sizga qanday yordam bera olaman"
CUSTOMER = "muzlatgich olmoqchi edim narxi qancha"


class InTurns:
    """The first file is the operator's, the second the customer's."""

    def __init__(self) -> None:
        self._files = 0

    def __call__(self, form: dict[str, str], content: bytes) -> Said:
        self._files += 1
        text, start = (OPERATOR, 0) if self._files % 2 else (CUSTOMER, 2_000)
        return [(word, start + 150 * n, start + 150 * n + 120, None) for n, word in enumerate(text.split())]


def judges(wanted: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    judgement = neutral(wanted, told)
    (turn,) = [each for each in told["turns"] if each["who"] == "operator"]
    greeted = {"verdict": "yes", "turn": turn["n"], "quote": "qanday yordam bera olaman", "confidence": 0.9}
    judgement["answers"] = [{**each, **greeted} for each in judgement["answers"]]
    return {**judgement, "summary": "Mijoz muzlatgich narxini so‘radi."}


def driven(folder: Path, voice: Voice, model: Model) -> Ground:
    """The pipeline on the embedded world, with both vendors in place of the models."""
    with embedded(folder) as ground:
        keep_company(ground.world.documents)
        companies = Companies(ground.world.documents)
        companies.put(companies.get(COMPANY).model_copy(update={"recognizer": "uzbekvoice", "judge": "openai"}))
        ground.world.audio.write(RECORDING, [SPEECH.read_bytes()], content_type="audio/wav")
    with serving_voice(voice) as heard_at, serving_openai(model) as judged_at:
        keys = {"uzbekvoice_key": voice.key, "openai_key": model.key}
        with embedded(folder, **keys, uzbekvoice_url=heard_at, openai_url=judged_at) as ground:
            Pipeline(ground, SaysTheSame(), CrashPoints()).run()
            world = ground.world
            clients: list[Any] = [world.recognizer("uzbekvoice"), world.judge("openai")]
            for client in clients:
                client.close()
            return ground


def test_a_call_goes_its_whole_way_by_vendors_and_is_charged_once(tmp_path: Path) -> None:
    ground = driven(tmp_path, Voice(says=InTurns(), polls_before_done=2), Model(says=judges))
    calls = Calls(ground.world.documents, COMPANY)
    (call,) = calls.page(CallFilter(), newest_first=True, limit=2)
    assert call.stage is Stage.ANALYZED
    assert [(turn.speaker, turn.text) for turn in calls.turns(call)] == [
        (Speaker.OPERATOR, OPERATOR),
        (Speaker.CUSTOMER, CUSTOMER),
    ]
    assert (call.language, call.summary) == ("uz", "Mijoz muzlatgich narxini so‘radi.")
    assert call.score is not None
    assert call.score.percent == 100
    assert sorted(charge.stage.value for charge in calls.charges(call.id)) == ["analyzing", "transcribing"]


def test_a_quota_that_is_used_up_fails_the_call_so_that_it_can_be_begun_again(tmp_path: Path) -> None:
    model = Model(status=429, code="insufficient_quota")
    ground = driven(tmp_path, Voice(says=InTurns()), model)
    (call,) = Calls(ground.world.documents, COMPANY).page(CallFilter(), newest_first=True, limit=2)
    assert (call.stage, call.reason, call.retryable) == (Stage.FAILED, Reason.JUDGE_UNAVAILABLE, True)
    assert len(model.asked) == 1  # a quota does not come back by asking again


def test_no_vendor_s_key_is_in_what_settings_show() -> None:
    account = Account()
    shown = repr(
        Settings(
            environment="development",
            world="embedded",
            signing_secret=SECRET,
            public_url="http://127.0.0.1:1",
            uzbekvoice_key=account.api_key,
            openai_key=account.api_key,
        )
    )
    assert account.api_key not in shown
    assert json.dumps(SECRET) not in shown
