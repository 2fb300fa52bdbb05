from __future__ import annotations

import pytest

from shared.domain.errors import InvalidInput
from shared.triggers.storage import recording_finalised
from tests.recorded import recorded_event

BUCKET = "dialix-audio"


@pytest.mark.parametrize("name", ["storage_finalised", "storage_finalised_with_numbers"])
def test_a_finalised_object_is_a_recording_whether_its_integers_are_strings_or_numbers(name: str) -> None:
    command = recording_finalised(recorded_event(name), BUCKET)

    assert command is not None
    assert command.path == "uploads/demo/2026/11/23/abc.mp3"
    assert command.generation == 1795425304123456
    assert command.size_bytes == 524288
    assert command.finalised_at.isoformat() == "2026-11-23T09:15:04.100000+00:00"


@pytest.mark.parametrize(
    "name", ["storage_finalised_folder_placeholder", "storage_finalised_foreign_bucket", "storage_deleted"]
)
def test_what_is_no_recording_of_ours_is_passed_over(name: str) -> None:
    assert recording_finalised(recorded_event(name), BUCKET) is None


def test_an_event_without_its_generation_is_refused_by_the_fields_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        recording_finalised(recorded_event("storage_finalised_truncated"), BUCKET)
    assert refused.value.field == "data.generation"
