"""Calls as a viewer may see them: their own company's, and only their own where that is their right.

Every route reads calls through here, so that none can forget.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.domain.call import Call, Stage
from shared.domain.company import Permission
from shared.domain.errors import NotFound
from shared.domain.identity import CallId
from shared.domain.transcript import Turn
from shared.ports.document_store import DocumentStore, Value
from shared.services.repositories.calls import Analysis, CallFilter, Calls
from shared.services.viewer import Viewer

_CALL_ID = re.compile(r"[a-z0-9]{1,64}")


class VisibleCalls:
    def __init__(self, store: DocumentStore, viewer: Viewer) -> None:
        """Raises NotPermitted for a viewer who may see no call at all."""
        if not viewer.may(Permission.CALLS_READ):
            viewer.require(Permission.CALLS_READ_OWN)
        self._calls = Calls(store, viewer.company)
        self._sees_all = viewer.may(Permission.CALLS_READ)
        self._operator = viewer.operator

    def get(self, call: str) -> Call:
        """Raises NotFound for what is not there, another company's, and another operator's alike."""
        found = self._calls.find(CallId(call)) if _CALL_ID.fullmatch(call) else None
        if found is None or not self._is_visible(found):
            raise NotFound("no such call")
        return found

    def page(self, *, stage: Stage | None, newest_first: bool, limit: int, after: Sequence[Value] | None) -> list[Call]:
        """Calls in order of their start. `after` is `(started_at, id)` of the last one seen."""
        if self._sees_all:
            where = CallFilter(stage=stage)
        elif self._operator is None:
            return []
        else:
            where = CallFilter(stage=stage, operator=self._operator)
        return self._calls.page(where, newest_first=newest_first, limit=limit, after=after)

    def turns(self, call: Call) -> tuple[Turn, ...]:
        return self._calls.turns(call)

    def analysis(self, call: Call, revision: int | None = None) -> Analysis:
        """Of that revision, or the newest there is. Raises NotFound while there is none."""
        found = self._calls.analysis(call.id, revision or call.analysis_revision or call.revision)
        if found is None:
            raise NotFound("the call has not been analysed")
        return found

    def _is_visible(self, call: Call) -> bool:
        return self._sees_all or (self._operator is not None and call.operator == self._operator)
