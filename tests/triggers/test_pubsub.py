from __future__ import annotations

import pytest

from shared.domain.errors import InvalidInput
from shared.services.steps import CallStep
from shared.triggers.pubsub import published
from tests.recorded import recorded_event


def test_a_published_step_is_read_with_its_attempt() -> None:
    first, attempt = published(recorded_event("pubsub_call_transcribed"), CallStep)
    third, third_attempt = published(recorded_event("pubsub_call_transcribed_third_attempt"), CallStep)

    assert (first.company, first.call, first.revision) == ("demo", "0123456789abcdef0123456789", 1)
    assert third == first
    assert (attempt, third_attempt) == (1, 3)


@pytest.mark.parametrize("name", ["pubsub_without_data", "pubsub_not_base64"])
def test_a_message_that_is_no_step_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        published(recorded_event(name), CallStep)
