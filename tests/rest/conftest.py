from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rest.door import Door, a_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with a_door(tmp_path) as opened:
        yield opened
