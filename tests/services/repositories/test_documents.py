"""What is kept comes back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel

from shared.domain.call import Call
from shared.domain.checklist import Checklist
from shared.domain.company import Company, Operator, User
from shared.services.repositories.calls import Analysis, Charge, TurnChunk
from shared.services.repositories.receipts import Receipt
from shared.services.repositories.sessions import Session
from shared.services.repositories.users import Username

KEPT: tuple[type[BaseModel], ...] = (
    Call,
    Analysis,
    Charge,
    Company,
    User,
    Operator,
    Checklist,
    Session,
    Receipt,
    Username,
    TurnChunk,
)


def within(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """The model and every model it may hold."""
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for each in parts(field.annotation):
            if isinstance(each, type) and issubclass(each, BaseModel):
                yield from within(each, seen)


def parts(annotation: object) -> Iterator[object]:
    yield annotation
    for each in get_args(annotation):
        yield from parts(each)


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)
def test_a_field_that_may_be_none_can_be_left_out_of_the_document(model: type[BaseModel]) -> None:
    for each in within(model, set()):
        for name, field in each.model_fields.items():
            if type(None) in get_args(field.annotation):
                assert not field.is_required(), f"{each.__name__}.{name} needs `= None`: documents leave None out"
