"""Where something stands in infra/terraform: a plan tells what, a finding must also tell file and line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_OPENING = re.compile(r'^(\w+)(?: "([\w-]+)")?(?: "([\w-]+)")? \{')


@dataclass(frozen=True, slots=True)
class Place:
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Block:
    """A block at the top of a file; `lines` are its own, from the opening to the closing one."""

    labels: tuple[str, ...]
    file: str
    first_line: int
    lines: tuple[str, ...]


class Sources:
    """The blocks of every file, as `terraform fmt` lays them out: opened and closed at the margin."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blocks: list[Block] = []
        for file in sorted(folder.glob("*.tf")):
            lines = file.read_text().splitlines()
            opened: int | None = None
            for number, line in enumerate(lines, start=1):
                if opened is None and _OPENING.match(line):
                    opened = number
                if opened is not None and (line == "}" or (number == opened and line.endswith("}"))):
                    labels = tuple(filter(None, _OPENING.match(lines[opened - 1]).groups()))  # type: ignore[union-attr]  # it matched
                    self._blocks.append(Block(labels, file.name, opened, tuple(lines[opened - 1 : number])))
                    opened = None

    def line(self, place: Place) -> str:
        return (self._folder / place.file).read_text().splitlines()[place.line - 1]

    def resource(self, kind: str, name: str, *words: str) -> Place:
        """The first line of the block that holds the first of `words` that is found, else where the block begins."""
        block = next(each for each in self._blocks if each.labels == ("resource", kind, name))
        return _within(block, words) or Place(block.file, block.first_line)

    def local(self, name: str, *words: str) -> Place:
        """In the entry `name` of a `locals` block: the line with the first of `words` found, else where it begins."""
        for block in self._blocks:
            if block.labels != ("locals",):
                continue
            for index, line in enumerate(block.lines):
                if re.match(rf"  {re.escape(name)}\s+= ", line):
                    end = next(
                        (i for i in range(index + 1, len(block.lines)) if re.match(r"  \S.*=|\}|  #", block.lines[i])),
                        len(block.lines),
                    )
                    part = Block((), block.file, block.first_line + index, block.lines[index:end])
                    return _within(part, words) or Place(part.file, part.first_line)
        raise LookupError(f"no local {name}")

    def entry(self, name: str, key: str, *words: str) -> Place:
        """In the entry `key` of the map `name`: the line with the first of `words` found, else where it begins."""
        begin = self.local(name, f"    {key} ", f"    {key}=", f'    "{key}"')
        block = next(
            b for b in self._blocks if b.file == begin.file and b.first_line <= begin.line < b.first_line + len(b.lines)
        )
        index = begin.line - block.first_line
        end = next(
            (i for i in range(index + 1, len(block.lines)) if re.match(r"    \S", block.lines[i])), len(block.lines)
        )
        part = Block((), block.file, begin.line, block.lines[index : end + 1])
        return _within(part, words) or begin


def _within(block: Block, words: tuple[str, ...]) -> Place | None:
    for word in words:
        for index, line in enumerate(block.lines):
            if word in line:
                return Place(block.file, block.first_line + index)
    return None
