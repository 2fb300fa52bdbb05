"""The drawing of the error tree is the tree."""

from __future__ import annotations

import inspect
import re

from shared.domain import errors


def drawn() -> set[tuple[str, str]]:
    """(class, parent) pairs of the drawing in the module's docstring."""
    pairs: set[tuple[str, str]] = set()
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        node = re.fullmatch(r"((?:[│ ] {3})*(?:[├└]── )?)([A-Z][A-Za-z]+)", line)
        if node is None:
            continue
        depth = len(node[1]) // 4
        above[depth:] = [node[2]]
        pairs.add((node[2], above[depth - 1] if depth else "Exception"))
    return pairs


def test_the_drawing_of_the_error_tree_is_the_tree() -> None:
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__]

    assert drawn() == {(each.__name__, each.__base__.__name__) for each in classes if each.__base__}
    assert len(classes) > 10


def test_an_error_is_transient_or_permanent_and_never_both() -> None:
    families = (errors.TransientError, errors.PermanentError)
    for _, each in inspect.getmembers(errors, inspect.isclass):
        if each not in (errors.DialixError, *families):
            assert sum(issubclass(each, family) for family in families) == 1, each
