"""Which paths an object store takes, checked alike whichever store answers. The limits are Cloud Storage's own."""

from __future__ import annotations

MAX_PATH_BYTES = 1024


def checked_path(path: str) -> str:
    """The path itself, or ValueError: it must be relative, without empty parts, `.` or `..`."""
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError("an object's path is relative, without empty parts, . or ..")
    if any(sign in path for sign in "\0\r\n"):
        raise ValueError("an object's path is one line of text")
    try:
        encoded = path.encode()
    except UnicodeEncodeError as error:
        raise ValueError("an object's path is Unicode text") from error
    if len(encoded) > MAX_PATH_BYTES:
        raise ValueError(f"an object's path has at most {MAX_PATH_BYTES} bytes")
    return path


def checked_range(start: int, end: int | None) -> None:
    if start < 0 or (end is not None and end < start):
        raise ValueError("a range begins at 0 or later and does not end before it begins")
